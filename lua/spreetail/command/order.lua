--- `spreetail order`: one order.

local errors = require "spreetail.error"
local exit = require "spreetail.command.exit"
local input = require "spreetail.command.input"
local orders = require "spreetail.order"

local function define_create(parser)
  local create = parser:command "create"
  create:summary "Create an order."
  create:description("Creates an order: a JSON object with the API's fields, in its spelling or in "
    .. "snake_case. It is checked first. It may be repeated after an outcome that is unknown: with "
    .. "--on-duplicate=return an order that got through before counts as created.")
  create:argument "file"
    :description "The file with the order; - is the standard input."
  create:option "--on-duplicate"
    :description "What a reference that is taken is: an error, or no error if that order is the same."
    :choices { "error", "return" }
  create:flag "--dry-run"
    :description "Check the order, name every mistake with its line and column, and send nothing."
end

local function define_get(parser)
  local get = parser:command "get"
  get:summary "Show an order."
  get:description "Shows an order as the server has stored it."
  get:argument "reference"
    :description "The order's ReferenceNumber."
end

local function define(parser)
  parser:command_target "operation"
  define_create(parser)
  define_get(parser)
end

-- What checking alone comes to, without a client: true, or nil and an error.
local function check(order)
  local body, problems = orders.encode(order)
  if body then
    return true
  end
  return nil, errors.validation("order", problems, orders.reference(order))
end

local function create(arguments, session)
  local order, places = input.record(arguments.file)
  if not order then
    return session:fail(places)
  end
  local reference = orders.reference(order)
  local stored, second
  if arguments.dry_run then
    stored, second = check(order)
  else
    stored, second = session:call("create_order", order, { on_duplicate = arguments.on_duplicate })
  end
  if not stored then
    return session:fail(input.located(arguments.file, places, second), reference)
  elseif arguments.dry_run then
    session:report(reference, "valid")
  else
    session:report(reference, second.reconciled and "reconciled" or "created", { order = stored })
  end
  return exit.done
end

local FIRST = { "ReferenceNumber", "Status" }

local function get(arguments, session)
  local order, err = session:call("get_order", arguments.reference)
  if not order then
    return session:fail(err, arguments.reference)
  elseif arguments.json then
    session.out:object(order)
  else
    session.out:fields(order, FIRST)
  end
  return exit.done
end

local OPERATIONS = { create = create, get = get }

return {
  name = "order",
  summary = "Create, show and cancel an order.",
  description = "One order: creates it, shows it, or cancels it.",
  define = define,
  run = function(arguments, session)
    return OPERATIONS[arguments.operation](arguments, session)
  end,
}
