-- An nginx as a reader of this tree would start it, on a port of its own.

local cjson = require "cjson"
local files = require "spec.files"
local sandbox = require "spec.lua.sandbox"

local nginx = {}
nginx.__index = nginx

local shell = require("spec.lua.process").shell

--- The root of this tree.
nginx.tree = shell "pwd":match "[^\n]+"

-- Below all ports of sandboxes, and another one for each of these.
nginx.address = "127.0.0.1:"
  .. 4000 + math.floor(sandbox.variable "SANDBOX_CONTROL_URL":match ":(%d+)$" / 10 % 4000)

--- A place for the files of one.
function nginx.new_directory()
  return (shell "mktemp -d":match "%S+")
end

--- Starts one with this configuration, which listens at `address`. `others`: name = text, in its
-- directory; `environment`: "NAME=value" words before the command.
function nginx.start(directory, configuration, others, environment)
  local self = setmetatable({ directory = directory }, nginx)
  if shell "id -u" == "0\n" then
    configuration = "user root root;\n" .. configuration -- so that the worker may read this tree
  end
  files.write(directory .. "/nginx.conf", configuration)
  for name, text in pairs(others) do
    files.write(directory .. "/" .. name, text)
  end
  shell(("cd %s; export PATH=$PATH:/usr/sbin; %s nginx -p . -c nginx.conf -e error.log "
    .. "-g 'daemon off; pid nginx.pid;' > output 2>&1 < /dev/null &"):format(directory, environment or ""))
  shell(("cd %s; for i in $(seq 250); do test -s nginx.pid -o -s output && break; sleep 0.02; done")
    :format(directory))
  return self
end

--- Ends it, with what it is doing, and leaves its directory.
function nginx:halt()
  shell(("cd %s; pid=$(cat nginx.pid); kill -QUIT $pid; while kill -0 $pid 2> /dev/null; do sleep 0.02; "
    .. "done; rm -f output"):format(self.directory))
end

--- Stops it, and takes its directory away.
function nginx:stop()
  shell(("cd %s; pid=$(cat nginx.pid); kill $pid; while kill -0 $pid 2> /dev/null; do sleep 0.02; done; "
    .. "rm -r %s"):format(self.directory, self.directory))
end

--- What it has logged.
function nginx:log()
  return shell(("cat %s/error.log %s/output"):format(self.directory, self.directory))
end

--- A request by the curl program, with its further options. Returns the status, the decoded body, and the
-- header fields.
function nginx:ask(path, options)
  local command = "curl --silent --max-time 20 --dump-header %s/headers --write-out '%%{http_code}' %s %s"
  local url = ("'http://%s%s'"):format(nginx.address, path)
  local answer = shell(command:format(self.directory, options or "", url))
  local text, status = answer:match "^(.*)(%d%d%d)$"
  local headers = {}
  for name, value in shell(("cat %s/headers"):format(self.directory)):gmatch "([%w-]+): ([^\r\n]*)" do
    headers[name:lower()] = value
  end
  assert(headers["content-type"] == "application/json", text .. self:log())
  return tonumber(status), cjson.decode(text), headers
end

--- Posts a text to /orders as it is.
function nginx:post_text(text, options)
  files.write(self.directory .. "/body", text)
  return self:ask("/orders", ("--data-binary @%s/body %s"):format(self.directory,
    options or "--header 'Content-Type: application/json'"))
end

--- Posts an order.
function nginx:post(order)
  return self:post_text(cjson.encode(order))
end

return nginx
