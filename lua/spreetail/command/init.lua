--- The command: `spreetail order create order.json`, and all its other subcommands.
--
-- A subcommand is a module beside this one: a table with
--   name         what it is called by
--   summary      a line for the list of subcommands
--   description  what it does, for its help and its page of the manual
--   define       function(parser): declares its arguments and options, in argparse's way; of a group, such
--                as `order`, its operations as commands of that parser (command_target "operation")
--   run          function(arguments, session, parser): does it, and returns the exit status; `parser` is the
--                command's own, for what is made of it
-- Help, pages of the manual and completion are made of what `define` declares. It is called whichever
-- subcommand is wanted, so what takes long to load is loaded by `run`.

local argparse = require "argparse"
local exit = require "spreetail.command.exit"
local session = require "spreetail.command.session"
local spreetail = require "spreetail"
local surroundings = require "spreetail.command.surroundings"
local system = require "spreetail.command.system"

local M = {}

--- The subcommands, in the order in which people need them.
M.subcommands = {}

local NAMES = {
  "order", "orders", "stock", "sku", "inbound", "outbox", "login", "doctor", "sandbox",
  "completion",
}

for i, name in ipairs(NAMES) do
  M.subcommands[i] = require("spreetail.command." .. name)
end

-- Entries of a name and a text, below each other.
local function described(entries)
  local lines = {}
  for i, entry in ipairs(entries) do
    lines[i] = ("   %s: %s"):format(entry[1], entry[2])
  end
  return table.concat(lines, "\n")
end

local DESCRIPTION = "Orders, stock and deliveries through the Spreetail Channel Integration API."

local EPILOG = "Credentials are never arguments. They come from the environment (SPREETAIL_CLIENT_ID, and "
  .. "SPREETAIL_CLIENT_SECRET or SPREETAIL_SECRET_COMMAND), or from the config file, "
  .. "$XDG_CONFIG_HOME/spreetail/config.ini. More is in the manual: man spreetail.\n\n"
  .. "Exit status:\n" .. described(surroundings.exit_status)

local function print_version()
  print("spreetail " .. spreetail._VERSION)
  os.exit(exit.done)
end

local function add_global_options(parser)
  parser:option "--profile"
    :description "A profile of the config file, in place of [default]."
    :argname "NAME"
  parser:flag "--json"
    :description "Print for programs: one JSON object a line."
  parser:flag "-q --quiet"
    :description "Say nothing but results and what went wrong."
  parser:flag "--version"
    :description "Print the version and exit."
    :action(print_version)
end

--- The parser, of all that the subcommands declare.
function M.parser()
  local parser = argparse("spreetail", DESCRIPTION, EPILOG)
  parser:command_target "command"
  parser:help_max_width(80)
  parser:usage_max_width(80)
  add_global_options(parser)
  for _, subcommand in ipairs(M.subcommands) do
    local command = parser:command(subcommand.name)
    command:summary(subcommand.summary)
    command:description(subcommand.description)
    subcommand.define(command)
  end
  return parser
end

-- The arguments as a table, or nil, what is wrong, and how the subcommand is used.
local function parse(parser, words)
  local complaint, usage
  function parser.error(part, message)
    complaint, usage = message, part:get_usage()
    error(parser, 0)
  end
  local ok, result = pcall(parser.parse, parser, words)
  if not ok and result ~= parser then
    error(result, 0)
  end
  return ok and result, complaint, usage
end

local function find(name)
  for _, subcommand in ipairs(M.subcommands) do
    if subcommand.name == name then
      return subcommand
    end
  end
end

-- The status, or the end by a signal, once all has been said: what is unknown goes before how it came about.
local function finish(current, status)
  local signal = system.caught_signal() or (current.out.broken and system.SIGPIPE)
  if current.out.failed then
    current.log:error("what was done can't be printed: " .. current.out.failed)
    return exit.worse(status, exit.unknown)
  elseif signal and status ~= exit.unknown then
    system.die_of(signal)
  end
  return status
end

--- Runs the command with a list of arguments; returns its exit status.
function M.main(words)
  local parser = M.parser()
  local arguments, complaint, usage = parse(parser, words)
  if not arguments then
    io.stderr:write(usage, "\n\nspreetail: ", complaint, "\n")
    return exit.usage
  end
  system.catch_signals()
  local current = session.new(arguments)
  local ok, status = xpcall(function()
    return find(arguments.command).run(arguments, current, parser)
  end, debug.traceback)
  if not ok then -- a mistake in this program, which may have sent something
    current.log:error("this should not have happened; please report it:")
    io.stderr:write(tostring(status), "\n")
    status = exit.unknown
  end
  if current.made then
    current.made:close()
  end
  return finish(current, status)
end

return M
