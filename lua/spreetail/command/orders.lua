--- `spreetail orders`: many orders.

local exit = require "spreetail.command.exit"
local import_options = require "spreetail.command.import_options"
local number = require "spreetail.command.number"

local function define_import(parser)
  local command = parser:command "import"
  command:summary "Create the orders in a file."
  command:description("Creates the orders in a file: CSV with a header, or JSON Lines, an object a line. "
    .. "Orders that are there already, as they are in the file, count as accepted: so an import that was "
    .. "interrupted is begun again with the same file. Each mistake is named with its line and column.")
  import_options.define(command)
  command:option "--concurrency"
    :description "How many orders are on their way at one time, at most 256 (default: 16)."
    :argname "N"
    :convert(number.count)
  command:option "--on-duplicate"
    :description("What a reference that is taken is: an error, or no error if that order is the same (the "
      .. "default).")
    :choices { "error", "return" }
end

local function define(parser)
  parser:command_target "operation"
  define_import(parser)
end

-- Where an import's orders go.
local function to_server(arguments, session)
  local client
  local function open()
    local err
    client, err = session:client()
    return client and true, err
  end
  local function send(take, done)
    client:create_orders(take, {
      concurrency = arguments.concurrency,
      on_duplicate = arguments.on_duplicate or "return",
      on_result = function(order, _, err, response)
        local result = not err
          and (response.cancelled and "cancelled" or response.reconciled and "reconciled" or "created")
        done(order, result, err)
      end,
    })
  end
  return {
    open = open,
    send = send,
    idle = function() client:poll() end,
    verb = "sent",
    taken = "accepted",
    again = "import the same again to go on: what is there already is not created twice",
  }
end

local function run_import(arguments, session)
  local most = arguments.concurrency or 16
  if most > 256 then
    session.log:error "--concurrency must be a whole number from 1 to 256"
    return exit.usage
  end
  return require("spreetail.command.import").run(arguments, session, to_server(arguments, session))
end

return {
  name = "orders",
  summary = "Create many orders.",
  description = "Many orders: creates those in a file.",
  define = define,
  run = run_import,
}
