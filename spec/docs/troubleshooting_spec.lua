-- docs/troubleshooting.md quotes what is really printed: each message on it is provoked here.

local page = require "spec.docs.page"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- What came of a call, as its program would print it.
local function said(_, err)
  return tostring(err)
end

local function login(options)
  local client, err = spreetail.client(options)
  return client and said(client:login()) or tostring(err)
end

local function tls_login(url)
  return login {
    base_url = sandbox.variable(url), ca_file = sandbox.variable "SPREETAIL_CA_FILE", retries = 0,
  }
end

-- What a call of a client without TLS ends with while the server does that.
local function call(fault, method, ...)
  sandbox.fault(fault)
  local client = sandbox.client { retries = 0 }
  return said(client[method](client, ...))
end

local function lua(environment, program)
  return process.shell(("env %s lua5.4 -e '%s' 2>&1"):format(environment, program))
end

-- Runs a program in a shell that has done that before.
local function run(before, program)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(program)
  file:close()
  local text = process.shell(("%s; %s %s 2>&1"):format(before, process.interpreter, name))
  os.remove(name)
  return text
end

-- Words of a message on the page -> what provokes it, and returns what is printed.
local provoked = {
  ["module 'spreetail' not found"] = function()
    return lua("-u LUA_PATH -u LUA_CPATH", 'require "spreetail"')
  end,
  ["module 'spreetail.core' not found"] = function()
    return lua("LUA_PATH='lua/?.lua;lua/?/init.lua' LUA_CPATH=", 'require "spreetail"')
  end,
  ["undefined symbol"] = function()
    return process.shell [[LUA_CPATH='build/lua5.4/?.so' lua5.3 -e 'require "spreetail.core"' 2>&1]]
  end,
  ["error: libcurl"] = function()
    return process.shell "CC='cc -nostdinc' dev/check-libraries 2>&1"
  end,
  ["to ask where its headers are"] = function()
    return process.shell "make -n LUA=5.4 BUILD=/nowhere PKG_CONFIG=/nowhere/pkg-config 2>&1"
  end,
  ["no client_id"] = function()
    return process.shell [[SPREETAIL_CLIENT_ID= lua5.4 -e 'print(select(2, require("spreetail").client()))']]
  end,
  ["check client_id and client_secret"] = function()
    return login { client_secret = "wrong", ca_file = sandbox.variable "SPREETAIL_CA_FILE" }
  end,
  ["gave no secret"] = function()
    return login { client_secret_command = "exit 1" }
  end,
  ["chmod go-w"] = function()
    local name = os.tmpname()
    process.shell("chmod 666 " .. name)
    local text = login { client_secret_file = name }
    os.remove(name)
    return text
  end,
  ["not signed by a CA"] = function() return tls_login "SANDBOX_UNKNOWN_CA_URL" end,
  ["has expired"] = function() return tls_login "SANDBOX_EXPIRED_URL" end,
  ["for another host"] = function() return tls_login "SANDBOX_WRONG_HOST_URL" end,
  ["no address for"] = function()
    return login { base_url = "https://no-such-host.invalid", retries = 0 }
  end,
  ["whether a firewall forbids it"] = function()
    return login { base_url = "https://127.0.0.1:1", retries = 0 }
  end,
  ["not JSON"] = function()
    return call({ path = "/inventory", body = "<html>", content_type = "text/html" }, "inventory")
  end,
  ["check that base_url is the API's"] = function()
    return login { base_url = sandbox.variable "SANDBOX_PLAIN_URL" .. "/wrong", allow_http = true }
  end,
  ["waiting for the login"] = function()
    return call({ path = "/auth/login", delay = 0.5 }, "inventory", { timeout = 0.1 })
  end,
  ["attempt_timeout, timeout"] = function()
    return call({ path = "/inventory", delay = 0.5 }, "inventory", { attempt_timeout = 0.1 })
  end,
  ["HTTP 429"] = function() return call({ path = "/inventory", status = 429 }, "inventory") end,
  ["It may have been created"] = function()
    return call({ path = "/outbound", when = "after", close = true }, "create_order", sandbox.order())
  end,
  ["another order is stored"] = function()
    local client = sandbox.client()
    spreetail.assert(client:create_order(sandbox.order "R-1"))
    local other = sandbox.order("R-1", { Currency = "GBP" })
    return said(client:create_order(other, { on_duplicate = "return" }))
  end,
  ["the client was closed"] = function()
    local client = sandbox.client()
    client:close()
    return said(client:inventory())
  end,
  ["can't wait here"] = function()
    local client = sandbox.client { loop = "cqueues" }
    return said(pcall(client.inventory, client))
  end,
  ["has blocked the controller"] = function()
    return run(":", [[
      local sandbox, controller = require "spec.lua.sandbox", require "cqueues".new()
      controller:wrap(function() sandbox.client():inventory() end)
      assert(controller:loop())
    ]])
  end,
  ["too many files"] = function()
    return run("ulimit -n 40", [[
      local spreetail = require "spreetail"
      local ca_file = os.getenv "SPREETAIL_CA_FILE"
      local client = spreetail.assert(spreetail.client { ca_file = ca_file, retries = 0 })
      client:pollfd()
      local open = {}
      for i = 1, 40 do
        open[i] = io.open "/dev/null"
      end
      print(select(2, client:login()))
    ]])
  end,
  ["bad argument #2 to 'assert'"] = function() return process.shell "lua5.1 -e 'assert(nil, {})' 2>&1" end,
}

describe("docs/troubleshooting.md quotes", function()
  before_each(sandbox.reset)

  local quoted = {}
  for _, block in ipairs(page.blocks("docs/troubleshooting.md", "text")) do
    local text = block.text:gsub("\n", "")
    it(text, function()
      local words = {}
      for each in pairs(provoked) do
        words[#words + 1] = text:find(each, 1, true) and each or nil
      end
      assert.equal(1, #words, "how to provoke it?")
      quoted[words[1]] = true
      local printed = provoked[words[1]]()
      assert.is_true(page.has(printed, block.text), printed)
    end)
  end

  it("all that is provoked here", function()
    for words in pairs(provoked) do
      assert.is_true(quoted[words], words)
    end
  end)
end)
