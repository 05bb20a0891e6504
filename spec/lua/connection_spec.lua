-- Connections that break, hang or lie: through the fault proxy, on HTTP/1.1 and HTTP/2.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"
local start_proxy = dofile "spec/faults/start.lua"

-- Each fault strikes requests with its name in their path.
local faults = {
  { name = "hang", fault = "hang", kind = "timeout" },
  { name = "reset", fault = "reset", kind = "network" },
  { name = "cut", fault = "cut:at=600", kind = "protocol" },
  { name = "garbage", fault = "garbage", kind = "protocol" },
  { name = "lost-before", fault = "close:when=before", kind = "network" },
  { name = "lost-after", fault = "close", kind = "network" },
}

local function port_of(variable)
  return sandbox.variable(variable):match ":(%d+)/"
end

local function fault_arguments(arguments, faults_)
  for _, case in ipairs(faults_) do
    table.insert(arguments, "--fault")
    table.insert(arguments, case.fault .. (case.fault:find ":" and "," or ":") .. "match=/" .. case.name)
  end
  return arguments
end

local proxies = {
  ["HTTP/1.1"] = function(faults_)
    return start_proxy(fault_arguments(
      { "--to", "127.0.0.1:" .. port_of "SANDBOX_PLAIN_URL", "--follow" }, faults_))
  end,
  ["HTTP/2"] = function(faults_)
    return start_proxy(fault_arguments({
      "--to", "127.0.0.1:" .. port_of "SPREETAIL_BASE_URL",
      "--to-tls-ca", sandbox.variable "SPREETAIL_CA_FILE",
      "--tls-cert", sandbox.variable "SANDBOX_CERT", "--tls-key", sandbox.variable "SANDBOX_KEY",
      "--alpn", "h2,http/1.1",
    }, faults_))
  end,
}

local function client_of(proxy, protocol, options)
  local scheme = protocol == "HTTP/2" and "https" or "http"
  options.base_url = ("%s://127.0.0.1:%d/api/api/v1"):format(scheme, proxy.port)
  return protocol == "HTTP/2" and sandbox.tls_client(options) or sandbox.client(options)
end

for protocol, start in pairs(proxies) do
  describe("over " .. protocol .. ", a call", function()
    local client, proxy

    setup(function()
      proxy = start(faults)
    end)

    teardown(function()
      proxy:stop()
    end)

    before_each(function()
      sandbox.reset()
      sandbox.fault { path = "/cut", body = (" "):rep(1000) } -- long enough to be cut in its middle
      client = client_of(proxy, protocol, { retries = 0, attempt_timeout = 10 })
    end)

    after_each(function()
      client:close()
    end)

    for _, case in ipairs(faults) do
      local title = ("through %s is a failure of kind %s, and the next one is none")
        :format(case.name, case.kind)
      it(title, function()
        assert.is_not_nil(client:login())
        local options = { attempt_timeout = case.kind == "timeout" and 0.3 or 10 }
        for _, method in ipairs { "GET", "POST" } do
          local before = core.now()
          local data, err = client:request(method, "/" .. case.name, options)
          assert.is_nil(data)
          -- Garbage on HTTP/2 may read as a frame of any type, to be ignored before the end comes.
          local frames = case.name == "garbage" and protocol == "HTTP/2" and err.kind == "network"
          assert.is_true(err.kind == case.kind or frames, tostring(err))
          assert.equal(1, err.attempts)
          assert.equal(method == "POST" and "unknown" or nil, err.outcome)
          assert.is_true(core.now() - before < 9)
          local _, next_err = client:get_order "NONE"
          assert.equal("not_found", next_err.kind, tostring(next_err))
        end
      end)
    end

    it("that loses its answer leaves open what became of it", function()
      local lossy = start { { name = "outbound", fault = "close" } }
      local other = client_of(lossy, protocol, { retries = 0 })
      local _, err = other:create_order(sandbox.order "R-1")
      assert.same({ "network", "unknown" }, { err.kind, err.outcome })
      assert.equal("R-1", sandbox.control("GET", "/orders/R-1").ReferenceNumber)
      other:close()
      assert.equal(1, lossy:stop().faults.close)
    end)
  end)
end

describe("over HTTP/2, an answer whose stream is reset without an error", function()
  it("is not a whole one", function() -- which libcurl before 8.0.0 takes it for
    sandbox.reset()
    sandbox.fault { path = "/order", body = '{"success":true,"data":{"a":"' .. ("x"):rep(1000) .. '"}}' }
    local proxy = proxies["HTTP/2"] {
      { name = "order", fault = "stream-reset:when=mid,at=500,code=0" },
    }
    local client = client_of(proxy, "HTTP/2", { retries = 0 })
    local data, err = client:get_order "R-1"
    assert.is_nil(data)
    assert.is_true(err.kind == "protocol" or err.kind == "network", tostring(err)) -- head seen, or not
    client:close()
    assert.equal(1, proxy:stop().faults["stream-reset"])
  end)
end)

describe("when nothing listens, a call", function()
  it("is a failure of kind network that was never sent", function()
    local client = sandbox.client { base_url = "http://127.0.0.1:1/api", retries = 0 }
    local _, err = client:create_order(sandbox.order "R-1")
    assert.same({ "network", "not_sent", 0 }, { err.kind, err.outcome, err.attempts })
    assert.is_true(err.retryable)
    assert.matches("no connection", err.message, 1, true)
    assert.matches("127.0.0.1", err.message, 1, true)
    client:close()
  end)
end)
