-- client:create_orders

local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local client

before_each(function()
  sandbox.reset()
  client = sandbox.client { max_connections = 32 }
end)

after_each(function()
  client:close()
end)

local function orders(count)
  local list = {}
  for i = 1, count do
    list[i] = sandbox.order("R-" .. i)
  end
  return list
end

local function stored()
  return sandbox.stats().orders
end

-- The summary without `elapsed`, which is checked to be there.
local function timeless(summary)
  assert.is_true(summary.elapsed >= 0)
  summary.elapsed = nil
  return summary
end

local function accepted(count)
  return { accepted = count, reconciled = 0, cancelled = 0, failed = 0, by_kind = {}, unknown = {} }
end

-- For each order its answer is lost after it was stored, and so is every look at it.
local function lose_everything()
  sandbox.fault { path = "/outbound", when = "after", close = true }
end

describe("client:create_orders", function()
  it("creates the orders of a list", function()
    assert.same(accepted(40), timeless(client:create_orders(orders(40))))
    assert.equal(40, stored())
    assert.equal("R-40", spreetail.assert(client:get_order "R-40").ReferenceNumber)
  end)

  it("creates what an iterator returns, which is not asked again after its end", function()
    local list, i = orders(40), 0
    local summary = client:create_orders(function()
      i = i + 1
      assert(i <= 41, "asked again")
      return list[i]
    end)
    assert.same(accepted(40), timeless(summary))
    assert.equal(40, stored())
  end)

  it("creates nothing out of nothing", function()
    assert.same(accepted(0), timeless(client:create_orders {}))
    assert.same(accepted(0), timeless(client:create_orders(function() end)))
    assert.equal(0, client:stats().calls)
  end)

  it("has so many in flight at one time", function()
    sandbox.fault { path = "/outbound", delay = 0.3 }
    client:create_orders(orders(12), { concurrency = 5 })
    assert.equal(5, sandbox.stats().in_flight_max)
  end)

  it("has 16 in flight unless told, and takes no more than that", function()
    sandbox.fault { path = "/outbound", delay = 0.5 }
    local open, most, i = 0, 0, 0
    client:create_orders(function()
      i = i + 1
      if i <= 20 then
        open = open + 1
        most = math.max(most, open)
        return sandbox.order("R-" .. i)
      end
    end, { on_result = function() open = open - 1 end })
    assert.equal(16, most)
    assert.equal(16, sandbox.stats().in_flight_max)
  end)

  it("sends one after the other with concurrency = 1", function()
    local told = {}
    client:create_orders(orders(5), {
      concurrency = 1,
      on_result = function(order) table.insert(told, order.ReferenceNumber) end,
    })
    assert.same({ "R-1", "R-2", "R-3", "R-4", "R-5" }, told)
    assert.equal(1, sandbox.stats().in_flight_max)
  end)

  it("tells on_result each order that was given, with its data and response", function()
    local list, told = orders(10), {}
    client:create_orders(list, {
      on_result = function(order, data, err, response)
        assert.is_nil(told[order])
        assert.is_nil(err)
        assert.equal(order.ReferenceNumber, data.ReferenceNumber)
        assert.equal("Pending", data.Status)
        assert.equal(200, response.status)
        assert.equal(1, response.attempts)
        told[order] = true
      end,
    })
    for _, order in ipairs(list) do
      assert.is_true(told[order])
    end
  end)

  it("tells on_result the order and the error of one that failed", function()
    spreetail.assert(client:create_order(sandbox.order "R-1"))
    local told
    client:create_orders(orders(1), { on_result = function(...) told = { select("#", ...), ... } end })
    assert.equal(5, told[1])
    assert.equal("R-1", told[2].ReferenceNumber)
    assert.is_nil(told[3])
    assert.equal("conflict", told[4].kind)
    assert.is_nil(told[5])
    assert.equal(1, told[6])
  end)

  it("tells on_result where each order stood, in a list or among those that an iterator returned", function()
    local list, places = orders(6), {}
    list[3].Currency = "euro"
    local function check_place(order, _, _, _, place)
      assert.equal(list[place], order)
      places[#places + 1] = place
    end
    client:create_orders(list, { on_result = check_place })
    local i = 0
    client:create_orders(function()
      i = i + 1
      return list[i]
    end, { on_result = check_place, concurrency = 2 })
    table.sort(places)
    assert.same({ 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6 }, places)
  end)

  it("goes on after failures, and counts them by kind", function()
    local list = orders(6)
    list[2].ReferenceNumber = nil
    list[3].OrderItems[1].Qty = 0
    list[5].ReferenceNumber = "R-4"
    sandbox.fault { reference = "R-6", status = 400 }
    local summary = timeless(client:create_orders(list, { concurrency = 1 }))
    assert.same({
      accepted = 2, reconciled = 0, cancelled = 0, failed = 4, unknown = {},
      by_kind = { validation = 2, conflict = 1, rejected = 1 },
    }, summary)
    assert.equal(2, stored())
  end)

  it("names the orders whose outcome is unknown", function()
    lose_everything()
    local list = orders(3)
    list[3].reference_number, list[3].ReferenceNumber = "R-3", nil
    local summary = timeless(client:create_orders(list, { retries = 0, concurrency = 1 }))
    assert.same({
      accepted = 0, reconciled = 0, cancelled = 0, failed = 3, by_kind = { network = 3 },
      unknown = { "R-1", "R-2", "R-3" },
    }, summary)
    assert.equal(3, stored())
    assert.equal(3, client:stats().attempts)
  end)

  it("settles lost answers, and counts how many", function()
    sandbox.fault { path = "/outbound", when = "after", close = true, times = 2 }
    local summary = timeless(client:create_orders(orders(6)))
    assert.equal(6, summary.accepted)
    assert.equal(2, summary.reconciled)
    assert.equal(6, stored())
  end)

  it("accepts orders that are there already with on_duplicate = 'return', if they are the same", function()
    client:create_orders(orders(4))
    sandbox.control("PUT", "/orders/R-2", sandbox.order("R-2", { Currency = "USD" }))
    local list = orders(5)
    local summary = client:create_orders(list, { on_duplicate = "error" })
    assert.same({ 1, 0, 4, { conflict = 4 } },
      { summary.accepted, summary.reconciled, summary.failed, summary.by_kind })
    summary = client:create_orders(list, { on_duplicate = "return" })
    assert.same({ 4, 4, 1, { conflict = 1 } },
      { summary.accepted, summary.reconciled, summary.failed, summary.by_kind })
  end)

  it("counts by themselves those that are there and were cancelled since", function()
    client:create_orders(orders(3))
    spreetail.assert(client:cancel_order "R-2")
    local told
    local summary = timeless(client:create_orders(orders(4), {
      on_duplicate = "return",
      on_result = function(order, data, _, response)
        if response.cancelled then
          told = { order.ReferenceNumber, data.Status }
        end
      end,
    }))
    assert.same({ 3, 2, 1, 0 },
      { summary.accepted, summary.reconciled, summary.cancelled, summary.failed })
    assert.same({ "R-2", "Cancelled" }, told)
  end)

  it("gives each order the time that was set", function()
    sandbox.fault { path = "/outbound", delay = 30 }
    local summary = client:create_orders(orders(2), { timeout = 0.2 })
    assert.same({ timeout = 2 }, summary.by_kind)
    summary = client:create_orders(orders(2), { attempt_timeout = 0.2, retries = 0 })
    assert.same({ timeout = 2 }, summary.by_kind)
    assert.is_true(summary.elapsed < 25)
  end)

  it("sends each order when it comes, however long the next one takes", function()
    local taken, reported = 0, 0
    spreetail.assert(client:create_order(sandbox.order "R-0")) -- logs in
    local summary = client:create_orders(function()
      taken = taken + 1
      os.execute "sleep 0.3"
      return taken <= 4 and sandbox.order("R-" .. taken) or nil
    end, {
      timeout = 1,
      on_result = function()
        reported = reported + 1
      end,
    })
    assert.same(accepted(4), timeless(summary))
    assert.equal(4, reported)
  end)

  it("leaves the list, the orders and the options as they were", function()
    local list, options = orders(2), { concurrency = 2, retries = 1, on_duplicate = "return" }
    list[2].BillingAddress = nil
    client:create_orders(list, options)
    local same = orders(2)
    same[2].BillingAddress = nil
    assert.same(same, list)
    assert.same({ concurrency = 2, retries = 1, on_duplicate = "return" }, options)
  end)
end)

describe("on_result", function()
  it("may use the client", function()
    local reports = 0
    local summary = client:create_orders(orders(20), {
      concurrency = 4,
      on_result = function(order)
        assert(client:get_order(order.ReferenceNumber))
        reports = reports + 1
      end,
    })
    assert.equal(20, reports)
    assert.equal(20, summary.accepted)
  end)

  it("may create orders", function()
    local summary = client:create_orders(orders(3), {
      on_result = function(order)
        local reference = order.ReferenceNumber
        local more = client:create_orders { sandbox.order(reference .. "a"), sandbox.order(reference .. "b") }
        assert(more.accepted == 2)
      end,
    })
    assert.equal(3, summary.accepted)
    assert.equal(9, stored())
  end)

  it("may close the client: the rest fails", function()
    local kinds = {}
    local summary = client:create_orders(orders(10), {
      concurrency = 2,
      on_result = function(_, _, err)
        client:close()
        table.insert(kinds, err and err.kind or "accepted")
      end,
    })
    assert.equal(10, summary.accepted + summary.failed)
    assert.equal(summary.failed, summary.by_kind.closed)
    assert.equal("closed", kinds[10])
  end)
end)

describe("an iterator", function()
  it("is not asked any more when the client is closed: what it holds is not lost", function()
    local taken, reported = 0, 0
    local summary = client:create_orders(function() -- for ever
      taken = taken + 1
      assert(taken < 1000)
      return sandbox.order("R-" .. taken)
    end, {
      concurrency = 4,
      on_result = function()
        reported = reported + 1
        client:close()
      end,
    })
    assert.equal(taken, reported)
    assert.equal(taken, summary.accepted + summary.failed)
    assert.equal(summary.failed, summary.by_kind.closed)
  end)

  it("that has come to its end is asked once more by another batch, and no more", function()
    local list, ends = orders(3), 0
    local function next_order()
      local order = table.remove(list)
      ends = ends + (order and 0 or 1)
      return order
    end
    assert.equal(3, client:create_orders(next_order).accepted)
    assert.equal(0, client:create_orders(next_order).accepted)
    assert.equal(2, ends)
  end)

  it("that can't go on has its error raised, and the orders before it are created", function()
    local dead = coroutine.wrap(function()
      coroutine.yield(sandbox.order "R-1")
    end)
    local ok, message = pcall(client.create_orders, client, function()
      return dead()
    end)
    assert.equal(1, stored())
    assert.is_true(ok, message) -- the end of the coroutine is the end
    ok, message = pcall(client.create_orders, client, dead)
    assert.is_false(ok)
    assert.matches("dead coroutine", message, 1, true)
  end)
end)

describe("a batch inside a callback of the client", function()
  it("comes to its end", function()
    local summary
    client.async:get_order "NONE":on_done(function()
      summary = client:create_orders(orders(10))
    end)
    while client:poll(1) > 0 do end
    assert.same(accepted(10), timeless(summary))
    assert.equal(0, client:stats().callback_errors)
  end)
end)

describe("an error in the program's functions", function()
  local reported

  before_each(function()
    reported = 0
  end)

  local function count()
    reported = reported + 1
  end

  -- Everything that was sent was reported, and is at the server.
  local function check_finished()
    assert.is_true(reported >= 5)
    assert.equal(reported, stored())
    assert.equal(0, client:poll())
  end

  for what, value in pairs { ["a text"] = "enough", ["a table"] = { "enough" } } do
    it("in on_result is raised again as it was, when all is done: " .. what, function()
      local ok, raised = pcall(client.create_orders, client, orders(30), {
        concurrency = 4,
        on_result = function()
          count()
          if reported == 5 then
            error(value, 0)
          end
        end,
      })
      assert.is_false(ok)
      assert.equal(value, raised)
      check_finished()
      assert.is_true(reported < 12)
    end)

    it("in an iterator is raised again as it was, when all is done: " .. what, function()
      local taken = 0
      local ok, raised = pcall(client.create_orders, client, function()
        taken = taken + 1
        if taken == 8 then
          error(value, 0)
        end
        return sandbox.order("R-" .. taken)
      end, { concurrency = 4, on_result = count })
      assert.is_false(ok)
      assert.equal(value, raised)
      assert.equal(8, taken)
      assert.equal(7, reported)
      check_finished()
    end)
  end

  it("is returned by an iterator behind a nil: raised when all is done", function()
    local list, failure = orders(6), { "the database went away" }
    local ok, raised = pcall(client.create_orders, client, function()
      local order = table.remove(list)
      if order then
        return order
      end
      return nil, failure
    end, { on_result = count })
    assert.is_false(ok)
    assert.equal(failure, raised)
    assert.equal(6, reported)
    check_finished()
  end)

  it("is no order: raised where create_orders is called, when all is done", function()
    local list, with = orders(8), { on_result = count }
    for value, shown in pairs { [17] = "17", ["R-8"] = "'R-8'", [true] = "true" } do
      list[6] = value
      assert.equal("client:create_orders: order 6 must be a table, not " .. shown,
        mistake(function() client:create_orders(list, with) end))
      check_finished()
      sandbox.reset()
      reported = 0
    end
  end)
end)

describe("arguments of client:create_orders that can't be meant", function()
  it("raise where it is called", function()
    assert.equal("client:create_orders: orders must be a list or a function, not 'R-1'",
      mistake(function() client:create_orders "R-1" end))
    assert.equal("client:create_orders: orders must be a list or a function, not nil",
      mistake(function() client:create_orders() end))
    assert.equal("client:create_orders: orders must be a list of orders, and this table has the key "
      .. "Currency: even one order goes into a list, { order }",
      mistake(function() client:create_orders { Currency = "EUR" } end))
    assert.equal("client:create_orders: orders[2] is missing: a list must not have holes",
      mistake(function() client:create_orders { sandbox.order "R-1", nil, sandbox.order "R-3" } end))
    assert.equal("client:create_orders: unknown option 'concurency' (did you mean 'concurrency'?)",
      mistake(function() client:create_orders({}, { concurency = 1 }) end))
    for _, value in ipairs { 0, -1, 1.5, "16", false } do
      assert.matches("client:create_orders: option 'concurrency' must be a whole number from 1",
        mistake(function() client:create_orders({}, { concurrency = value }) end), 1, true)
    end
    assert.matches("client:create_orders: option 'on_result' must be a function",
      mistake(function() client:create_orders({}, { on_result = {} }) end), 1, true)
    assert.equal("client:create_orders: option 'on_duplicate' must be \"error\" or \"return\", not 'retrun'",
      mistake(function() client:create_orders({}, { on_duplicate = "retrun" }) end))
    assert.equal(0, client:stats().calls)
  end)
end)
