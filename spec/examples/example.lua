-- Running the examples, as a person would: each Lua by its own name, in the sandbox.

local example = {}

local LUAS = os.getenv "SPEC_LUAS" or "lua5.1 lua5.2 lua5.3 lua5.4 luajit"

--- Calls fn(lua) for the interpreters that SPEC_LUAS names (default: all of them).
function example.on_each_lua(fn)
  for lua in LUAS:gmatch "%S+" do
    fn(lua)
  end
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The environment's LUA_CPATH leads to the build for the Lua that runs the specs; another Lua's is
-- beside it.
local function module_path(lua)
  local path = assert(os.getenv "LUA_CPATH", "LUA_CPATH is not set: see `make env`")
  return (path:gsub("/[^/;]*/%?%.so", "/" .. lua .. "/?.so", 1))
end

local function command(lua, program, ...)
  local words = { "LUA_CPATH=" .. quote(module_path(lua)), "timeout 20", lua, quote(program) }
  for _, argument in ipairs { ... } do
    words[#words + 1] = quote(tostring(argument))
  end
  return table.concat(words, " ")
end

--- Starts a Lua program with its arguments, and goes on; what it prints, on either stream, is in the file
-- `output`. `environment`: "NAME=value" words before the command.
function example.start(lua, output, environment, program, ...)
  os.execute(("%s %s > %s 2>&1 < /dev/null &"):format(environment, command(lua, program, ...), quote(output)))
end

--- Runs a Lua program with its arguments at a terminal. Returns what is to be seen there.
function example.run_at_terminal(lua, program, ...)
  local words = "script -qec " .. quote(command(lua, program, ...)) .. " /dev/null < /dev/null"
  local pipe = assert(io.popen(words))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- Runs a Lua program with its arguments. Returns what it printed, what it wrote to stderr, and its
-- exit status.
function example.run(lua, program, ...)
  local errors = os.tmpname()
  local pipe = assert(io.popen(command(lua, program, ...) .. " 2> " .. errors .. "; printf '\\n%d' $?"))
  local output, status = pipe:read "*a":match "^(.*)\n(%d+)$"
  pipe:close()
  local file = assert(io.open(errors))
  local complaints = file:read "*a"
  file:close()
  os.remove(errors)
  return output, complaints, tonumber(status)
end

return example
