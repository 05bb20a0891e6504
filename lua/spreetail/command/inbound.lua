--- `spreetail inbound`: deliveries to the warehouse.

local deliveries = require "spreetail.inbound"
local errors = require "spreetail.error"
local exit = require "spreetail.command.exit"
local input = require "spreetail.command.input"

local function define(parser)
  parser:command_target "operation"
  local create = parser:command "create"
  create:summary "Announce a delivery."
  create:description("Announces a delivery: a JSON object with PO_REFERENCE, Warehouse_Name and items "
    .. "(barcode, Quantity, SKU), in this spelling or in snake_case. It is checked first.")
  create:argument "file"
    :description "The file with the delivery; - is the standard input."
  create:flag "--dry-run"
    :description "Check the delivery, name every mistake with its line and column, and send nothing."
end

local function check(delivery)
  local body, problems = deliveries.encode(delivery)
  if body then
    return true
  end
  return nil, errors.validation("delivery", problems, deliveries.reference(delivery))
end

local function run(arguments, session)
  local delivery, places = input.record(arguments.file)
  if not delivery then
    return session:fail(places)
  end
  local reference = deliveries.reference(delivery)
  local stored, second
  if arguments.dry_run then
    stored, second = check(delivery)
  else
    stored, second = session:call("create_inbound", delivery)
  end
  if not stored then
    return session:fail(input.located(arguments.file, places, second), reference)
  elseif arguments.dry_run then
    session:report(reference, "valid")
  else
    session:report(reference, second.reconciled and "reconciled" or "created", { delivery = stored })
  end
  return exit.done
end

return {
  name = "inbound",
  summary = "Announce deliveries to the warehouse.",
  description = "Deliveries to the warehouse.",
  define = define,
  run = run,
}
