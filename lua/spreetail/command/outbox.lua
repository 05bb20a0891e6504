--- `spreetail outbox`: orders in a database, from which workers send them until it is known what became of
-- each.

local config = require "spreetail.command.config"
local exit = require "spreetail.command.exit"
local import_options = require "spreetail.command.import_options"
local place = require "spreetail.command.outbox.place"
local system = require "spreetail.command.system"

local UNITS = { s = 1, m = 60, h = 3600, d = 86400, w = 7 * 86400 }

-- "30d" as seconds; for argparse: or nil and what is wrong.
local function duration(text)
  local number, unit = text:match "^(%d+)([smhdw])$"
  if not number then
    return nil, ("'%s' is no duration: a number and one of s, m, h, d, w, as in 30d"):format(text)
  end
  return tonumber(number) * UNITS[unit]
end

local function whole_number(text)
  local number = text:find "^%d+$" and tonumber(text) or 0
  if number < 1 then
    return nil, ("'%s' is no whole number from 1"):format(text)
  end
  return number
end

local function define_add(parser)
  local add = parser:command "add"
  add:summary "Put the orders in a file into the outbox."
  add:description("Puts the orders in a file into the outbox, from which `outbox run` sends them: CSV with a "
    .. "header, or JSON Lines, an object a line. They are checked first, and each mistake is named with its "
    .. "line and column. What is in the outbox already, as it is in the file, counts as added: so what was "
    .. "interrupted is begun again with the same file.")
  import_options.define(add)
end

local function define_run(parser)
  local run = parser:command "run"
  run:summary "Send what is in the outbox."
  run:description("Sends orders until none is left that is pending or being sent. Several may run at one "
    .. "time, on several machines where the outbox is in PostgreSQL. SIGTERM and Ctrl-C end it in order; "
    .. "what it was about to send is left to the next one.")
  run:flag "--forever"
    :description "Wait for more when none is left: for a service."
  run:option "--seconds"
    :description "Stop after so long: for a job that is started again and again."
    :argname "N"
    :convert(whole_number)
  run:option "--concurrency"
    :description "How many orders to have in flight (default: 16)."
    :argname "N"
    :convert(whole_number)
  run:option "--lease"
    :description("For how many seconds a worker that is not heard of again keeps its orders from the others "
      .. "(default: 60). One that lives renews it.")
    :argname "N"
    :convert(whole_number)
end

local function define_retry(parser)
  local retry = parser:command "retry"
  retry:summary "Have orders sent again that were given up."
  retry:description("Makes orders pending again: those named, or all that were rejected or whose outcome is "
    .. "unknown. What the server has already is not created again. One that is pending is tried at once.")
  retry:argument "reference"
    :description "The ReferenceNumber of an order."
    :args "*"
  retry:mutex(
    retry:flag "--rejected":description "All that were rejected.",
    retry:flag "--unknown":description "All whose outcome is unknown.")
end

local function define_export(parser)
  local export = parser:command "export"
  export:summary "Print orders, to be corrected and added again."
  export:description("Prints the orders of a state, each with the reason that was given, in a form that "
    .. "`outbox add` and `orders import` read. A rejected order that was corrected takes the place of the "
    .. "other.")
  export:option "--state"
    :description "Of which state (default: rejected)."
    :choices { "pending", "sending", "accepted", "rejected", "unknown" }
  export:option "--format"
    :description "JSON Lines (the default), or CSV with a line for each item."
    :choices { "jsonl", "csv" }
end

local function define_purge(parser)
  local purge = parser:command "purge"
  purge:summary "Remove orders that were settled long ago."
  purge:description("Removes orders that were accepted or rejected so long ago or longer, with all that they "
    .. "say about people. Those whose outcome is unknown stay.")
  purge:option "--older-than"
    :description "A number and one of s, m, h, d, w: 30d."
    :argname "AGE"
    :convert(duration)
    :count(1)
end

