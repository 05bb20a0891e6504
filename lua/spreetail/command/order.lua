--- `spreetail order`: one order.

local errors = require "spreetail.error"
local exit = require "spreetail.command.exit"
local input = require "spreetail.command.input"
local number = require "spreetail.command.number"
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

local function define_cancel(parser)
  local cancel = parser:command "cancel"
  cancel:summary "Cancel an order."
  cancel:description("Cancels an order that is not processed yet. To repeat that does no harm.")
  cancel:argument "reference"
    :description "The order's ReferenceNumber."
  cancel:option "--refund"
    :description "How much to give back, in the order's currency."
    :argname "AMOUNT"
    :convert(number.number)
  cancel:option "--note"
    :description "Why."
    :argname "TEXT"
end

local function define(parser)
  parser:command_target "operation"
  define_create(parser)
  define_get(parser)
  define_cancel(parser)
end

-- What checking alone comes to, without a client: true, or nil and an error.
local function check(order)
  local body, problems = orders.encode(order)
  if body then
    return true
  end
  return nil, errors.validation("order", problems, orders.reference(order))
end

-- What became of an order that the server has: it may be there, and yet not be carried out.
local function report_stored(session, reference, stored, response)
  if response.cancelled then
    session.log:error(("order %s is there, but has been cancelled since"):format(reference))
    session:report(reference, "cancelled", { order = stored })
    return exit.refused
  end
  session:report(reference, response.reconciled and "reconciled" or "created", { order = stored })
  return exit.done
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
  elseif not arguments.dry_run then
    return report_stored(session, reference, stored, second)
  end
  session:report(reference, "valid")
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

local function cancel(arguments, session)
  local answer, err = session:call("cancel_order", arguments.reference, {
    refund = arguments.refund,
    note = arguments.note,
  })
  if not answer then
    return session:fail(err, arguments.reference)
  end
  session:report(arguments.reference, "cancelled", { answer = answer })
  return exit.done
end

local OPERATIONS = { create = create, get = get, cancel = cancel }

return {
  name = "order",
  summary = "Create, show and cancel an order.",
  description = "One order: creates it, shows it, or cancels it.",
  define = define,
  run = function(arguments, session)
    return OPERATIONS[arguments.operation](arguments, session)
  end,
}
