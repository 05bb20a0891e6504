-- What is tried again, what is looked up, and what the program is told of it.

local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"
local start_proxy = dofile "spec/faults/start.lua"

local check = spreetail.assert

local events, clients

before_each(function()
  sandbox.reset()
  events, clients = {}, {}
end)

after_each(function()
  for _, client in ipairs(clients) do
    client:close()
  end
end)

local function keep(client)
  table.insert(clients, client)
  return client
end

-- The events of calls, logins apart, are kept in `events`.
local function watched(options)
  options = options or {}
  options.on_event = function(event)
    if event.path ~= nil then
      table.insert(events, event)
    end
  end
  return options
end

local function new_client(options)
  return keep(sandbox.client(watched(options)))
end

local function types()
  local list = {}
  for i, event in ipairs(events) do
    list[i] = event.type
  end
  return table.concat(list, " ")
end

-- Requests that the server has seen, logins apart: "2 POST /outbound, 1 GET /order".
local function seen()
  local list = {}
  for name, count in pairs(sandbox.stats().requests) do
    if name ~= "POST /auth/login" then
      table.insert(list, ("%d %s"):format(count, name))
    end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

local function lost(rule)
  rule.close, rule.path = true, rule.path or "/outbound"
  sandbox.fault(rule)
end

describe("an answer that says 'later'", function()
  for _, status in ipairs { 429, 500, 502, 503, 504 } do
    it("is asked for again: " .. status, function()
      local client = new_client()
      sandbox.fault { path = "/order", status = status, times = 2 }
      sandbox.fault { path = "/outbound", status = status, times = 1 }
      local _, response = check(client:create_order(sandbox.order "R-1"))
      assert.equal(2, response.attempts)
      _, response = check(client:get_order "R-1")
      assert.equal(3, response.attempts)
      assert.equal("retry call retry retry call", types())
      assert.equal(3, client:stats().retries)
    end)
  end

  local final = { [400] = "rejected", [403] = "forbidden", [404] = "not_found", [501] = "server" }
  for status, kind in pairs(final) do
    it("is not what the server means by " .. status, function()
      sandbox.fault { path = "/anything", status = status }
      local _, err = new_client():request("POST", "/anything", { idempotent = true })
      assert.equal(kind, err.kind)
      assert.equal(status, err.status)
      assert.equal(1, err.attempts)
      assert.equal("call", types())
    end)
  end

  it("is believed in the end", function()
    local client = new_client()
    sandbox.fault { path = "/order", status = 503 }
    local _, err = client:get_order("R-1", { retries = 2 })
    assert.equal("server", err.kind)
    assert.equal(503, err.status)
    assert.equal(3, err.attempts)
    assert.is_true(err.retryable)
    assert.is_nil(err.outcome)
    assert.equal("retry retry call", types())
  end)

  it("is waited for as long as Retry-After says", function()
    local client = new_client()
    sandbox.fault { path = "/outbound", status = 429, headers = { ["Retry-After"] = "1" }, times = 1 }
    local _, response = check(client:create_order(sandbox.order "R-1"))
    assert.is_true(response.elapsed >= 1)
    assert.is_true(events[1].pause >= 1)
    assert.equal("rate_limit", events[1].kind)
  end)

  it("ends the call at once when Retry-After is beyond its time, and is told", function()
    local client = new_client()
    sandbox.fault { path = "/o", status = 429, headers = { ["Retry-After"] = "3600" } }
    for _, call in ipairs {
      function() return client:create_order(sandbox.order "R-1", { timeout = 50 }) end,
      function() return client:get_order("R-1", { timeout = 50 }) end,
    } do
      local _, err = call()
      assert.equal("rate_limit", err.kind)
      assert.equal(3600, err.retry_after)
      assert.equal(1, err.attempts)
      assert.is_true(err.retryable)
    end
    assert.equal("call call", types())
    assert.is_true(events[1].elapsed < 40)
    assert.equal("refused", select(2, client:create_order(sandbox.order "R-1")).outcome)
  end)
end)