local function define(parser)
  parser:command_target "operation"
  parser:option "--database"
    :description("Where the outbox is: the path of an SQLite file, or postgresql://USER@HOST:PORT/DATABASE, "
      .. "without a password: that is in the config file's outbox_password_file, or where libpq looks "
      .. "(PGPASSFILE). Default: SPREETAIL_OUTBOX, `outbox` in the config file, "
      .. "$XDG_STATE_HOME/spreetail/outbox.db.")
    :argname "WHERE"
  define_add(parser)
  define_run(parser)
  parser:command "status"
    :summary "Show how many orders are in which state."
    :description("Shows how many orders are in which state, for how many seconds the oldest has been "
      .. "waiting, and in how many the next is due.")
  define_retry(parser)
  define_export(parser)
  define_purge(parser)
end

-- What `outbox.open` is to be given; or nil and an error.
local function find_place(arguments, profile)
  local variable = os.getenv "SPREETAIL_OUTBOX"
  local text = arguments.database or (variable ~= "" and variable) or profile.outbox
  local options, err
  if text then
    options, err = place.read(text)
  else
    text, err = place.default()
    options = text and { path = text }
    if text then
      system.make_private_directories(text:match "^(.*)/") -- what prevents it, SQLite will say
    end
  end
  if options and options.database then
    options.password_file = profile.outbox_password_file
  end
  return options, err
end

-- The outbox; or nil and an error.
local function open(arguments, session)
  local profile, err = config.read(arguments.profile, system)
  if not profile then
    return nil, err
  end
  local options
  options, err = find_place(arguments, profile)
  if not options then
    return nil, err
  end
  local box
  box, err = require("spreetail.outbox").open(options)
  local file = box and options.path and system.mode(options.path)
  if file and (file.others_may_read or file.others_may_write) then
    session.log:say(("%s holds names and addresses, and others may look into it: chmod 600 '%s'")
      :format(options.path, options.path))
  end
  return box, err
end

local FIELDS = {
  "pending", "sending", "accepted", "rejected", "unknown", "oldest_pending_seconds", "next_due_seconds",
}

local operations = {}

function operations.run(...)
  return require("spreetail.command.outbox.run")(...)
end

function operations.export(...)
  return require("spreetail.command.outbox.export")(...)
end

function operations.status(box, _, session)
  local status, err = box:status()
  if not status then
    return session:fail(err)
  end
  if session.out.json then
    session.out:object(status)
    return exit.done
  end
  for _, name in ipairs { "oldest_pending_seconds", "next_due_seconds" } do
    status[name] = status[name] and math.floor(status[name])
  end
  session.out:fields(status, FIELDS)
  return exit.done
end

-- Says how many rows were meant.
local function tell_count(session, name, count, sentence)
  if session.out.json then
    session.out:object { [name] = count }
  else
    session.out:say(sentence:format(count, count == 1 and "order" or "orders"))
  end
  return exit.done
end

function operations.retry(box, arguments, session)
  local state = arguments.rejected and "rejected" or arguments.unknown and "unknown" or nil
  local references = arguments.reference
  if (state ~= nil) == (references[1] ~= nil) then
    session.log:error "outbox retry: give either references, or --rejected, or --unknown"
    return exit.usage
  end
  local count, err = box:retry(state and { state = state } or { references = references })
  if not count then
    return session:fail(err)
  end
  tell_count(session, "retried", count, "%d %s will be sent again")
  if count < #references then
    session.log:error(("%d of these %d are not in the outbox, or are accepted or being sent")
      :format(#references - count, #references))
    return exit.refused
  end
  return exit.done
end

function operations.purge(box, arguments, session)
  local count, err = box:purge(arguments.older_than)
  if not count then
    return session:fail(err)
  end
  return tell_count(session, "purged", count, "%d %s removed")
end

return {
  name = "outbox",
  summary = "Keep orders in a database until the server has them.",
  description = "Orders are put into a database, and sent from there until it is known what became of each, "
    .. "whatever crashes meanwhile.",
  define = define,
  run = function(arguments, session)
    if arguments.operation == "add" then -- which may only check
      local function open_box()
        return open(arguments, session)
      end
      return require("spreetail.command.outbox.add")(open_box, arguments, session)
    end
    local box, err = open(arguments, session)
    if not box then
      return session:fail(err)
    end
    local status = operations[arguments.operation](box, arguments, session)
    box:close()
    return status
  end,
}
