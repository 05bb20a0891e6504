--- `spreetail sku`: creating, changing and deleting SKUs in bulk.

local errors = require "spreetail.error"
local exit = require "spreetail.command.exit"
local input = require "spreetail.command.input"
local skus = require "spreetail.sku"

local PAST = { create = "created", update = "updated", delete = "deleted" }

local NEEDS = {
  create = "All of a record's fields are needed: sku, itemTitle, barcodeNumber, height, width, length (cm), "
    .. "weight_kg.",
  update = "A record needs its sku and itemTitle, and what else is to be changed.",
  delete = "A record needs its sku.",
}

local function define(parser)
  parser:command_target "operation"
  for _, name in ipairs { "create", "update", "delete" } do
    local operation = parser:command(name)
    operation:summary((name:gsub("^%l", string.upper)) .. " SKUs.")
    operation:description(("%ss SKUs: a JSON list of records, or one record. %s All are checked before any "
      .. "is sent. They go in one request, which is not repeated: where its outcome is unknown, look at the "
      .. "stock."):format(name:gsub("^%l", string.upper), NEEDS[name]))
    operation:argument "file"
      :description "The file with the records; - is the standard input."
    operation:flag "--dry-run"
      :description "Check the records, name every mistake with its line and column, and send nothing."
  end
end

-- The records in a file as a list, the places in it, and a function that turns a path in the list into one in
-- the file; or nil and an error.
local function read(path)
  local value, places = input.record(path)
  if not value then
    return nil, places
  elseif #value == 0 and next(value) ~= nil then
    return { value }, places, function(found) return (found:gsub("^items%[1%]%.?", "")) end
  end
  return value, places, function(found) return (found:gsub("^items", "")) end
end

local function check(operation, items)
  local body, problems = skus[operation].encode { items = items }
  if body then
    return true
  end
  return nil, errors.validation("SKUs", problems)
end

-- Reports each record, in the order of the file. Returns the exit status.
local function report(session, operation, items, results)
  local status = exit.done
  for _, item in ipairs(items) do
    local result = results[item.sku]
    if result == true then
      session:report(item.sku, PAST[operation])
    else
      session:report(item.sku, "refused", { reason = result })
      status = exit.refused
    end
  end
  return status
end

local function run(arguments, session)
  local operation = arguments.operation
  local items, places, shift = read(arguments.file)
  if not items then
    return session:fail(places)
  end
  local results, err
  if arguments.dry_run then
    results, err = check(operation, items)
  else
    results, err = session:call(operation .. "_skus", items)
  end
  if not results then
    return session:fail(input.located(arguments.file, places, err, shift))
  elseif not arguments.dry_run then
    return report(session, operation, items, results)
  end
  for _, item in ipairs(items) do
    session:report(item.sku, "valid")
  end
  return exit.done
end

return {
  name = "sku",
  summary = "Create, update and delete SKUs.",
  description = "SKUs, in bulk: creates, updates or deletes those in a file.",
  define = define,
  run = run,
}
