--- Runs bin/spreetail as a user would: in a home of its own, which is empty but for what the spec puts there.

local files = require "spec.files"

local spreetail = {}

local ROOT = io.popen("pwd"):read "*l"

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function read_and_remove(name)
  local text = files.read(name)
  os.remove(name)
  return text
end

--- A new empty directory, for `remove` in the end.
function spreetail.directory()
  local pipe = io.popen "mktemp -d"
  local name = pipe:read "*l"
  pipe:close()
  return name
end

function spreetail.remove(directory)
  assert(directory:find "^/tmp/", directory)
  os.execute("rm -rf " .. quote(directory))
end

--- Writes a file with this mode ("600") into a directory, and whatever directories it needs. Returns its
-- path.
function spreetail.write(directory, name, text, mode)
  local path = directory .. "/" .. name
  os.execute("mkdir -p " .. quote(path:match "^(.*)/"))
  files.write(path, text)
  os.execute(("chmod %s %s"):format(mode or "600", quote(path)))
  return path
end

-- Who has no keyring logs in by itself, whatever token another run has left there.
local NO_KEYRING = ROOT .. "/build/faults/no_keyring.so"
assert(io.open(NO_KEYRING), NO_KEYRING .. " is not there: make faults"):close()

-- Words of a shell that have what is behind them run in this home, with these variables (false: without).
-- There is no keyring, unless LD_PRELOAD is among them.
local function environment(home, variables)
  local unset, set = { "LD_PRELOAD= env" }, {}
  if not variables or variables.LD_PRELOAD == nil then
    set[1] = "LD_PRELOAD=" .. quote(NO_KEYRING)
  end
  for name, value in pairs(variables or {}) do
    table.insert(value and set or unset, value and name .. "=" .. quote(value) or "-u " .. name)
  end
  table.insert(set, "HOME=" .. quote(home))
  table.insert(set, "XDG_CONFIG_HOME=" .. quote(home .. "/.config"))
  table.insert(set, "PATH=" .. quote(ROOT .. "/bin:" .. os.getenv "PATH"))
  return table.concat(unset, " ") .. " " .. table.concat(set, " ")
end

--- Runs a script of sh, in which `spreetail` is the command. `options`: `home` (a directory; nil: an empty
-- one), `environment` (variables; false: without it), `input` (text for its standard input). Returns what it
-- printed, what it said on its standard error, and its exit status.
function spreetail.shell(script, options)
  options = options or {}
  local home = options.home or spreetail.directory()
  local names = { os.tmpname(), os.tmpname(), os.tmpname(), os.tmpname() }
  files.write(names[1], script)
  files.write(names[2], options.input or "")
  local pipe = io.popen(("%s sh %s < %s > %s 2> %s; printf '\\n%%d' $?"):format(
    environment(home, options.environment), names[1], names[2], names[3], names[4]))
  local status = tonumber(pipe:read("*a"):match "%d+$")
  pipe:close()
  os.remove(names[1])
  os.remove(names[2])
  if not options.home then
    spreetail.remove(home)
  end
  return read_and_remove(names[3]), read_and_remove(names[4]), status
end

--- Runs the command with these arguments; returns the same three.
function spreetail.run(arguments, options)
  local words = {}
  for i, word in ipairs(arguments) do
    words[i] = quote(word)
  end
  return spreetail.shell("exec spreetail " .. table.concat(words, " "), options)
end

--- Runs a script of sh at a terminal; returns what is to be seen there.
function spreetail.at_terminal(script, variables)
  local home, name = spreetail.directory(), os.tmpname()
  files.write(name, script)
  local pipe = io.popen(("%s TERM=xterm script -qec %s /dev/null < /dev/null"):format(
    environment(home, variables), quote("sh " .. name)))
  local text = pipe:read "*a"
  pipe:close()
  os.remove(name)
  spreetail.remove(home)
  return text
end

--- An environment that names neither a server nor credentials.
spreetail.nothing_set = {
  SPREETAIL_BASE_URL = false,
  SPREETAIL_CLIENT_ID = false,
  SPREETAIL_CLIENT_SECRET = false,
  SPREETAIL_SECRET_COMMAND = false,
  SPREETAIL_CA_FILE = false,
}

spreetail.quote = quote

return spreetail
