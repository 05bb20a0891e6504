-- box:add, add_all, status, get, each, retry, purge; in SQLite, and in PostgreSQL where there is one.

local boxes = require "spec.outbox.boxes"
local mistake = require "spec.lua.mistake"
local outbox = require "spreetail.outbox"
local sample = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local function orders(count)
  local list = {}
  for i = 1, count do
    list[i] = sample.order("R-" .. i)
  end
  return list
end

local function references(iterator)
  local list = {}
  for row in iterator do
    list[#list + 1] = row.reference
  end
  return list
end

for _, database in ipairs(boxes.databases) do
  describe("an outbox in " .. database.name, function()
    local place, box, now

    local function clock()
      return now
    end

    before_each(function()
      now = 1000000
      place = database.place()
      box = boxes.open(place, { clock = clock })
    end)

    after_each(boxes.clear)

    -- Settles the rows that are due, as a worker would.
    local function settle(state, count)
      local results = {}
      for i, row in ipairs(spreetail.assert(box.rows:claim("me", count or 100, 60))) do
        results[i] = {
          row_id = row.id, attempt = row.attempts, to_state = state, untried = 0, doubt = 0,
          kind = state ~= "accepted" and "rejected" or nil, message = state ~= "accepted" and "why" or nil,
        }
      end
      spreetail.assert(box.rows:record("me", results))
    end

    it("keeps an order, as it will be sent", function()
      local order = sample.order("R-1", { Notes = "Größe 5 ½", ExtendedProperties = spreetail.array {} })
      order.ReceivedDate = nil
      assert.same({ true, "added" }, { box:add(order) })
      local row = box:get "R-1"
      assert.equal("R-1", row.reference)
      assert.equal("pending", row.state)
      assert.equal(0, row.attempts)
      assert.equal(now, row.added_at)
      assert.equal(now, row.next_attempt_at)
      assert.is_nil(row.last_error)
      assert.is_nil(row.settled_at)
      assert.is_nil(row.worker)
      order.ReceivedDate = row.json:match '"ReceivedDate":"([^"]*)"'
      assert.is_truthy(order.ReceivedDate)
      assert.is_true(require("spreetail.outbox.same").orders(
        { body = row.json }, { body = spreetail.order(order):json() }))
      assert.equal("Größe 5 ½", row.order.Notes)
    end)

    it("is there when it is opened again", function()
      box:add(sample.order "R-1")
      box:close()
      assert.equal("pending", boxes.open(place):get("R-1").state)
    end)

    it("keeps numbers with all their digits, and orders as large as they come", function()
      local order = sample.order("R-1", { Notes = ("ü"):rep(400000) })
      order.OrderItems[1].PricePerUnit = 0.1 + 0.2
      assert.is_true(spreetail.assert(box:add(order)))
      assert.equal(spreetail.order(order):json(), box:get("R-1").json)
    end)

    it("knows nothing of a reference that is not there", function()
      assert.same({ nil, nil }, { box:get "R-1" })
    end)

    it("refuses an order that create_order would refuse, with all that is wrong", function()
      local added, err = box:add(sample.order("R-1", { Currency = "euro", DispatchBy = "soon" }))
      assert.is_nil(added)
      assert.equal("validation", err.kind)
      assert.equal(2, #err.details)
      assert.equal("R-1", err.reference)
      assert.matches("^order 'R%-1': ", err.message)
      assert.is_nil(box:get "R-1")
    end)

    it("takes the same order twice, and keeps it once", function()
      assert.same({ true, "added" }, { box:add(sample.order "R-1") })
      assert.same({ true, "present" }, { box:add(sample.order "R-1") })
      assert.equal(1, box:status().pending)
    end)

    it("takes the same order at another time, whose date was filled in", function()
      local order = sample.order "R-1"
      order.ReceivedDate = nil
      box:add(order)
      local first = box:get("R-1").json
      order.ReceivedDate = "2001-02-03T04:05:06Z"
      assert.same({ true, "present" }, { box:add(order) })
      assert.equal(first, box:get("R-1").json)
    end)

    it("refuses another order with the same reference", function()
      box:add(sample.order "R-1")
      local added, err = box:add(sample.order("R-1", { Currency = "GBP" }))
      assert.is_nil(added)
      assert.equal("conflict", err.kind)
      assert.equal("R-1", err.reference)
      assert.equal("not_sent", err.outcome)
      assert.equal("another order is in the outbox under the reference 'R-1', and is pending: give each "
        .. "order its own reference", err.message)
      assert.equal("EUR", box:get("R-1").order.Currency)
    end)

    it("takes a corrected order in place of the one that was rejected, which was never created", function()
      box:add(sample.order "R-1")
      settle "rejected"
      assert.equal("rejected", box:get("R-1").state)
      assert.same({ true, "present" }, { box:add(sample.order "R-1") })
      assert.equal("rejected", box:get("R-1").state)
      now = now + 5
      assert.same({ true, "added" }, { box:add(sample.order("R-1", { Currency = "GBP" })) })
      local row = box:get "R-1"
      assert.equal("pending", row.state)
      assert.equal("GBP", row.order.Currency)
      assert.equal(0, row.attempts)
      assert.equal(now, row.added_at)
      assert.is_nil(row.last_error)
      assert.is_nil(row.settled_at)
    end)

    it("takes no other order in place of one that may have been created", function()
      for state in pairs { accepted = true, unknown = true } do
        box:add(sample.order(state))
        settle(state)
        local added, err = box:add(sample.order(state, { Currency = "GBP" }))
        assert.is_nil(added)
        assert.equal("conflict", err.kind)
        assert.equal(state, box:get(state).state)
      end
    end)

    it("adds many, from a list or an iterator, and says how many were there", function()
      assert.same({ added = 20, present = 0, failed = 0 }, box:add_all(orders(20)))
      local list, i = orders(1200), 0
      local summary = box:add_all(function()
        i = i + 1
        return list[i]
      end)
      assert.same({ added = 1180, present = 20, failed = 0 }, summary)
      assert.equal(1200, box:status().pending)
    end)

    it("tells of each order of many what became of it, once it is stored", function()
      local list = orders(4)
      list[2] = sample.order("R-2", { Currency = "euro" })
      list[3] = sample.order("R-1", { Currency = "GBP" })
      list[4] = sample.order "R-1"
      local told = {}
      local summary = box:add_all(list, {
        on_result = function(order, added, err, index)
          assert.equal(list[index], order)
          told[index] = added and "added" or err.kind
          assert.is_truthy(err or box:get(order.ReferenceNumber))
        end,
      })
      assert.same({ "added", "validation", "conflict", "added" }, told)
      assert.same({ added = 1, present = 1, failed = 2 }, summary)
    end)

    it("stores those before an error of the iterator, and raises that", function()
      local list, i = orders(3), 0
      assert.has_error(function()
        box:add_all(function()
          i = i + 1
          return list[i], i > 3 and "line 4: no comma" or nil
        end)
      end, "line 4: no comma")
      assert.equal(3, box:status().pending)
    end)

    it("has the orders of many in their order", function()
      box:add_all(orders(250))
      local expected = {}
      for i = 1, 250 do
        expected[i] = "R-" .. i
      end
      assert.same(expected, references(box:each()))
    end)

    it("counts its orders by state, and says how old the oldest pending one is", function()
      assert.same({ pending = 0, sending = 0, accepted = 0, rejected = 0, unknown = 0 }, box:status())
      for i, state in ipairs { "accepted", "rejected", "unknown" } do
        box:add_all(orders(10 * i))
        settle(state, 5 * i)
        settle("accepted", 1000)
      end
      box:add(sample.order "S-1")
      now = now + 30
      box:add(sample.order "S-2")
      box.rows:claim("me", 1, 60)
      box:add(sample.order "S-3")
      now = now + 30
      assert.same({
        pending = 2, sending = 1, accepted = 10, rejected = 10, unknown = 10,
        oldest_pending_seconds = 30, next_due_seconds = 0,
      }, box:status())
    end)

    it("walks over the orders of one state", function()
      box:add_all(orders(3))
      settle("rejected", 1)
      settle("unknown", 1)
      assert.same({ "R-1" }, references(box:each { state = "rejected" }))
      assert.same({ "R-2" }, references(box:each { state = "unknown" }))
      assert.same({ "R-3" }, references(box:each { state = "pending" }))
      assert.same({}, references(box:each { state = "accepted" }))
      assert.same({}, references(box:each { state = "sending" }))
      settle("accepted", 1)
      assert.same({ "R-3" }, references(box:each { state = "accepted" }))
      assert.same({ kind = "rejected", message = "why" }, box:each { state = "rejected" }().last_error)
    end)

    it("makes those that failed pending again, all of a state", function()
      box:add_all(orders(2500))
      settle("rejected", 2200)
      settle("unknown", 200)
      assert.equal(2200, box:retry { state = "rejected" })
      assert.equal(200, box:retry { state = "unknown" })
      assert.equal(2500, box:status().pending)
      assert.equal(0, box:retry { state = "unknown" })
    end)

    it("makes those of some references pending, unless they are sent or being sent", function()
      box:add_all(orders(5))
      settle("rejected", 1)
      settle("unknown", 1)
      settle("accepted", 1)
      box.rows:claim("me", 1, 60)
      assert.equal(3, box:retry { references = { "R-1", "R-2", "R-3", "R-4", "R-5", "R-6" } })
      local states = {}
      for row in box:each() do
        states[#states + 1] = row.state
      end
      assert.same({ "pending", "pending", "accepted", "sending", "pending" }, states)
      assert.equal(0, box:retry { references = {} })
    end)

    it("removes what was settled long enough ago, and nothing else", function()
      box:add_all(orders(2200))
      settle("accepted", 2100)
      settle("rejected", 10)
      settle("unknown", 10)
      now = now + 100
      box:add(sample.order "S-1")
      settle("accepted", 80)
      assert.equal(2110, box:purge(100))
      assert.same({ pending = 1, sending = 0, accepted = 80, rejected = 0, unknown = 10,
        oldest_pending_seconds = 0, next_due_seconds = 0 }, box:status())
      assert.equal(80, box:purge(0))
      assert.is_nil(box:get "R-1")
    end)

    it("takes an order whose like was removed as a new one", function()
      box:add(sample.order "R-1")
      settle "accepted"
      box:purge(0)
      assert.same({ true, "added" }, { box:add(sample.order "R-1") })
    end)

    it("takes no text for SQL", function()
      local name = "R-1'); DROP TABLE spreetail_outbox; -- :now ? $1 \\"
      assert.is_true(spreetail.assert(box:add(sample.order(name, { Notes = name }))))
      assert.equal(name, box:get(name).order.Notes)
      assert.equal(1, box:retry { references = { name } })
      assert.same({ name }, references(box:each()))
    end)

    it("says at the program's line what is wrong with a call", function()
      assert.equal("box:add: the order must be a table, not 'R-1'", mistake(function() box:add "R-1" end))
      assert.equal('box:add: transaction = "mine" is for an outbox that was opened with your connection',
        mistake(function() box:add({}, { transaction = "mine" }) end))
      assert.equal("box:add_all: orders must be a list or a function, not nil",
        mistake(function() box:add_all() end))
      assert.equal("box:add_all: order 1 must be a table, not 5", mistake(function() box:add_all { 5 } end))
      assert.equal("box:get: the reference must be a string, not nil", mistake(function() box:get() end))
      assert.equal("box:retry: give either a state or references", mistake(function() box:retry {} end))
      assert.equal("box:purge: seconds must be a number from 0, not -1",
        mistake(function() box:purge(-1) end))
      assert.equal("box:worker: a client is needed to send with", mistake(function() box:worker {} end))
      assert.matches("^box:each: option 'state' must be ", mistake(function() box:each { state = "x" } end))
      assert.equal("box:status(...) is to be called with a colon, on an outbox",
        mistake(function() box.status() end))
    end)

    it("can be closed twice, and is opened again by what is asked of it then", function()
      box:add(sample.order "R-1")
      box:close()
      box:close()
      assert.equal(1, box:status().pending)
    end)
  end)
end

describe("outbox.open", function()
  it("says at the program's line what is wrong with its options", function()
    local which = "outbox.open: give one of path (SQLite), database (PostgreSQL), and connection (your own)"
    assert.equal(which, mistake(function() outbox.open() end))
    assert.equal(which, mistake(function() outbox.open { path = "a", database = "b" } end))
    assert.equal('outbox.open: say with driver what the connection is: "SQLite3" or "PostgreSQL"',
      mistake(function() outbox.open { connection = {} } end))
    assert.matches("^outbox.open: unknown option 'file'", mistake(function() outbox.open { file = "a" } end))
  end)
end)