describe("retries = 0", function()
  it("sends an order once, and does not look it up", function()
    local client = new_client()
    lost { when = "after" }
    local _, err = client:create_order(sandbox.order "R-1", { retries = 0 })
    assert.equal("network", err.kind)
    assert.equal("unknown", err.outcome)
    assert.equal(1, err.attempts)
    assert.equal("R-1", err.reference)
    assert.is_true(err.retryable) -- since its reference is taken once
    assert.matches("look with get_order before you send it again", err.message, 1, true)
    assert.equal("1 POST /outbound", seen())
    assert.equal("call", types())
  end)

  it("sends any request once", function()
    local client = new_client { retries = 0 }
    sandbox.fault { path = "/anything", status = 503 }
    for _, method in ipairs { "GET", "HEAD", "PUT", "POST" } do
      local _, err = client:request(method, "/anything", { idempotent = true })
      assert.equal("server", err.kind)
      assert.equal(1, err.attempts)
    end
  end)

  it("sends a call again all the same when its token was refused: a 401 is no attempt at it", function()
    local client = new_client { retries = 0 }
    check(client:login())
    sandbox.reset() -- no token is valid any more
    local _, response = client:create_order(sandbox.order "R-1")
    assert.equal(2, response.attempts)
    assert.equal(0, client:stats().retries)
  end)

  it("of a call is preferred to the client's", function()
    sandbox.fault { path = "/order", status = 503 }
    local _, err = new_client({ retries = 3 }):get_order("R-1", { retries = 0 })
    assert.equal(1, err.attempts)
    _, err = new_client({ retries = 0 }):get_order("R-1", { retries = 1 })
    assert.equal(2, err.attempts)
  end)
end)

describe("a request that was not sent", function()
  it("is tried again whatever it is, and its outcome is not_sent", function()
    local nobody = keep(spreetail.assert(spreetail.client(watched {
      base_url = "http://127.0.0.1:1/api", allow_http = true, retries = 2,
    })))
    local _, err = nobody:request("POST", "/anything", { body = "{}" })
    assert.equal("network", err.kind)
    assert.equal("not_sent", err.outcome)
    assert.equal(0, err.attempts)
    assert.is_true(err.retryable)
  end)

  it("arrives when the connection can be had", function()
    local target = sandbox.variable "SANDBOX_HTTP1_URL"
    local proxy = start_proxy {
      "--to", target:match "//([%d.:]+)", "--to-tls-ca", sandbox.variable "SPREETAIL_CA_FILE",
      "--tls-cert", sandbox.variable "SANDBOX_CERT", "--tls-key", sandbox.variable "SANDBOX_KEY",
      "--fault", "refuse:after=1,first=2", -- lets the login go
    }
    local client = keep(sandbox.tls_client(watched {
      base_url = ("https://localhost:%d/api/api/v1"):format(proxy.port),
    }))
    local _, response = check(client:request("POST", "/outbound", { json = sandbox.order "R-1" }))
    assert.equal(2, proxy:stop().faults.refuse)
    assert.equal(1, response.attempts)
    assert.equal("retry retry call", types())
    assert.equal("network", events[1].kind)
    assert.equal(0, events[2].attempt)
  end)
end)

