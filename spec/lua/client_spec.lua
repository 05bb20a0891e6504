local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local check = spreetail.assert

describe("a client", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("does nothing on the network until it is used", function()
    local before = process.descriptors()
    local other = sandbox.client()
    assert.equal(before, process.descriptors())
    assert.equal(0, sandbox.stats().logins)
    other:close()
  end)

  it("logs in when told to, whether or not the token is good", function()
    assert.is_true(check(client:login()))
    assert.is_true(check(client:login()))
    assert.equal(2, sandbox.stats().logins)
  end)

  it("logs in by itself once, before the first call", function()
    check(client:create_order(sandbox.order "R-1"))
    check(client:get_order "R-1")
    assert.equal(1, sandbox.stats().logins)
  end)

  it("speaks HTTP/2 over TLS, and logs in on a connection apart", function()
    local over_tls = sandbox.tls_client()
    check(over_tls:create_order(sandbox.order "R-1"))
    check(over_tls:get_order "R-1")
    over_tls:close()
    local connections = sandbox.stats().connections
    assert.same({ 1, 1, 1 }, { connections.login, connections.api, connections.http2 })
  end)

  it("speaks HTTP/1.1 where there is nothing else", function()
    local over_tls = sandbox.tls_client { base_url = sandbox.variable "SANDBOX_HTTP1_URL" }
    check(over_tls:create_order(sandbox.order "R-1"))
    over_tls:close()
    assert.equal(0, sandbox.stats().connections.http2)
  end)

  describe("creating an order", function()
    it("returns the stored one", function()
      local stored = check(client:create_order(sandbox.order("R-2", { Company = "Müller & Söhne" })))
      assert.equal("R-2", stored.ReferenceNumber)
      assert.equal("Pending", stored.Status)
      assert.equal("Müller & Söhne", stored.Company)
      assert.equal("SKU-00001", stored.OrderItems[1].SKU)
    end)

    it("returns a response beside it", function()
      local _, response = check(client:create_order(sandbox.order "R-2"))
      assert.equal(200, response.status)
      assert.equal(1, response.attempts)
      assert.is_false(response.reconciled)
      assert.equal("number", type(response.elapsed))
      assert.is_true(response.elapsed >= 0 and response.elapsed < 60)
      assert.equal("application/json", response.headers["content-type"])
    end)

    it("sends it as it is, and leaves it as it is", function()
      local order, same = sandbox.order "R-2", sandbox.order "R-2"
      order.Notes, same.Notes = spreetail.array {}, spreetail.array {}
      order.Extra, same.Extra = { { a = { {}, spreetail.array {} } } }, { { a = { {}, spreetail.array {} } } }
      check(client:create_order(order))
      assert.same(same, order)
      assert.equal(getmetatable(same.Notes), getmetatable(order.Notes))
      local stored = sandbox.control("GET", "/orders/R-2")
      assert.equal("Erika Muster", stored.DeliveryAddress.FullName)
    end)

    it("says conflict for a reference that is taken by another order", function()
      check(client:create_order(sandbox.order "R-2"))
      local _, err = client:create_order(sandbox.order("R-2", { ChannelBuyerName = "Max Other" }))
      assert.equal("conflict", err.kind)
      assert.equal("refused", err.outcome)
      assert.equal(409, err.status)
      assert.equal("R-2", err.reference)
      assert.matches("already exists", err.message, 1, true)
    end)

    it("says rejected, with the field at fault, for an order that the server refuses", function()
      sandbox.fault {
        path = "/outbound", status = 400,
        body = '{"success":false,"error":"Currency is not yours","details":{"field":"Currency"}}',
      }
      local _, err = client:create_order(sandbox.order "R-2")
      assert.equal("rejected", err.kind)
      assert.equal("refused", err.outcome)
      assert.equal(400, err.status)
      assert.equal("Currency", err.details.field)
    end)

    it("refuses a reference that is none before anything is sent", function()
      for _, reference in ipairs { "", "a\nb", "a\0b", "\255" } do
        local _, err = client:create_order(sandbox.order(reference))
        assert.equal("validation", err.kind)
        assert.equal("not_sent", err.outcome)
        assert.equal("ReferenceNumber", err.details[1].path)
      end
      for _, reference in ipairs { 5, true, {} } do
        local _, err = client:create_order(sandbox.order(nil, { ReferenceNumber = reference }))
        assert.equal("validation", err.kind)
      end
      assert.equal(0, sandbox.stats().logins)
    end)
  end)

  describe("getting an order", function()
    local references = {
      "R-1", "a/b", "a/../b", "with space", "100%", "%2F", "a+b", "a?b=c&d", "a#b", "...", "~", "Größe 5€",
      "\240\159\152\128", "'\"\\<>", ("x"):rep(2000),
    }

    it("finds it by any reference", function()
      for _, reference in ipairs(references) do
        check(client:create_order(sandbox.order(reference)))
        assert.equal(reference, check(client:get_order(reference)).ReferenceNumber)
      end
    end)

    it("refuses references that a path can't hold", function()
      for _, reference in ipairs { "", ".", "..", "a\nb", "a\0b", "a\127", "\195" } do
        local data, err = client:get_order(reference)
        assert.is_nil(data)
        assert.equal("validation", err.kind)
        assert.equal("reference", err.details[1].path)
        assert.equal(0, err.attempts)
      end
      assert.equal(0, sandbox.stats().logins)
    end)
  end)

  describe("its counters", function()
    it("count calls, attempts, logins, connections and bytes", function()
      check(client:create_order(sandbox.order "R-1"))
      check(client:get_order "R-1")
      local stats = client:stats()
      assert.same({ 1, 0, 2, 2, 0 },
        { stats.logins, stats.logins_failed, stats.calls, stats.attempts, stats.retries })
      assert.same({ 2, 1 }, { stats.connections, stats.reused })
      assert.is_true(stats.bytes_sent > 300 and stats.bytes_received > 600)
      assert.same({ 0, 0, 0, 0 },
        { stats.queued, stats.in_flight, stats.callback_errors, stats.events_dropped })
    end)

    it("count what is under way", function()
      sandbox.fault { path = "/order", delay = 5 }
      check(client:login())
      for i = 1, 12 do
        client.async:get_order("R-" .. i)
      end
      sandbox.await(client, "GET /order", 8)
      local stats = client:stats()
      assert.same({ 8, 4 }, { stats.in_flight, stats.queued }) -- a connection each on HTTP/1.1
    end)

    it("are whole numbers where Lua has them", function()
      for name, value in pairs(client:stats()) do
        assert.equal("number", type(value), name)
        assert.matches("^%d+$", tostring(value))
      end
    end)
  end)

  it("shows as text how busy it is, and nothing else", function()
    assert.equal("spreetail.client (0 in flight)", tostring(client))
  end)
end)
