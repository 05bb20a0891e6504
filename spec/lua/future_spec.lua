-- client.async and what it returns.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

describe("a future", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("is there at once, and nothing was sent yet", function()
    local future = client.async:create_order(sandbox.order "R-1")
    assert.is_false(future:done())
    assert.equal("spreetail.future (pending)", tostring(future))
    assert.equal(0, sandbox.stats().logins)
  end)

  it("has what the blocking method returns, as often as it is asked", function()
    local future = client.async:create_order(sandbox.order "R-1")
    local data, response = future:result()
    assert.equal("R-1", data.ReferenceNumber)
    assert.equal(200, response.status)
    assert.is_true(future:done())
    assert.equal("spreetail.future (done)", tostring(future))
    local data_again, response_again = future:result()
    assert.equal(data, data_again)
    assert.equal(response, response_again)
  end)

  it("has the same error as often as it is asked", function()
    local future = client.async:get_order "NONE"
    local data, err = future:result()
    assert.is_nil(data)
    assert.equal("not_found", err.kind)
    assert.equal(err, select(2, future:result()))
  end)

  it("is done at once when the call is refused here", function()
    local future = client.async:get_order ".."
    assert.is_true(future:done())
    assert.is_true(future:wait())
    assert.equal("validation", select(2, future:result()).kind)
    future:cancel()
    assert.equal("validation", select(2, future:result()).kind)
  end)

  it("is moved by any use of the client", function()
    local future = client.async:create_order(sandbox.order "R-1")
    while client:poll(1) > 0 do
      assert.is_false(future:done())
    end
    assert.is_true(future:done())
    local other = client.async:get_order "R-1"
    sandbox.fault { path = "/inventory", delay = 0.2 }
    client:request("GET", "/inventory")
    assert.is_true(other:done())
  end)

  describe("waited for", function()
    it("says whether it is done in time", function()
      sandbox.fault { path = "/order", delay = 0.3 }
      local future = client.async:get_order "NONE"
      local before = core.now()
      assert.is_false(future:wait(0.05))
      assert.is_true(core.now() - before >= 0.05)
      assert.is_false(future:wait(0))
      assert.is_false(future:wait(-1))
      assert.is_true(future:wait(10))
      assert.is_true(future:wait(0))
    end)

    it("is no reason for the call to fail", function()
      sandbox.fault { path = "/order", delay = 0.1 }
      local future = client.async:get_order "NONE"
      future:wait(0.01)
      assert.equal("not_found", select(2, future:result()).kind)
    end)
  end)

  describe("cancelled", function()
    it("has an error of kind cancelled", function()
      local future = client.async:create_order(sandbox.order "R-1")
      future:cancel()
      assert.is_true(future:done())
      local _, err = future:result()
      assert.same({ "cancelled", "not_sent", "R-1" }, { err.kind, err.outcome, err.reference })
      assert.equal(0, err.attempts)
      future:cancel()
      assert.equal(err, select(2, future:result()))
      assert.equal(0, client:poll())
    end)

    it("while its request is under way, leaves open what became of it", function()
      sandbox.fault { path = "/outbound", delay = 5 }
      local future = client.async:create_order(sandbox.order "R-1")
      sandbox.await(client, "POST /outbound")
      future:cancel()
      local _, err = future:result()
      assert.same({ "cancelled", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
      assert.matches("It may have been created", err.message, 1, true)
    end)

    it("after it is done, stays what it was", function()
      local future = client.async:create_order(sandbox.order "R-1")
      future:wait()
      future:cancel()
      assert.equal("R-1", future:result().ReferenceNumber)
    end)

    it("leaves the others alone", function()
      sandbox.fault { path = "/order", delay = 0.05 }
      local futures = {}
      for i = 1, 20 do
        futures[i] = client.async:get_order("NONE-" .. i)
      end
      client:poll(0.01)
      for i = 1, 20, 2 do
        futures[i]:cancel()
      end
      for i = 1, 20 do
        local _, err = futures[i]:result()
        assert.equal(i % 2 == 1 and "cancelled" or "not_found", err.kind)
      end
    end)
  end)

  it("may be dropped: its call runs on", function()
    client.async:create_order(sandbox.order "R-1")
    collectgarbage()
    collectgarbage()
    while client:poll(1) > 0 do
      collectgarbage()
    end
    assert.equal("R-1", sandbox.control("GET", "/orders/R-1").ReferenceNumber)
  end)
end)

describe("many calls at once", function()
  before_each(sandbox.reset)

  local count = sandbox.count(1000, 50)

  it("need one login, and few connections", function()
    local client = sandbox.tls_client()
    local futures = {}
    for i = 1, count do
      futures[i] = client.async:create_order(sandbox.order("R-" .. i))
    end
    for i = 1, count do
      assert.equal("R-" .. i, spreetail.assert(futures[i]:result()).ReferenceNumber)
    end
    local stats = sandbox.stats()
    assert.same({ 1, count }, { stats.logins, stats.orders })
    assert.is_true(stats.connections.api <= 8)
    assert.same({ 0, 0 }, { client:stats().queued, client:stats().in_flight })
    client:close()
  end)

  it("are no more at one time than max_in_flight", function()
    local client = sandbox.tls_client { max_in_flight = 3 }
    sandbox.fault { path = "/order", delay = 0.02 }
    local futures = {}
    for i = 1, 12 do
      futures[i] = client.async:get_order("R-" .. i)
    end
    local most = 0
    while client:poll(1) > 0 do
      most = math.max(most, client:stats().in_flight)
    end
    assert.equal(3, most)
    assert.equal("not_found", select(2, futures[12]:result()).kind)
    client:close()
  end)

  it("time out while queued as never sent", function()
    local client = sandbox.client { max_in_flight = 1 }
    sandbox.fault { path = "/outbound", delay = 5 }
    client.async:create_order(sandbox.order "R-1")
    local queued = client.async:create_order(sandbox.order "R-2", { timeout = 0.2 })
    local _, err = queued:result()
    assert.same({ "timeout", "not_sent", 0 }, { err.kind, err.outcome, err.attempts })
    client:close()
  end)
end)