describe("client:request", function()
  it("is repeated when that is said to do no harm", function()
    local client = new_client()
    lost { path = "/anything", times = 2 }
    sandbox.fault { path = "/anything", body = '{"success":true,"data":{"a":1}}' }
    local data, response = check(client:request("POST", "/anything", { idempotent = true }))
    assert.same({ a = 1 }, data)
    assert.equal(3, response.attempts)
  end)

  it("is not repeated otherwise when it may have arrived", function()
    local client = new_client()
    lost { path = "/lost" }
    sandbox.fault { path = "/busy", status = 503 }
    sandbox.fault { path = "/nonsense", body = "<html>" }
    sandbox.fault { path = "/cut", body = "{}", truncate = true }
    local kinds = { lost = "network", busy = "server", nonsense = "protocol", cut = "protocol" }
    for _, method in ipairs { "POST", "PUT", "DELETE", "PATCH" } do
      for name, kind in pairs(kinds) do
        local _, err = client:request(method, "/" .. name)
        assert.equal(kind, err.kind)
        assert.equal("unknown", err.outcome)
        assert.equal(1, err.attempts)
        assert.is_false(err.retryable)
        assert.matches("look before you send it again", err.message, 1, true)
      end
    end
  end)

  it("is repeated when it only reads", function()
    local client = new_client()
    for _, method in ipairs { "GET", "HEAD" } do
      lost { path = "/anything", method = method, times = 2 }
      sandbox.fault { path = "/anything", method = method, body = '{"success":true}' }
      local _, response = check(client:request(method, "/anything"))
      assert.equal(3, response.attempts)
    end
  end)
end)

