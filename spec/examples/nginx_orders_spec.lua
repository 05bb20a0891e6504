-- examples/nginx.conf, on another port and with a time-out that nobody has to wait for.

local cjson = require "cjson"
local files = require "spec.files"
local nginx = require "spec.examples.nginx"
local sandbox = require "spec.lua.sandbox"

local function plain(text)
  return (text:gsub("%p", "%%%0"))
end

-- Starts it; `environment` as for nginx.start.
local function start(environment)
  local configuration = files.read "examples/nginx.conf"
    :gsub(plain "127.0.0.1:8080", nginx.address)
    :gsub(plain "$prefix/..", nginx.tree)
    :gsub(plain "/tmp/spreetail-example-bodies", "bodies")
    :gsub("\ndaemon [^\n]*\npid [^\n]*", "") -- which are given in the command
  local program = files.read "examples/nginx_orders.lua":gsub("timeout = 30", "timeout = 2")
  return nginx.start(nginx.new_directory(), configuration, { ["nginx_orders.lua"] = program },
    "unset LUA_PATH LUA_CPATH; " .. (environment or ""))
end

describe("examples/nginx.conf", function()
  local shop, order, count = nil, nil, 0

  setup(function()
    sandbox.reset()
    shop = start()
  end)

  teardown(function()
    shop:stop()
  end)

  before_each(function()
    sandbox.control("DELETE", "/faults")
    count = count + 1
    order = sandbox.order("SHOP-" .. count)
    order.ReceivedDate = nil -- filled in, each time anew
  end)

  it("creates orders and shows them", function()
    local status, stored, headers = shop:post(order)
    assert.equal(201, status)
    assert.equal(order.ReferenceNumber, stored.ReferenceNumber)
    assert.equal("/orders/" .. order.ReferenceNumber, headers.location)
    status, stored = shop:ask(headers.location)
    assert.equal(200, status)
    assert.equal("Pending", stored.Status)
  end)

  it("takes the order of its example", function()
    assert.equal(201, (shop:ask("/orders", "--json @examples/order.json")))
    assert.equal(200, (shop:ask "/orders/R-1"))
  end)

  it("takes an order that is put into a file on the way", function()
    order.Notes = ("long "):rep(20000) -- 100 KB
    local status, stored = shop:post(order)
    assert.equal(201, status)
    assert.equal(#order.Notes, #stored.Notes)
  end)

  it("may be sent the same order again", function()
    local before = sandbox.stats().orders
    assert.equal(201, (shop:post(order)))
    assert.equal(201, (shop:post(order)))
    assert.equal(before + 1, sandbox.stats().orders)
  end)

  it("answers 422 to an order that is not valid, with each place", function()
    order.Currency, order.OrderItems[1].Qty = nil, 0
    local status, answer = shop:post(order)
    assert.equal(422, status)
    assert.same({ "validation", "not_sent", order.ReferenceNumber },
      { answer.error, answer.outcome, answer.reference })
    assert.same({ "Currency", "OrderItems[1].Qty" }, { answer.details[1].path, answer.details[2].path })
  end)

  it("answers 422 to an order that the API refuses, with its words", function()
    sandbox.fault { path = "/outbound", status = 400, body = '{"success":false,"error":"No such SKU"}' }
    local status, answer = shop:post(order)
    assert.equal(422, status)
    assert.same({ "rejected", "refused" }, { answer.error, answer.outcome })
    assert.matches("No such SKU", answer.message, 1, true)
  end)

  it("answers 409 when another order has the reference", function()
    shop:post(order)
    order.Currency = "GBP"
    local status, answer = shop:post(order)
    assert.equal(409, status)
    assert.same({ "conflict", "refused" }, { answer.error, answer.outcome })
  end)

  it("answers 404 to a reference that nobody has", function()
    local status, answer = shop:ask "/orders/NONE%20AT%20ALL"
    assert.equal(404, status)
    assert.same({ "not_found", "NONE AT ALL" }, { answer.error, answer.reference })
  end)

  it("answers 429 with the time to wait when the API is asked too often", function()
    sandbox.fault { path = "/outbound", status = 429, headers = { ["Retry-After"] = "120" } }
    local status, answer, headers = shop:post(order)
    assert.equal(429, status)
    assert.equal("120", headers["retry-after"])
    assert.same({ "rate_limit", "refused" }, { answer.error, answer.outcome })
  end)

  it("answers 502 when an answer was lost and a look-up fails; another POST settles that", function()
    local before = sandbox.stats().orders
    sandbox.fault { path = "/outbound", when = "after", close = true }
    sandbox.fault { path = "/order/", status = 500 }
    local status, answer = shop:post(order)
    assert.equal(502, status)
    assert.equal("unknown", answer.outcome)
    assert.equal("It may have been ordered. Post the same order again to find out: it is not ordered twice.",
      answer.message)
    sandbox.control("DELETE", "/faults")
    assert.equal(201, (shop:post(order)))
    assert.equal(before + 1, sandbox.stats().orders)
  end)

  it("answers 504 when no answer came in time", function()
    sandbox.fault { path = "/outbound", delay = 20 }
    local status, answer = shop:post(order)
    assert.equal(504, status)
    assert.same({ "timeout", "unknown" }, { answer.error, answer.outcome })
  end)

  it("answers 502 when an order can't be looked up", function()
    sandbox.fault { path = "/order/", body = "<h1>Oops</h1>", content_type = "text/html" }
    local status, answer = shop:ask "/orders/R-1"
    assert.equal(502, status)
    assert.same({ "protocol", "The order could not be looked up." }, { answer.error, answer.message })
  end)

  it("answers 405 to other methods, and names the one that works", function()
    for path, method in pairs { ["/orders"] = "POST", ["/orders/R-1"] = "GET" } do
      local status, answer, headers = shop:ask(path, "--request DELETE")
      assert.equal(405, status)
      assert.equal("not_sent", answer.outcome)
      assert.equal(method, headers.allow)
    end
  end)

  it("answers 415 to what does not say that it is JSON", function()
    for _, content_type in ipairs { "Content-Type:", "Content-Type: text/plain",
      "Content-Type: application/jsonp", "Content-Type: application/x-www-form-urlencoded" } do
      local status = shop:post_text(cjson.encode(order), ("--header '%s'"):format(content_type))
      assert.equal(415, status, content_type)
    end
    local content_type = "--header 'content-type: Application/JSON; charset=utf-8'"
    assert.equal(201, (shop:post_text(cjson.encode(order), content_type)))
  end)

  it("answers 400 to what is no JSON object", function()
    for _, text in ipairs { "", "{", '{"reference_number":}', "5", "null", '"an order"' } do
      local status, answer = shop:post_text(text)
      assert.equal(400, status, text)
      assert.matches("^The body ", answer.message)
    end
  end)

  it("answers 413 to what is larger than an order can be", function()
    local content_type = "--header 'Content-Type: application/json'"
    for _, how in ipairs { "", " --header 'Transfer-Encoding: chunked'" } do
      local status, answer = shop:post_text((" "):rep(2 ^ 20 + 1), content_type .. how)
      assert.equal(413, status)
      assert.equal("not_sent", answer.outcome)
    end
  end)

  it("keeps what is only ours to know out of its answers, and in its log", function()
    local host = sandbox.variable "SPREETAIL_BASE_URL":match "//([^:/]+)"
    sandbox.fault { path = "/outbound", status = 403 }
    local status, answer = shop:post(order)
    assert.equal(500, status)
    assert.same({ "forbidden", "Nothing was ordered." }, { answer.error, answer.message })
    assert.matches("[error]", shop:log(), 1, true)
    assert.matches("forbidden: POST /outbound for '" .. order.ReferenceNumber .. "'", shop:log(), 1, true)
    assert.is_nil(cjson.encode(answer):find(host, 1, true))
  end)
end)

describe("examples/nginx.conf without a token", function()
  -- What a new nginx answers to an order.
  local function answer_of(environment)
    local shop = start(environment)
    local answered, status, answer, headers = pcall(shop.post, shop, sandbox.order "R-1")
    shop:stop() -- whatever came of it
    assert(answered, status)
    return status, answer, headers
  end

  before_each(sandbox.reset)

  it("answers 503 when it can't be had in time, and when to try again", function()
    sandbox.fault { path = "/auth", delay = 20 }
    local status, answer, headers = answer_of()
    assert.equal(503, status)
    assert.same({ "not_sent", "Nothing was ordered." }, { answer.outcome, answer.message })
    assert.matches("^%d+$", headers["retry-after"])
  end)

  it("answers 500 when its credentials are refused: that is for somebody to mend", function()
    local status, answer = answer_of "SPREETAIL_CLIENT_SECRET=wrong"
    assert.equal(500, status)
    assert.same({ "auth", "not_sent" }, { answer.error, answer.outcome })
    assert.equal("Nothing was ordered.", answer.message)
  end)
end)
