-- What the page is made of, and the news that it asks for. spec/page has what is seen in a browser.

local curl = require "spec.sandbox.curl"
local sample = require "spec.sandbox.sample"

local PAGE = curl.variable "SANDBOX_PAGE_URL"

local function news(query)
  return curl.control("GET", "/news" .. (query and "?" .. query or "")).json
end

local function create(reference, changes)
  changes = changes or {}
  changes.ReferenceNumber = reference
  local reply = curl.api("POST", "/outbound", {body = sample.order(changes)})
  assert.equal(200, reply.status, reply.body)
end

-- The query of a page that has seen all of this.
local function seen(told)
  local last = told.last
  return ("run=%s&orders=%d&requests=%d&logins=%d&seconds=%d"):format(told.run, last.orders, last.requests,
    last.logins, last.seconds)
end

-- Waits until the current second, which has what was just sent, is over.
local function await_next_second() curl.shell "sleep 1.05" end

describe("the sandbox's page", function()
  before_each(curl.start)
  teardown(curl.start)

  it("is served with every file that it names, and lets nothing in from elsewhere", function()
    local html = curl.request("GET", PAGE)
    assert.equal("text/html; charset=utf-8", html.headers["content-type"])
    local policy = html.headers["content-security-policy"]
    assert.matches("^default%-src 'none'; script%-src 'self';", policy)
    assert.matches("frame%-ancestors 'none'", policy)
    assert.equal("DENY", html.headers["x-frame-options"])
    assert.equal("nosniff", html.headers["x-content-type-options"])
    local found = 0
    for file in curl.shell "ls sandbox/page":gmatch "%S+" do
      local reply = curl.request("GET", PAGE .. file)
      assert.equal(200, reply.status, file)
      assert.not_matches("https?://", (reply.body:gsub("http://www%.w3%.org/2000/svg", "")), file)
      found = found + 1
    end
    assert.is_true(found > 10)
    assert.equal(404, curl.request("GET", PAGE .. "nothing").status)
    assert.equal(405, curl.request("POST", PAGE).status)
  end)

  it("is told of orders, as they are stored now", function()
    create("A", {PostalServiceCost = 5})
    create "B"
    local first = news()
    assert.same({"B", "A"}, {first.orders[1].reference, first.orders[2].reference})
    local a = first.orders[2]
    assert.same({"Pending", 1, 14.99, "EUR"}, {a.status, a.items, a.total, a.currency})
    assert.same({}, news(seen(first)).orders)

    curl.control("POST", "/orders/A", '{"tracking_number":"T1","carrier":"DHL"}')
    curl.api("POST", "/order/cancel", {body = '{"referenceNumber":"B"}'})
    local second = news(seen(first))
    assert.same({"B", "Cancelled"}, {second.orders[1].reference, second.orders[1].status})
    assert.same({"A", "Processed", "T1", "DHL"}, {second.orders[2].reference, second.orders[2].status,
      second.orders[2].tracking_number, second.orders[2].carrier})

    curl.control("DELETE", "/orders/A")
    assert.same({{reference = "A", forgotten = true}}, news(seen(second)).orders)
  end)

  it("is told of an order that a test has made nonsense of", function()
    create "A"
    curl.control("PUT", "/orders/A", '{"OrderItems":[1,{"Qty":1e308,"PricePerUnit":1e308}],"Currency":null}')
    local told = news().orders[1]
    assert.same({"A", 2, nil}, {told.reference, told.items, told.total})
  end)

  it("is told of requests: what was asked, what came of it, how long that took, the fault it met", function()
    local before = news()
    curl.fault '{"name": "slow", "path": "/order", "method": "GET", "delay": 0.1, "status": 503}'
    curl.api("GET", "/order/R%2F1?x=<b>")
    local id = curl.fault('{"path": "/inventory", "close": true}').rules[1]
    curl.api("GET", "/inventory")
    local requests = news(seen(before)).requests
    assert.equal(2, #requests)
    local one, two = requests[1], requests[2]
    assert.same({"GET", "/api/api/v1/order/R%2F1?x=<b>", 503, "slow"},
      {one.method, one.path, one.status, one.fault})
    assert.is_true(one.seconds >= 0.1 and one.seconds < 0.5)
    assert.same({"/api/api/v1/inventory", 444, ("rule %d"):format(id)}, {two.path, two.status, two.fault})
  end)

  it("is told of each second: how it ended for how many, and how long they took", function()
    curl.fault '{"path": "/inventory", "status": 500, "delay": 0.2}'
    await_next_second()
    for _ = 1, 3 do curl.api("GET", "/order/none") end
    curl.api("GET", "/inventory")
    await_next_second()
    local ok, refused, failed, slow = 0, 0, 0, 0
    for _, second in ipairs(news().seconds) do
      ok, refused = ok + (second.ok or 0), refused + (second.refused or 0)
      failed, slow = failed + (second.failed or 0), math.max(slow, second.slow)
    end
    assert.same({1, 3, 1}, {ok, refused, failed}) -- the login is the one that went well
    assert.is_true(slow > 0.18 and slow < 0.3, slow)
  end)

  it("is told of logins, and of tokens and secrets no more than an end", function()
    local secret, id = curl.variable "SPREETAIL_CLIENT_SECRET", curl.variable "SPREETAIL_CLIENT_ID"
    curl.login {body = ('{"client_id":"%s","client_secret":"%s"}'):format(secret, id)} -- a mix-up
    local text = curl.control("GET", "/news").body
    local logins = news().logins
    assert.equal(2, #logins)
    assert.same({true, id}, {logins[1].ok, logins[1].client_id})
    assert.equal("…" .. curl.token:sub(-6), logins[1].token)
    assert.same({false, secret:sub(1, 6) .. "…"}, {logins[2].ok, logins[2].client_id})
    assert.is_nil(text:find(secret, 1, true))
    assert.is_nil(text:find(curl.token, 1, true))
    assert.is_nil(text:find(curl.token:sub(-12), 1, true))
  end)

  it("is told where the secret is, not what it is", function()
    local lines = news().environment
    local exports = lines:match "^.-SPREETAIL_CA_FILE[^\n]*\n"
    local output = curl.shell(exports .. 'echo "$SPREETAIL_CLIENT_SECRET $SPREETAIL_BASE_URL"')
    assert.is_nil(lines:find(curl.variable "SPREETAIL_CLIENT_SECRET", 1, true))
    assert.equal(curl.variable "SPREETAIL_CLIENT_SECRET" .. " " .. curl.variable "SPREETAIL_BASE_URL" .. "\n",
      output)
  end)

  it("is told how to send the first order where there is only the command, too", function()
    local output = curl.shell [[
      directory=$(mktemp -d); cp -r sandbox "$directory"; export PATH=$PWD/bin:$PATH
      HOME=$directory "$directory/sandbox/run" sh -c '. "$SANDBOX_DIR/environment"'
      rm -rf "$directory"]]
    assert.equal("R-1\tcreated\n", output)
  end)

  it("is there also where only who started the sandbox may read its files", function()
    local output = curl.shell [[
      directory=$(mktemp -d); cp -r sandbox "$directory"
      (cd "$directory" && sandbox/run sh -c '
        for path in / /page.css /__sandbox/news; do
          curl -s -o /dev/null -w "%{http_code} " "${SANDBOX_PAGE_URL%/}$path"; done')
      rm -rf "$directory"]]
    assert.equal("200 200 200 ", output)
  end)

  it("starts anew after a reset", function()
    create "A"
    local before = news()
    assert.is_nil(news(seen(before)).environment)
    curl.control("POST", "/reset")
    local after = news(seen(before))
    assert.not_equal(before.run, after.run)
    assert.same({0, 0, 0, 0}, {#after.orders, #after.requests, #after.logins, #after.seconds})
    assert.is_string(after.environment)
  end)

  it("is told a bounded part of whatever came in, and the newest of it", function()
    local plain = curl.variable "SANDBOX_PLAIN_URL"
    for index = 1, 9 do
      local bodies = {}
      for each = 1, 20 do
        bodies[each] = ("--next --request POST -d '%s' -H 'Authorization: Bearer %s' %s/outbound"):format(
          sample.order {ReferenceNumber = ("N-%d-%d"):format(index, each)}, curl.token, plain)
      end
      curl.shell(("curl -s -o /dev/null %s/x %s"):format(plain, table.concat(bodies, " ")))
    end
    local told = news()
    assert.equal(180, told.stats.orders)
    assert.equal(60, #told.orders)
    assert.equal("N-9-20", told.orders[1].reference)
    assert.is_true(#told.requests <= 60)
  end)

  it("takes no news from nonsense", function()
    create "A"
    for _, query in ipairs {"run=x", "run=%00&orders=-1", "orders=99999", "orders=1e999", "orders&run"} do
      assert.equal("A", news(query).orders[1].reference, query)
    end
    local told = news()
    local far = seen(told):gsub("orders=%d+", "orders=1e300")
    assert.same({}, news(far).orders)
    assert.equal("A", news((seen(told):gsub("orders=%d+", "orders=-1e300"))).orders[1].reference)
  end)
end)

describe("a fault rule", function()
  before_each(curl.start)
  teardown(curl.start)

  local function switch(id, text) return curl.control("POST", "/faults/" .. id, text) end

  it("is switched off and on, and counts anew from then", function()
    local id = curl.fault('{"name": "down", "path": "/order", "times": 1, "status": 503}').rules[1]
    assert.equal(503, curl.api("GET", "/order/x").status)
    assert.equal(404, curl.api("GET", "/order/x").status)
    local rule = switch(id, '{"on": true}').json[1]
    assert.same({0, 0, nil}, {rule.seen, rule.fired, rule.off})
    assert.equal(503, curl.api("GET", "/order/x").status)
    assert.is_true(switch(id, '{"on": false}').json[1].off)
    assert.equal(404, curl.api("GET", "/order/x").status)
  end)

  it("is removed, and the others stay", function()
    local ids = curl.fault('[{"path": "/order", "status": 503}, {"path": "/inventory", "status": 500}]').rules
    assert.equal(200, switch(ids[1], '{"remove": true}').status)
    assert.equal(404, curl.api("GET", "/order/x").status)
    assert.equal(500, curl.api("GET", "/inventory").status)
    assert.equal(ids[2], curl.control("GET", "/faults").json[1].id)
  end)

  it("is refused nonsense", function()
    local id = curl.fault('{"status": 503}').rules[1]
    assert.equal(404, switch(id + 1, '{"on": true}').status)
    assert.equal(404, switch("x", '{"remove": true}').status)
    for _, text in ipairs {"", "[]", "{}", '{"on": 1}', '{"remove": false}'} do
      assert.equal(400, switch(id, text).status, text)
    end
  end)
end)
