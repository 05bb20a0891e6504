-- What becomes of answers that say no, and of those that say nothing sensible.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- A fault, and the error that it leads to.
local answers = {
  ["400"] = { { status = 400 }, kind = "rejected", outcome = "refused", words = "Bad request" },
  ["403"] = { { status = 403 }, kind = "forbidden", outcome = "refused", words = "Access denied" },
  ["404"] = { { status = 404 }, kind = "not_found", outcome = "refused", words = "Not found" },
  ["409"] = { { status = 409 }, kind = "conflict", outcome = "refused", words = "Conflict" },
  ["418"] = { { status = 418 }, kind = "rejected", outcome = "refused", words = "Error" },
  ["429"] = { { status = 429 }, kind = "rate_limit", outcome = "refused", retryable = true, words = "Rate" },
  ["408"] = { { status = 408 }, kind = "server", outcome = "unknown", retryable = true, words = "Error" },
  ["421"] = { { status = 421 }, kind = "server", outcome = "unknown", retryable = true, words = "Error" },
  ["425"] = { { status = 425 }, kind = "server", outcome = "unknown", retryable = true, words = "Error" },
  ["499"] = { { status = 499 }, kind = "server", outcome = "unknown", retryable = true, words = "Error" },
  ["500"] = { { status = 500 }, kind = "server", outcome = "unknown", retryable = true, words = "Internal" },
  ["503"] = { { status = 503 }, kind = "server", outcome = "unknown", retryable = true, words = "Service" },
  ["302"] = {
    { status = 302, body = "", headers = { Location = "http://127.0.0.1:1/" } },
    kind = "protocol", outcome = "unknown", words = "a redirect, which is never followed: check base_url",
  },
  ["200 with success: false"] = {
    { body = '{"success":false,"error":"No such warehouse"}' },
    kind = "rejected", outcome = "refused", status = 200, words = "No such warehouse",
  },
  ["200 with HTML"] = {
    { body = "<h1>Welcome</h1>", content_type = "text/html" },
    kind = "protocol", outcome = "unknown", status = 200, words = "something that is not JSON",
  },
  ["200 with nothing"] = {
    { body = "" }, kind = "protocol", outcome = "unknown", status = 200, words = "an empty answer",
  },
  ["200 with half of the JSON"] = {
    { body = '{"success":true,"data":{' },
    kind = "protocol", outcome = "unknown", status = 200, words = "something that is not JSON",
  },
  ["200 with a list"] = {
    { body = "[1,2]" }, kind = "protocol", outcome = "unknown", status = 200, words = "a JSON list",
  },
  ["200 under another reference"] = {
    { body = '{"success":true,"data":{"ReferenceNumber":"R-2","Status":"Pending"}}' },
    kind = "protocol", outcome = "unknown", status = 200, words = "it is about another reference",
  },
  ["400 with HTML"] = {
    { status = 400, body = "<h1>Bad Request</h1>", content_type = "text/html" },
    kind = "rejected", outcome = "unknown", words = "and not in the API's own form",
  },
  ["404 with a gateway's JSON"] = {
    { status = 404, body = '{"message":"no route"}' },
    kind = "not_found", outcome = "unknown", words = "no route (HTTP 404), and not in the API's own form",
  },
  ["502 with HTML"] = {
    { status = 502, body = "<h1>Bad gateway</h1>" },
    kind = "server", outcome = "unknown", status = 502, words = "the server gave no reason",
  },
}

