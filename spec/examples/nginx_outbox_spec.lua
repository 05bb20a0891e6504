-- examples/nginx_outbox.conf, on another port and with leases that nobody has to wait for.

local core = require "spreetail.core"
local files = require "spec.files"
local nginx = require "spec.examples.nginx"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

local function plain(text)
  return (text:gsub("%p", "%%%0"))
end

local function start(directory)
  local configuration = files.read "examples/nginx_outbox.conf"
    :gsub(plain "127.0.0.1:8080", nginx.address)
    :gsub(plain "$prefix/..", nginx.tree)
    :gsub(plain "/tmp/spreetail-example-bodies", "bodies")
    :gsub(plain "/tmp/spreetail-example-orders.db", directory .. "/orders.db")
    :gsub("\ndaemon [^\n]*\npid [^\n]*", "") -- which are given in the command
  local program = files.read "examples/nginx_outbox.lua":gsub("client = client,", "%0 lease = 2,")
  local others = { ["nginx_outbox.lua"] = program }
  return nginx.start(directory, configuration, others, "unset LUA_PATH LUA_CPATH;")
end

describe("examples/nginx_outbox.conf", function()
  local directory, shop, order, count = nil, nil, nil, 0

  setup(function()
    sandbox.reset()
    directory = nginx.new_directory()
    shop = start(directory)
  end)

  teardown(function()
    shop:stop()
  end)

  before_each(function()
    sandbox.control("DELETE", "/faults")
    count = count + 1
    order = sandbox.order("SHOP-" .. count)
    order.ReceivedDate = nil -- filled in
  end)

  -- Asks what became of the order until it is this.
  local function await(state)
    local deadline = core.now() + 15
    local row
    repeat
      row = select(2, shop:ask("/orders/" .. order.ReferenceNumber))
      assert(core.now() < deadline, tostring(row.state) .. shop:log())
      process.shell "sleep 0.05"
    until row.state == state
    return row
  end

  local function times_posted()
    return sandbox.control("GET", "/references")[order.ReferenceNumber]
  end

  it("puts an order into the outbox, and sends it", function()
    local status, answer, headers = shop:post(order)
    assert.equal(202, status)
    assert.same({ reference = order.ReferenceNumber }, answer)
    assert.equal("/orders/" .. order.ReferenceNumber, headers.location)
    assert.equal(1, await "accepted".attempts)
    assert.equal(1, times_posted())
  end)

  it("takes the order of its example", function()
    assert.equal(202, (shop:ask("/orders", "--json @examples/order.json")))
  end)

  it("answers at once while the API is slow", function()
    sandbox.fault { path = "/outbound", delay = 3 }
    local began = core.now()
    assert.equal(202, (shop:post(order)))
    assert.is_true(core.now() - began < 1.5)
    await "sending"
    began = core.now()
    assert.equal(202, (shop:post(sandbox.order "OTHER"))) -- nor does sending hold up requests
    assert.is_true(core.now() - began < 1.5)
    await "accepted"
  end)

  it("takes orders while the API can't be reached, and sends them when it can", function()
    sandbox.fault { path = "/outbound", close = true }
    assert.equal(202, (shop:post(order)))
    await "sending"
    sandbox.control("DELETE", "/faults")
    await "accepted"
  end)

  it("may be sent the same order again, and no other one under its reference", function()
    assert.equal(202, (shop:post(order)))
    assert.equal(202, (shop:post(order)))
    order.Currency = "GBP"
    local status, answer = shop:post(order)
    assert.same({ 409, "conflict" }, { status, answer.error })
    await "accepted"
    assert.equal(1, times_posted())
  end)

  it("answers 422 to an order that is not valid, with each place, and 400 to what is none", function()
    order.OrderItems[1].Qty = 0
    local status, answer = shop:post(order)
    assert.equal(422, status)
    assert.equal("OrderItems[1].Qty", answer.details[1].path)
    for _, text in ipairs { "", "{", "5" } do
      assert.equal(400, (shop:post_text(text)))
    end
    assert.equal(405, (shop:ask "/orders"))
    assert.equal(404, (shop:ask "/orders/NONE"))
  end)

  it("says what the API has refused", function()
    sandbox.fault { path = "/outbound", status = 422, times = 1 }
    assert.equal(202, (shop:post(order)))
    assert.matches("HTTP 422", await "rejected".error)
  end)

  it("sends an order whose worker was killed while it sent it, once", function()
    sandbox.fault { path = "/outbound", delay = 1, times = 1 }
    assert.equal(202, (shop:post(order)))
    await "sending"
    process.shell(("kill -9 $(pgrep -P $(cat %s/nginx.pid))"):format(directory))
    assert.equal(2, await "accepted".attempts)
    assert.equal("Pending", sandbox.control("GET", "/orders/" .. order.ReferenceNumber).Status)
  end)

  it("ends in order, and goes on when it is started again", function()
    sandbox.fault { path = "/outbound", status = 503 }
    assert.equal(202, (shop:post(order)))
    await "sending"
    local began = core.now()
    shop:halt()
    assert.is_true(core.now() - began < 12)
    sandbox.control("DELETE", "/faults")
    shop = start(directory)
    await "accepted"
  end)
end)
