-- An nginx with our module in it, in a directory of its own and on free ports.

local server = require "server"

local nginx = {}
nginx.__index = nginx

local files = dofile(server.tree .. "/spec/files.lua")
local shell, quote = server.shell, server.quote

-- What is not there yet, or any more, reads as empty.
local function read(name)
  return files.read(name, "")
end

local function load_modules()
  local path = "PATH=$PATH:/usr/sbin:/usr/local/sbin; "
  local modules = shell(path .. [[nginx -V 2>&1 | sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p']]):match "%S*"
  local lines = {}
  for _, name in ipairs { "ndk_http_module", "ngx_http_lua_module" } do
    local file = modules .. "/" .. name .. ".so"
    if read(file) ~= "" then
      lines[#lines + 1] = ("load_module %s;"):format(file)
    end
  end
  return table.concat(lines, "\n")
end

local function launch(self, template)
  self.port = 32000 - math.random(1, 10000) * 2
  self.url = "http://127.0.0.1:" .. self.port
  self.tls_url = "https://127.0.0.1:" .. self.port + 1
  local values = {
    LOAD_MODULES = load_modules(),
    USER = shell "id -u" == "0\n" and "user root root;" or "",
    TREE = self.tree,
    PORT = self.port,
    PORT_TLS = self.port + 1,
    CERT = server.variable "SANDBOX_CERT",
    KEY = server.variable "SANDBOX_KEY",
  }
  files.write(self.directory .. "/nginx.conf", (read(template):gsub("@([A-Z_]+)@", values)))
  shell(("cd %s; rm -f nginx.pid error.log; export PATH=$PATH:/usr/sbin:/usr/local/sbin; "
    .. "unset LUA_PATH LUA_CPATH; ulimit -n 8192; "
    .. "exec nginx -p . -c nginx.conf -e error.log > output 2>&1 < /dev/null &")
    :format(quote(self.directory)))
  for _ = 1, 500 do
    if read(self.directory .. "/nginx.pid") ~= "" and self:try_get "/quick" == "quick" then
      return true
    elseif read(self.directory .. "/error.log"):find("Address already in use", 1, true) then
      return false
    end
    shell "sleep 0.02"
  end
  error("nginx did not start:\n" .. read(self.directory .. "/error.log") .. read(self.directory .. "/output"))
end

--- Starts one; `template` is its configuration.
function nginx.start(template)
  local self = setmetatable({}, nginx)
  self.tree = shell("cd " .. quote(server.tree) .. " && pwd"):match "[^\n]*"
  self.directory = shell "mktemp -d /tmp/nginx.XXXXXXXXXX":match "%S+"
  shell(("chmod 755 %s && mkdir %s/temp"):format(self.directory, self.directory))
  -- What real users have: the CAs of the system, and here the sandbox's beside them.
  local authorities = "/etc/ssl/certs/ca-certificates.crt " .. quote(server.ca_file)
  shell(("cat %s > %s/ca.pem"):format(authorities, self.directory))
  math.randomseed(os.time(), tonumber(shell "echo $$"))
  for _ = 1, 20 do
    if launch(self, template) then
      return self
    end
  end
  error "no free ports"
end

--- A request; what was answered, or nil.
function nginx:try_get(path, options)
  local base = path:find "^http" and "" or self.url
  local command = "curl --silent --insecure --max-time 60 %s %s"
  local pipe = io.popen(command:format(options or "", quote(base .. path)))
  local text = pipe:read "a"
  return pipe:close() and text or nil
end

function nginx:get(path, options)
  return (assert(self:try_get(path, options), "no answer to " .. path))
end

--- Requests for PATH1, PATH2, ... all at once, in the background. Returns a function that waits for
-- all and returns a table: status -> how often.
function nginx:get_many(path, count, options)
  local command = "curl --silent --no-progress-meter --parallel --parallel-immediate --parallel-max 300 "
    .. "--max-time 60 --output /dev/null --write-out '%%{http_code}\\n' %s '%s%s[1-%d]' 2> /dev/null"
  local pipe = io.popen(command:format(options or "", self.url, path, count))
  return function()
    local statuses = {}
    for status in pipe:lines() do
      statuses[status] = (statuses[status] or 0) + 1
    end
    pipe:close()
    return statuses
  end
end

function nginx:master()
  return tonumber(read(self.directory .. "/nginx.pid"))
end

--- Seconds of CPU that a process has used so far.
function nginx.cpu(process)
  local fields = read(("/proc/%d/stat"):format(process)):match "%) (.*)"
  local user, system = fields:match(("%S+ "):rep(11) .. "(%d+) (%d+)")
  return (tonumber(user) + tonumber(system)) / 100
end

--- MB of a process that are resident.
function nginx.resident(process)
  return tonumber(read(("/proc/%d/status"):format(process)):match "VmRSS:%s*(%d+)") / 1024
end

--- The ids of the worker processes, those that are shutting down included.
function nginx:workers()
  local ids = {}
  for id in shell(("ps -o pid= --ppid %d || :"):format(self:master())):gmatch "%d+" do
    ids[#ids + 1] = tonumber(id)
  end
  return ids
end

function nginx:signal(name, process)
  shell(("kill -%s %d"):format(name, process or self:master()))
end

function nginx:log()
  return read(self.directory .. "/error.log")
end

--- Stops it; returns seconds.
function nginx:stop(signal)
  local master, began = self:master(), tonumber(shell "date +%s.%N")
  self:signal(signal or "TERM")
  local wait = "for i in $(seq 1500); do kill -0 %d 2>/dev/null || exit 0; sleep 0.02; done; exit 1"
  shell(wait:format(master))
  return tonumber(shell "date +%s.%N") - began
end

-- At the end of the block that it is a variable of, also by an error.
function nginx:__close()
  local master = self:master()
  if master then
    shell(("kill -TERM %d 2>/dev/null || :"):format(master))
  end
  shell("rm -rf " .. self.directory)
end

return nginx
