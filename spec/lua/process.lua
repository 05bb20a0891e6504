-- This process as the system sees it, and children that run the same Lua.

local files = require "spec.files"

local process = {}

-- What a sanitizer or a fault library has to do in our process, it has not in a shell's.
local SHELL = "LD_PRELOAD= exec "

local function read(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- Runs a command; returns what it printed.
function process.shell(command)
  return read("LD_PRELOAD=; " .. command)
end

--- How many descriptors are open that lead to sockets or pollers.
function process.descriptors()
  local listing = read("pid=$PPID; " .. SHELL .. "ls -l /proc/$pid/fd 2>/dev/null")
  local _, sockets = listing:gsub("socket:", "")
  local _, pollers = listing:gsub("eventpoll", "")
  return sockets + pollers
end

--- How many of these lead to other processes over the network.
function process.connections()
  local own = {}
  for inode in read("pid=$PPID; " .. SHELL .. "ls -l /proc/$pid/fd 2>/dev/null"):gmatch "socket:%[(%d+)%]" do
    own[inode] = true
  end
  local count = 0
  for line in io.lines "/proc/self/net/tcp" do
    local inode = line:match "^%s*%d+: %S+ %S+ %S+ %S+ %S+ %S+%s+%d+%s+%d+ (%d+)"
    count = count + (own[inode] and 1 or 0)
  end
  return count
end

--- The most memory ever in use, in MB.
function process.peak()
  return tonumber(files.read "/proc/self/status":match "VmHWM:%s*(%d+)") / 1024
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The interpreter that runs us.
process.interpreter = arg[-1]

--- Runs a program in a fresh interpreter. `environment`: "NAME=value" words before the command.
-- Returns what it printed (both streams) and its exit status.
function process.run(program, environment)
  local name = os.tmpname()
  files.write(name, program)
  local output = read(("%s %s %s 2>&1; printf '\\n%%d' $?"):format(
    environment or "", quote(process.interpreter), quote(name)))
  os.remove(name)
  local text, status = output:match "^(.*)\n(%d+)$"
  return text, tonumber(status)
end

return process