describe("an order whose answer was lost", function()
  it("is sent again, and found to be there", function()
    local client = new_client()
    lost { when = "after", times = 1 }
    local stored, response = check(client:create_order(sandbox.order "R-1"))
    assert.equal("R-1", stored.ReferenceNumber)
    assert.is_true(response.reconciled)
    assert.equal(200, response.status)
    assert.equal(3, response.attempts)
    assert.equal("1 GET /order, 2 POST /outbound", seen())
    assert.equal(1, client:stats().reconciled)

    assert.equal("retry reconcile call", types())
    assert.same({ "network", "conflict" }, { events[1].kind, events[2].kind })
    assert.same({ 1, 3, 3 }, { events[1].attempt, events[2].attempt, events[3].attempt })
    for _, event in ipairs(events) do
      assert.equal("R-1", event.reference)
      assert.equal("/outbound", event.path)
    end
    assert.is_nil(events[3].kind)
  end)

  it("is sent again, and created when it was not there", function()
    lost { when = "before", times = 1 }
    local _, response = check(new_client():create_order(sandbox.order "R-1"))
    assert.equal(2, response.attempts)
    assert.is_falsy(response.reconciled)
    assert.equal("retry call", types())
  end)

  it("is looked up when every attempt to send it comes to nothing", function()
    lost { when = "after" }
    local _, response = check(new_client():create_order(sandbox.order "R-1", { retries = 1 }))
    assert.is_true(response.reconciled)
    assert.equal("1 GET /order, 2 POST /outbound", seen())
    assert.equal("retry reconcile call", types())
  end)

  it("is looked up again when the look-up fails", function()
    lost { when = "after", times = 1 }
    sandbox.fault { path = "/order", status = 503, times = 2 }
    local _, response = check(new_client():create_order(sandbox.order "R-1", { retries = 2 }))
    assert.is_true(response.reconciled)
    assert.equal("2 POST /outbound, 3 GET /order", seen())
    assert.equal("retry retry retry reconcile call", types())
  end)

  for what, fault in pairs {
    ["cut short"] = { truncate = true },
    ["replaced by HTML"] = { body = "<html>", content_type = "text/html" },
    ["replaced by a 503"] = { status = 503 },
  } do
    it("is settled likewise when it was " .. what, function()
      fault.path, fault.when, fault.times = "/outbound", "after", 1
      sandbox.fault(fault)
      local _, response = check(new_client():create_order(sandbox.order "R-1"))
      assert.is_true(response.reconciled)
      assert.equal(3, response.attempts)
    end)
  end

  it("remains unknown when that can't be settled", function()
    lost { when = "after" }
    lost { path = "/order" }
    local _, err = new_client():create_order(sandbox.order "R-1", { retries = 1 })
    assert.equal("network", err.kind)
    assert.equal("unknown", err.outcome)
    assert.equal(4, err.attempts)
    assert.is_true(err.retryable)
  end)

  it("remains unknown when the server does not know it: it may still be on its way", function()
    lost { when = "before" }
    local _, err = new_client():create_order(sandbox.order "R-1", { retries = 1 })
    assert.equal("network", err.kind)
    assert.equal("unknown", err.outcome)
    assert.equal("retry reconcile call", types())
  end)

  it("is not confused with another of the same reference", function()
    check(new_client():create_order(sandbox.order("R-1", { Currency = "USD" })))
    lost { when = "before", times = 1 }
    local _, err = new_client():create_order(sandbox.order "R-1")
    assert.equal("conflict", err.kind)
    assert.equal("Currency", err.details[1].path)
  end)

  it("is settled within the time of the call", function()
    lost { when = "after" }
    lost { path = "/order" }
    local _, err = new_client():create_order(sandbox.order "R-1", { retries = 1000, timeout = 1 })
    assert.equal("unknown", err.outcome)
    assert.matches("look with get_order before you send it again", err.message, 1, true)
    assert.is_true(err.attempts > 1)
    assert.is_true(events[#events].elapsed < 20)
  end)
end)

describe("an order that is there already", function()
  local client

  before_each(function()
    check(sandbox.client():create_order(sandbox.order "R-1"))
    client = new_client()
  end)

  it("is a conflict, and not looked up, when the first attempt says so", function()
    local _, err = client:create_order(sandbox.order "R-1")
    assert.equal("conflict", err.kind)
    assert.equal("refused", err.outcome)
    assert.equal(409, err.status)
    assert.equal(1, err.attempts)
    assert.is_false(err.retryable)
    assert.equal("2 POST /outbound", seen())
    assert.equal("call", types())
  end)

  it("is a conflict too when what came before was refused", function()
    sandbox.fault { path = "/outbound", status = 429, times = 1 }
    local _, err = client:create_order(sandbox.order "R-1")
    assert.equal("conflict", err.kind)
    assert.equal("refused", err.outcome)
    assert.equal(2, err.attempts)
    assert.equal("retry call", types())
  end)

  it("is returned with on_duplicate = 'return' when it is the same", function()
    local stored, response = check(client:create_order(sandbox.order "R-1", { on_duplicate = "return" }))
    assert.equal("Pending", stored.Status)
    assert.is_true(response.reconciled)
    assert.equal(2, response.attempts)
    assert.equal(1, sandbox.stats().orders)
    assert.equal("reconcile call", types())
  end)

  it("is the same however far it has got", function()
    sandbox.control("POST", "/orders/R-1", { status = "Processed", tracking_number = "T1", carrier = "DHL" })
    local stored = check(client:create_order(sandbox.order "R-1", { on_duplicate = "return" }))
    assert.equal("T1", stored.TrackingNumber)
  end)

  it("is a conflict with on_duplicate = 'return' when it differs, and every difference is told", function()
    local other = sandbox.order("R-1", { Currency = "USD" })
    other.OrderItems[1].Qty = 2
    sandbox.control("PUT", "/orders/R-1", other)
    local _, err = client:create_order(sandbox.order "R-1", { on_duplicate = "return" })
    assert.equal("conflict", err.kind)
    assert.equal("refused", err.outcome)
    assert.is_false(err.retryable)
    assert.matches("another order is stored under this reference", err.message, 1, true)
    table.sort(err.details, function(a, b) return a.path < b.path end)
    assert.same({
      { path = "Currency", message = 'sent "EUR", stored "USD"' },
      { path = "OrderItems[1].Qty", message = "sent 1, stored 2" },
    }, err.details)
    assert.equal("reconcile call", types())
  end)

  it("is a conflict when it can't be looked at", function()
    sandbox.fault { path = "/order", status = 503 }
    local _, err = client:create_order(sandbox.order "R-1", { on_duplicate = "return", retries = 1 })
    assert.equal("conflict", err.kind)
    assert.equal("refused", err.outcome)
    assert.equal(3, err.attempts)
  end)

  it("is forgotten with retries = 0 as well: looking is no repeat", function()
    local options = { on_duplicate = "return", retries = 0 }
    local _, response = check(client:create_order(sandbox.order "R-1", options))
    assert.is_true(response.reconciled)
  end)
end)
