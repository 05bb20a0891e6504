-- HTTP proxies: what they get to see.

local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local sandbox = require "spec.lua.sandbox"

local LONGEST = 20

-- "robot:s3cr3t" in base64
local PASSWORD, CREDENTIALS = "s3cr3t", "cm9ib3Q6czNjcjN0"

local controller, listener, port, heads, clients

local function read_head(connection)
  local lines = {}
  local line = connection:read "*l"
  while line and line ~= "" and line ~= "\r" do
    lines[#lines + 1] = line
    line = connection:read "*l"
  end
  return table.concat(lines, "\n")
end

local function relay(from, to)
  local bytes = from:read(-4096)
  while bytes do
    to:write(bytes)
    to:flush()
    bytes = from:read(-4096)
  end
  to:shutdown "w"
end

-- Opens a tunnel to whatever was asked for, when the credentials are right.
local function serve(connection)
  connection:setmode("b", "b")
  local head = read_head(connection)
  heads[#heads + 1] = head
  if not head:find(CREDENTIALS, 1, true) then
    connection:write "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    connection:flush()
    return connection:close()
  end
  local host, number = head:match "^CONNECT (%S+):(%d+)"
  local target = socket.connect(host, number)
  target:setmode("b", "b")
  connection:write "HTTP/1.1 200 Connection established\r\n\r\n"
  connection:flush()
  controller:wrap(relay, target, connection)
  relay(connection, target)
end

before_each(function()
  sandbox.reset()
  heads, clients = {}, {}
  controller = cqueues.new()
  listener = socket.listen("127.0.0.1", 0)
  port = select(3, listener:localname())
  controller:wrap(function()
    while true do -- PUC Lua 5.1 can't yield in the iterator that cqueues has for this
      local connection = listener:accept()
      controller:wrap(serve, connection)
    end
  end)
end)

after_each(function()
  for _, client in ipairs(clients) do
    client:close()
  end
  listener:close()
end)

-- What one call through the proxy comes to: its error; and all that was traced and told.
local function call(proxy)
  local told = {}
  local client = sandbox.tls_client {
    loop = "cqueues", proxy = proxy, retries = 0, timeout = 10,
    on_trace = function(line) told[#told + 1] = line end,
    on_event = function(event) told[#told + 1] = event.reason end,
  }
  clients[#clients + 1] = client
  local err
  controller:wrap(function() err = select(2, client:get_order "NONE") end)
  local deadline = cqueues.monotime() + LONGEST
  while not err and cqueues.monotime() < deadline do
    assert(controller:step(0.1))
  end
  controller:step(0)
  return assert(err), table.concat(told, "\n")
end

describe("a proxy", function()
  it("carries everything in a tunnel, and is shown its own credentials and nothing else", function()
    local err, told = call(("http://robot:%s@127.0.0.1:%d"):format(PASSWORD, port))
    assert.equal("not_found", err.kind, tostring(err))
    assert.equal(2, #heads) -- of the login, and of the call
    for _, head in ipairs(heads) do
      assert.matches("^CONNECT [%w.]+:%d+ HTTP/1.1\r?\n", head)
      assert.matches("\nUser%-Agent: spreetail%-lua/[%d.]+\r?\n", head .. "\n")
      assert.matches("Proxy-Authorization: Basic " .. CREDENTIALS, head, 1, true)
      assert.is_nil(head:lower():find("bearer", 1, true))
    end
    assert.matches("CONNECT", told)
    assert.is_nil(told:find(CREDENTIALS, 1, true))
    assert.is_nil(told:find(PASSWORD, 1, true))
  end)

  it("that refuses is no connection; nothing was sent", function()
    local err, told = call(("http://robot:wrong-one@127.0.0.1:%d"):format(port))
    assert.equal("network", err.kind)
    assert.matches("no connection to %S+:%d+ %(.*407%): the proxy wants other credentials", err.message)
    assert.equal(0, err.attempts)
    assert.is_nil(told:find("wrong-one", 1, true))
    assert.equal(0, sandbox.stats().logins)
  end)

  it("that is no URL is told at once, without its password", function()
    for _, wrong in ipairs { "htp://robot:%s@127.0.0.1", "http://robot:%s@127.0.0.1:x" } do
      local client, err = require("spreetail").client {
        client_id = "a", client_secret = "b", proxy = wrong:format(PASSWORD),
      }
      assert.is_nil(client)
      assert.equal("config", err.kind)
      assert.matches("proxy: it", err.message)
      assert.is_nil(tostring(err):find(PASSWORD, 1, true))
    end
  end)
end)
