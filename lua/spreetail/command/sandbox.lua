--- `spreetail sandbox`: the API's stand-in on this machine, to try things with.

local exit = require "spreetail.command.exit"
local system = require "spreetail.command.system"

local function define(parser)
  parser:argument "words"
    :args "*"
    :argname "COMMAND"
    :description("A command to run, and its arguments, behind '--'; none: print the variables, and serve "
      .. "until Ctrl-C.")
end

-- The directory of this file, from which all others are found.
local HERE = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."

-- Where the sandbox is: in the checkout; below the prefix that this is installed in; in the rock.
local PLACES = {
  HERE .. "/../../../sandbox/run",
  HERE .. "/../../../../spreetail/sandbox/run",
}

local function add_rock(places)
  local version = _VERSION:match "%d.%d"
  local rocks = HERE .. "/../../../../../lib/luarocks/rocks-" .. version .. "/spreetail"
  local spreetail = require "spreetail"
  for _, suffix in ipairs { "dev-1", spreetail._VERSION .. "-1" } do
    table.insert(places, rocks .. "/" .. suffix .. "/spreetail/sandbox/run")
  end
end

local function find()
  add_rock(PLACES)
  for _, place in ipairs(PLACES) do
    if system.mode(place) then
      return place
    end
  end
end

local function run(arguments, session)
  local program = find()
  if not program then
    session.log:error "the sandbox is not installed beside this command"
    return exit.usage
  end
  local _, why = system.become(program, "--", (table.unpack or unpack)(arguments.words))
  session.log:error(("%s can't be run: %s"):format(program, why))
  return exit.usage
end

return {
  name = "sandbox",
  summary = "Run the API's stand-in on this machine.",
  description = "Serves a stand-in of the API on this machine, with credentials of its own, and runs a "
    .. "command with the variables that lead to it: spreetail sandbox -- spreetail order create order.json. "
    .. "What was sent to it is gone when it ends. It needs nginx with its Lua module, and openssl.",
  define = define,
  run = run,
}