describe("an answer that is", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client { retries = 0 }
  end)

  after_each(function()
    client:close()
  end)

  local function check_error(expected, err)
    assert.equal(expected.kind, err.kind)
    assert.equal(expected.status or expected[1].status, err.status)
    assert.equal(1, err.attempts)
    assert.equal("R-1", err.reference)
    assert.matches(expected.words, err.message, 1, true)
    assert.matches("'R-1'", err.message, 1, true)
    assert.matches("HTTP " .. err.status, err.message, 1, true)
  end

  for name, expected in pairs(answers) do
    it(name .. " means " .. expected.kind, function()
      expected[1].path = "/o" -- orders, and no login
      sandbox.fault(expected[1])

      local data, err = client:get_order "R-1"
      assert.is_nil(data)
      check_error(expected, err)
      assert.is_nil(err.outcome)
      if expected.retryable ~= nil then
        assert.equal(expected.retryable, err.retryable)
      end

      data, err = client:create_order(sandbox.order "R-1")
      assert.is_nil(data)
      check_error(expected, err)
      assert.equal(expected.outcome, err.outcome)

      -- The client is as good as before.
      sandbox.control("DELETE", "/faults")
      assert.equal("R-1", client:create_order(sandbox.order "R-1").ReferenceNumber)
    end)
  end

  it("401 for ever means auth, after a few new tokens", function()
    sandbox.fault { path = "/order", status = 401 }
    local _, err = client:get_order "R-1"
    assert.same({ "auth", 401, 4, "R-1" }, { err.kind, err.status, err.attempts, err.reference })
    assert.matches("refused again and again", err.message, 1, true)
    assert.matches("Invalid or expired token", err.message, 1, true)
    assert.equal(4, sandbox.stats().logins)
  end)

  it("401 once is nothing that the program sees", function()
    sandbox.fault { path = "/order", status = 401, times = 1 }
    assert.equal("not_found", select(2, client:get_order "R-1").kind)
    assert.equal(2, sandbox.stats().logins)
  end)

  it("429 or 503 with Retry-After says how long to wait", function()
    for _, status in ipairs { 429, 503 } do
      sandbox.fault { path = "/order", status = status, headers = { ["Retry-After"] = "7" }, times = 1 }
      assert.equal(7, select(2, client:get_order "R-1").retry_after)
    end
    sandbox.fault { path = "/order", status = 429 }
    assert.is_nil(select(2, client:get_order "R-1").retry_after)
  end)

  it("a refusal with details passes them on", function()
    sandbox.fault {
      path = "/outbound", status = 400,
      body = '{"success":false,"error":"Bad","details":{"field":"Qty","list":[],"n":3}}',
    }
    local _, err = client:create_order(sandbox.order())
    assert.same({ field = "Qty", list = {}, n = 3 }, err.details)
  end)

  it("a refusal in other words is understood, too", function()
    for _, body in ipairs {
      '{"message":"too many"}', '{"error":{"message":"too many"}}', '{"title":"too many"}',
    } do
      sandbox.fault { path = "/order", status = 400, body = body, times = 1 }
      assert.matches("too many", select(2, client:get_order "R-1").message, 1, true)
    end
  end)

  it("full of control characters does not spoil the message", function()
    sandbox.fault { path = "/order", status = 400, body = [[{"error":"a\nb\u001b[31mc\u0000d"}]] }
    assert.not_matches("%c", select(2, client:get_order "R-1").message)
  end)

  it("late means timeout", function()
    sandbox.fault { path = "/o", delay = 5 }
    for _, options in ipairs { { timeout = 0.2 }, { attempt_timeout = 0.2 } } do
      local _, err = client:create_order(sandbox.order "R-1", options)
      assert.same({ "timeout", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
      local seconds = tonumber(err.message:match "([%d.]+) s%f[%W]")
      assert.is_true(seconds > 0.1 and seconds <= 0.2, err.message)
      _, err = client:get_order("R-1", options)
      assert.equal("timeout", err.kind)
      assert.is_true(err.retryable)
    end
  end)

  it("slow but steady is an answer", function()
    sandbox.fault { path = "/order", status = 404, body = '{"error":"no"}', drip = 0.005 }
    assert.equal("not_found", select(2, client:get_order "R-1").kind)
  end)
end)

describe("credentials that the server refuses", function()
  before_each(sandbox.reset)

  it("give auth with the server's words, and no second login for a while", function()
    local client = sandbox.client { client_secret = "wrong" }
    local _, err = client:create_order(sandbox.order())
    assert.same({ "auth", "not_sent", 401 }, { err.kind, err.outcome, err.status })
    assert.equal(0, err.attempts)
    assert.is_false(err.retryable)
    assert.matches("Invalid credentials", err.message, 1, true)
    assert.matches("check client_id and client_secret", err.message, 1, true)
    local calls = {
      { client:get_order "R-1" }, { client:login() }, { client.async:get_order("R-1"):result() },
    }
    for _, results in ipairs(calls) do
      assert.equal("auth", results[2].kind)
      assert.is_true(results[2].retry_after > 30 and results[2].retry_after <= 60)
    end
    local stats = sandbox.stats()
    assert.same({ 0, 1 }, { stats.logins, stats.login_failures })
    assert.same({ 1, 1 }, { client:stats().logins, client:stats().logins_failed })
    client:close()
  end)

  it("are asked for once, however many calls wait", function()
    local client = sandbox.client { client_id = "wrong" }
    local futures = {}
    for i = 1, 50 do
      futures[i] = client.async:get_order("R-" .. i)
    end
    for i = 1, 50 do
      assert.equal("auth", select(2, futures[i]:result()).kind)
    end
    assert.equal(1, sandbox.stats().login_failures)
    client:close()
  end)
end)

describe("a login that is to be tried again tomorrow", function()
  it("is waited for by nobody, and asked for again when the program says so", function()
    sandbox.reset()
    sandbox.fault { path = "/auth/login", status = 429, headers = { ["Retry-After"] = "86400" }, times = 1 }
    local client = sandbox.client()
    local start = core.now()
    for _ = 1, 3 do
      local _, err = client:inventory()
      assert.same({ "rate_limit", 429 }, { err.kind, err.status })
      assert.is_true(err.retry_after > 290 and err.retry_after <= 300) -- a server may ask for so much at most
    end
    assert.is_true(core.now() - start < 5)
    assert.equal(1, client:stats().logins)
    assert.is_true(spreetail.assert(client:login()))
    assert.is_table(spreetail.assert(client:inventory()))
    client:close()
  end)
end)

describe("a login that fails for another reason", function()
  local failures = {
    { { status = 503 }, "server", "failed: Service unavailable" },
    { { status = 404 }, "config", "check that base_url is the API's" },
    { { status = 400 }, "config", "check that base_url is the API's" },
    { { body = "<html>" }, "protocol", "failed: something that is not JSON" },
    { { body = '{"success":true,"data":{}}' }, "protocol", "no access_token" },
    { { body = '{"success":true,"data":{"access_token":"a b\\r\\nX: y"}}' }, "protocol", "no access_token" },
  }

  for _, failure in ipairs(failures) do
    local rule, kind, words = failure[1], failure[2], failure[3]
    it(("is a failure of the calls that waited: %s"):format(kind), function()
      sandbox.reset()
      rule.path = "/auth/login"
      sandbox.fault(rule)
      local client = sandbox.client { retries = 0 }
      local _, err = client:create_order(sandbox.order())
      assert.same({ kind, "not_sent" }, { err.kind, err.outcome })
      assert.matches(words, err.message, 1, true)
      client:close()
    end)
  end
end)
