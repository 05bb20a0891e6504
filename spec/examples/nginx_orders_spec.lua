-- examples/nginx.conf, on another port.

local sandbox = require "spec.lua.sandbox"

local function shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("examples/nginx.conf", function()
  local directory, url

  setup(function()
    sandbox.reset()
    -- Below all ports of sandboxes, and another one for each of these.
    local port = 4000 + math.floor(sandbox.variable "SANDBOX_CONTROL_URL":match ":(%d+)$" / 10 % 4000)
    url = "http://127.0.0.1:" .. port
    directory = shell "mktemp -d":match "%S+"
    local tree = shell "pwd":match "[^\n]+"
    local changes = ("s|127.0.0.1:8080|127.0.0.1:%d|; s|^pid .*|pid nginx.pid;|; s|$prefix/[.][.]|%s|g; "
      .. "s|$prefix|%s/examples|g"):format(port, tree, tree)
    if shell "id -u" == "0\n" then
      changes = changes .. "; 1i user root root;" -- so that the worker may read this tree
    end
    shell(("sed '%s' examples/nginx.conf > %s/nginx.conf; cd %s; export PATH=$PATH:/usr/sbin; "
      .. "unset LUA_PATH LUA_CPATH; nginx -p . -c nginx.conf -e error.log > output 2>&1 < /dev/null &")
      :format(changes, directory, directory))
    shell(("for i in $(seq 250); do test -s %s/nginx.pid && break; sleep 0.02; done"):format(directory))
  end)

  teardown(function()
    shell(("kill $(cat %s/nginx.pid); rm -r %s"):format(directory, directory))
  end)

  local function ask(method, reference)
    local command = "curl --silent --max-time 20 --request %s --write-out '%%{http_code}' %s/orders/%s"
    return shell(command:format(method, url, reference)):match "^(.*)(%d%d%d)$"
  end

  it("creates orders and shows them", function()
    local text, status = ask("PUT", "R-1")
    assert.equal("201", status, text .. shell("cat " .. directory .. "/error.log"))
    assert.matches('"ReferenceNumber":"R%-1"', text)
    text, status = ask("GET", "R-1")
    assert.equal("200", status)
    assert.matches('"ReferenceNumber":"R%-1"', text)
  end)

  it("may be asked for the same again", function()
    assert.equal("201", select(2, ask("PUT", "R-2")))
    assert.equal("404", select(2, ask("GET", "R-3")))
    assert.equal("405", select(2, ask("DELETE", "R-1")))
    assert.equal(2, sandbox.stats().orders)
  end)
end)
