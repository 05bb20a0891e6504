-- A server program with our module in it, in a directory of its own and on a free port.

local server = require "server"
local uv = require "luv"

local daemon = {}
daemon.__index = daemon

local files = dofile(server.tree .. "/spec/files.lua")
local read, write = files.read, files.write
local shell, quote = server.shell, server.quote

-- One that the kernel has just found free.
local function free_port()
  local socket = uv.new_tcp()
  assert(socket:bind("127.0.0.1", 0))
  local port = socket:getsockname().port
  socket:close()
  uv.run()
  return port
end

local function is_running(self)
  return uv.kill(self.process, 0) == 0
end

--- Starts `command` in a directory that holds `configuration`, a template of which @NAME@ is filled in, and
-- waits for its answer to /quick. The module is the build for `lua`.
function daemon.start(lua, configuration, command)
  local self = setmetatable({ output = "" }, daemon)
  local tree = shell("cd " .. quote(server.tree) .. " && pwd"):match "[^\n]*"
  self.directory = shell "mktemp -d":match "%S+"
  self.port = free_port()
  self.url = "http://127.0.0.1:" .. self.port
  local values = { TREE = tree, PORT = self.port, DIRECTORY = self.directory }
  write(self.directory .. "/configuration", (read(configuration):gsub("@([A-Z_]+)@", values)))
  self.process = tonumber(shell(([[
    eval "$(make -s -C %s env LUA=%s)"; cd %s; PATH=$PATH:/usr/sbin:/usr/local/sbin
    export LUA_PATH="%s/spec/hosts/?.lua;$LUA_PATH"
    %s > output 2>&1 < /dev/null & echo $!]]):format(quote(tree), lua, self.directory, tree, command)))
  for _ = 1, 500 do
    if self:get "/quick" == "quick" then
      return self
    elseif not is_running(self) then
      break
    end
    uv.sleep(20)
  end
  error("it did not start:\n" .. self:log())
end

function daemon:log()
  return read(self.directory .. "/output")
end

--- What is answered, and the status; "" and "000" where nothing is. `options` are curl's.
function daemon:get(path, options)
  local command = "curl --silent --max-time 30 --write-out '\\n%%{http_code}' %s %s || :"
  return shell(command:format(options or "", quote(self.url .. path))):match "^(.*)\n(%d+)$"
end

--- Requests for PATH1, PATH2, ... all at once, in the background. Returns a function that waits for all
-- and returns how many had the status 200.
function daemon:get_many(path, count)
  local command = "curl --silent --no-progress-meter --parallel --parallel-immediate --parallel-max 100 "
    .. "--max-time 30 --output /dev/null --write-out '%%{http_code}\\n' '%s%s[1-%d]' 2> /dev/null"
  local pipe = io.popen(command:format(self.url, path, count))
  return function()
    local good = 0
    for status in pipe:lines() do
      good = good + (status == "200" and 1 or 0)
    end
    pipe:close()
    return good
  end
end

--- Tells it to end; returns whether it has done so within 10 s.
function daemon:stop()
  uv.kill(self.process, "sigterm")
  for _ = 1, 500 do
    if not is_running(self) then
      return true
    end
    uv.sleep(20)
  end
  return false
end

-- At the end of the block that it is a variable of, also by an error.
function daemon:__close()
  if is_running(self) and not self:stop() then
    uv.kill(self.process, "sigkill")
  end
  shell("rm -rf " .. self.directory)
end

return daemon
