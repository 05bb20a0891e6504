local curl = require "spec.sandbox.curl"
local sample = require "spec.sandbox.sample"

describe("the sandbox's statistics", function()
  before_each(curl.start)

  it("count requests, groups of orders together", function()
    curl.api("POST", "/outbound", {body = sample.order()})
    curl.api("GET", "/order/R-1")
    curl.api("GET", "/order/none")
    curl.api("POST", "/order/cancel", {body = '{"referenceNumber":"R-1"}'})
    curl.api("GET", "/inventory")
    curl.api("PATCH", "/nothing")
    local stats = curl.stats()
    assert.same({
      ["POST /auth/login"] = 1, ["POST /outbound"] = 1, ["GET /order"] = 2, ["POST /order/cancel"] = 1,
      ["GET /inventory"] = 1, ["PATCH other"] = 1,
    }, stats.requests)
    assert.equal(1, stats.logins)
    assert.equal(1, stats.orders)
    assert.equal(0, stats.in_flight)
    assert.is_true(stats.bytes.received > 500)
    assert.is_true(stats.bytes.sent > 500)
  end)

  it("count connections by their first request and protocol", function()
    local base = curl.variable "SPREETAIL_BASE_URL"
    local before = curl.stats().connections
    assert.same({total = 1, login = 1, api = 0, http1 = 1, http2 = 0}, before)
    curl.login {base = base, curl = {"--http2"}}
    curl.shell(("curl -s --http2 --cacert %s %s/inventory %s/inventory %s/auth/login"):format(
      curl.variable "SPREETAIL_CA_FILE", base, base, base))
    curl.shell(("curl -s --http1.1 --cacert %s %s/inventory %s/inventory"):format(
      curl.variable "SPREETAIL_CA_FILE", base, base))
    assert.same({total = 4, login = 2, api = 2, http1 = 2, http2 = 2}, curl.stats().connections)
  end)

  it("count requests in flight", function()
    curl.fault '{"path": "/order", "delay": 0.4}'
    curl.shell(("for n in 1 2 3 4 5 6 7; do curl -s %s/order/x & done; wait"):format(
      curl.variable "SANDBOX_PLAIN_URL"))
    local stats = curl.stats()
    assert.equal(7, stats.in_flight_max)
    assert.equal(0, stats.in_flight)
  end)

  it("count in flight what came since the last reset", function()
    local plain = curl.variable "SANDBOX_PLAIN_URL"
    curl.fault '{"path": "/order", "delay": 1}'
    curl.shell(("curl -s --max-time 0.2 %s/order/x; :"):format(plain))
    assert.equal(1, curl.stats().in_flight)
    curl.start()
    assert.equal(0, curl.stats().in_flight)
    curl.fault '{"path": "/order", "delay": 1.2}'
    curl.shell(("curl -s %s/order/x"):format(plain)) -- the one before has ended, too
    assert.same({1, 0}, {curl.stats().in_flight_max, curl.stats().in_flight})
  end)

  it("count how often each reference was posted", function()
    for _ = 1, 3 do curl.api("POST", "/outbound", {body = sample.order {ReferenceNumber = 'a"/ö'}}) end
    curl.api("POST", "/outbound", {body = sample.order {ReferenceNumber = "b"}})
    curl.api("POST", "/outbound", {body = "{}"})
    assert.same({['a"/ö'] = 3, b = 1}, curl.control("GET", "/references").json)
    assert.equal(2, curl.stats().duplicates)
  end)

  it("start anew with a reset", function()
    curl.api("POST", "/outbound", {body = sample.order()})
    curl.control("POST", "/reset")
    local stats = curl.stats()
    assert.same({}, stats.requests)
    assert.equal(0, stats.orders + stats.logins + stats.in_flight_max + stats.connections.total)
    assert.equal("{}", curl.control("GET", "/references").body)
  end)

  it("are not counted themselves, and refuse what is unknown", function()
    assert.equal(404, curl.control("GET", "/nothing").status)
    assert.equal(405, curl.control("DELETE", "/stats").status)
    assert.equal(404, curl.control("GET", "/orders/none").status)
    assert.equal(1, curl.stats().connections.total)
  end)
end)
