--- The import of a file of orders, to the server or into an outbox: opens all that it needs.

local errors = require "spreetail.error"
local json_lines = require "spreetail.command.json_lines"
local order_import = require "spreetail.command.order_import"
local order_rows = require "spreetail.command.order_rows"
local rejects = require "spreetail.command.rejects"
local stream = require "spreetail.command.stream"

local M = {}

local DELIMITERS = { comma = ",", semicolon = ";", tab = "\t" }

local LIST = "it is a list: an order is to stand in a line of its own, without [ ] and commas around it, "
  .. "which is what jq --compact-output '.[]' makes of a list"

local function usage_error(message)
  return errors.new { kind = "config", message = message, outcome = "not_sent", retryable = false }
end

-- What is wrong with a header, as an error.
local function header_error(name, problems)
  local lines = {}
  for i, problem in ipairs(problems) do
    lines[i] = ("%s:%d:%d: %s"):format(name, problem.line, problem.column, problem.message)
  end
  local err = usage_error(table.concat(lines, "; "))
  err.lines = lines
  return err
end

local function open_rows(arguments, read)
  local ignored = {}
  for _, name in ipairs(arguments.ignore) do
    ignored[name] = true
  end
  return order_rows.new(read, { delimiter = DELIMITERS[arguments.delimiter], ignored = ignored })
end

-- The references of orders whose lines stand apart in a table: half of such an order would be on its way when
-- the other half is read. nil when the table can be read once alone; nil and an error when it can't be read.
local function find_apart(arguments, session, source)
  if not source.size then
    return nil
  end
  local again, err = stream.open(arguments.file)
  if not again then
    return nil, err
  end
  local rows = open_rows(arguments, function(size)
    if not session:interrupted() then
      return again:read(size)
    end
  end)
  local apart = rows and rows:find_apart() or {}
  again:close()
  return apart
end

-- Opens what reads the orders of a stream; or nil and an error.
local function open_reader(arguments, session, source)
  local first, why = source:peek()
  if not first then
    return nil, stream.unreadable(arguments.file, why)
  end
  local function read(size)
    return source:read(size)
  end
  local mark = not arguments.format and first:gsub("^\239\187\191", ""):match "^%s*(.)"
  if mark == "[" then
    return nil, header_error(source.name, { { line = 1, column = 1, message = LIST } })
  elseif mark == "{" or arguments.format == "jsonl" then
    return json_lines.new(read)
  end
  local rows, problems = open_rows(arguments, read)
  if not rows then
    return nil, header_error(source.name, problems)
  end
  local apart, err = find_apart(arguments, session, source)
  if err then
    return nil, err
  end
  rows:refuse_apart(apart)
  return rows
end

-- Imports what a stream holds. Returns the exit status, or nil and an error, before anything was sent.
local function import_stream(arguments, session, source, destination)
  function source.idle()
    if session:interrupted() then
      source:finish()
    end
  end
  local reader, err = open_reader(arguments, session, source)
  if session:interrupted() then
    return nil, usage_error(("interrupted before anything was %s"):format(destination.verb))
  end
  local rejected
  if reader and not arguments.dry_run then
    err = select(2, destination.open())
  end
  if reader and not err and arguments.rejects then
    rejected, err = rejects.open(arguments.rejects, reader:rejected_header())
  end
  if err then
    return nil, err
  end
  local run = order_import.new(reader, {
    session = session,
    source = source,
    destination = destination,
    is_dry = arguments.dry_run,
    rejects = rejected,
    progress = session:progress(source.size),
  })
  session.while_waiting = function()
    run:tick()
  end
  function source.idle()
    if not arguments.dry_run then
      destination.idle()
    end
    session:check_interrupt()
    run:tick()
  end
  local status = run:run()
  if rejected then
    rejected:close()
  end
  return status
end

--- Imports the file; returns the exit status. The destination is that of order_import.lua, and has besides
--   open   function: makes it ready, when orders are to go there; returns true, or nil and an error
--   idle   function: has it go on with what is under way while no more can be read
function M.run(arguments, session, destination)
  local source, err = stream.open(arguments.file)
  local status
  if source then
    status, err = import_stream(arguments, session, source, destination)
    source:close()
  end
  return status or session:fail(err)
end

return M
