-- The life of tokens, as the server sees it.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

describe("a token", function()
  before_each(sandbox.reset)

  it("is renewed ahead of its end, and no call fails meanwhile", function()
    sandbox.fault { token_life = 1 }
    local client = sandbox.client()
    local failed, sent = 0, 0
    local until_ = core.now() + 3
    while core.now() < until_ do
      local futures = {}
      for i = 1, 10 do
        futures[i] = client.async:request("GET", "/inventory", { query = { page_size = 1 } })
      end
      for i = 1, 10 do
        sent = sent + 1
        failed = failed + (futures[i]:result() and 0 or 1)
      end
    end
    assert.equal(0, failed)
    local logins = sandbox.stats().logins
    assert.is_true(logins >= 3 and logins <= 8, logins .. " logins for " .. sent .. " calls")
    assert.equal(logins, client:stats().logins)
    client:close()
  end)

  it("is used for its whole life when that is long", function()
    local client = sandbox.client()
    for i = 1, 50 do
      client:get_order("NONE-" .. i)
    end
    assert.equal(1, sandbox.stats().logins)
    client:close()
  end)

  it("may come without expires_in, or with a strange one", function()
    local changes = { { omit = { "expires_in" } }, { client_id = false }, { expires_in = "86400" } }
    for _, change in ipairs(changes) do
      sandbox.fault { login = change }
      local client = sandbox.client()
      spreetail.assert(client:create_order(sandbox.order()))
      sandbox.control("DELETE", "/orders/R-1")
      client:close()
    end
    assert.equal(#changes, sandbox.stats().logins)
  end)

  it("that is revoked while calls are in flight costs one login, and no call", function()
    local count = sandbox.count(200, 20)
    sandbox.fault { path = "/outbound", delay = 1, times = count } -- none is answered before all are there
    local client = sandbox.tls_client()
    local futures = {}
    for i = 1, count do
      futures[i] = client.async:create_order(sandbox.order("R-" .. i))
    end
    sandbox.await(client, "POST /outbound", count)
    sandbox.fault { revoke = true }
    for i = 1, count do
      assert.equal("R-" .. i, spreetail.assert(futures[i]:result()).ReferenceNumber)
    end
    local stats = sandbox.stats()
    assert.same({ 2, count }, { stats.logins, stats.orders })
    assert.equal(2 * count, stats.requests["POST /outbound"]) -- each was refused once, and sent once more
    client:close()
  end)

  it("that is revoked between calls costs one login", function()
    local client = sandbox.client()
    client:get_order "NONE"
    sandbox.fault { revoke = true }
    assert.equal("not_found", select(2, client:get_order "NONE").kind)
    assert.equal(2, sandbox.stats().logins)
    client:close()
  end)

  it("serves on while its early renewal fails", function()
    sandbox.fault { token_life = 5 }
    local client = sandbox.client { refresh_margin = 1000 } -- a fifth of its life, then
    client:get_order "NONE"
    sandbox.fault { path = "/auth/login", status = 503 }
    local until_ = core.now() + 4.4
    while core.now() < until_ do
      local future = client.async:get_order "NONE"
      assert.equal("not_found", select(2, future:result()).kind)
      client:poll(0.1)
      if client:stats().logins_failed > 0 then
        break
      end
    end
    assert.is_true(client:stats().logins_failed > 0)
    assert.equal("not_found", select(2, client:get_order "NONE").kind)
    client:close()
  end)
end)
