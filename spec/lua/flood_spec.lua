-- Servers that send without end what brings nothing: no step of the client may go on as long as they
-- do, for else no time-out would hold.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"
local start_proxy = dofile "spec/faults/start.lua"

local SECONDS, TIMEOUT, STEP = 8, 0.5, 0.5 -- of the flood, of the call, of a step where the machine is busy

local proxy, client

local function start(fault)
  proxy = start_proxy {
    "--to", "127.0.0.1:" .. sandbox.variable("SPREETAIL_BASE_URL"):match ":(%d+)/",
    "--to-tls-ca", sandbox.variable "SPREETAIL_CA_FILE",
    "--tls-cert", sandbox.variable "SANDBOX_CERT", "--tls-key", sandbox.variable "SANDBOX_KEY",
    "--alpn", "h2,http/1.1", "--fault", ("%s,seconds=%d,match=/order"):format(fault, SECONDS),
  }
  client = sandbox.tls_client {
    base_url = ("https://127.0.0.1:%d/api/api/v1"):format(proxy.port), retries = 0, timeout = TIMEOUT,
  }
end

-- Drives the call; its error, how long it took, and how long its longest step.
local function drive(future)
  local started, longest = core.now(), 0
  while not future:done() do
    local before = core.now()
    client:poll(0)
    longest = math.max(longest, core.now() - before)
  end
  return select(2, future:result()), core.now() - started, longest
end

describe("over HTTP/2, a flood of", function()
  before_each(sandbox.reset)

  after_each(function()
    client:close()
    proxy:stop()
  end)

  for _, fault in ipairs {
    "data:when=mid,at=0", "ping:when=before", "settings:when=before", "window:when=before",
    "interim:when=before",
  } do
    local frame, place = fault:match "^(%a+):(.*)$"
    it(frame .. " frames holds up neither a step nor the end of the call", function()
      start(("flood:frame=%s,%s"):format(frame, place))
      assert.is_not_nil(client:login())
      local err, seconds, longest = drive(client.async:get_order "R-1")
      assert.is_true(longest < STEP, ("a step took %.3f s"):format(longest))
      assert.is_true(seconds < TIMEOUT + STEP, ("the call took %.3f s"):format(seconds))
      local kinds = { timeout = true, network = true, protocol = true }
      assert.is_true(kinds[err.kind], tostring(err))
      assert.equal(1, proxy:stop().faults.flood)
    end)
  end
end)
