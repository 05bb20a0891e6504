-- An outbox on the program's own connection: an order is there when the program commits, and not otherwise.

local boxes = require "spec.outbox.boxes"
local sample = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local function execute(connection, sql)
  local statement = assert(connection:prepare(sql))
  assert(statement:execute())
  local row = statement:fetch(true)
  statement:close()
  return row
end

for _, database in ipairs(boxes.databases) do
  describe("an outbox on a connection to " .. database.name, function()
    local place, connection, box

    -- What is stored for others to see: how many payments and orders.
    local function stored()
      local other = database.connect(place)
      local payments = execute(other, "SELECT CAST(count(*) AS text) AS count FROM payments").count
      local orders = execute(other, "SELECT CAST(count(*) AS text) AS count FROM spreetail_outbox").count
      other:close()
      return payments .. " payments, " .. orders .. " orders"
    end

    local function pay()
      execute(connection, "INSERT INTO payments VALUES (1)")
    end

    before_each(function()
      place = database.place()
      connection = database.connect(place)
      execute(connection, "CREATE TABLE payments (id integer)")
      connection:commit()
      box = boxes.open { connection = connection, driver = database.driver }
      connection:commit()
    end)

    after_each(function()
      connection:close()
      boxes.clear()
    end)

    -- The two ways in which LuaDBI's connections are used.
    local function in_both_modes(name, fn)
      it(name .. ", with the transactions that LuaDBI begins", function()
        fn(function() end, function() connection:commit() end, function() connection:rollback() end)
      end)
      it(name .. ", with transactions that the program begins", function()
        connection:autocommit(true)
        fn(
          function() execute(connection, "BEGIN") end,
          function() execute(connection, "COMMIT") end,
          function() execute(connection, "ROLLBACK") end
        )
      end)
    end

    in_both_modes("has an order together with the payment", function(begin, commit)
      begin()
      pay()
      assert.same({ true, "added" }, { box:add(sample.order "R-1", { transaction = "mine" }) })
      assert.equal("0 payments, 0 orders", stored())
      commit()
      assert.equal("1 payments, 1 orders", stored())
    end)

    in_both_modes("has neither when that is rolled back", function(begin, _, rollback)
      begin()
      pay()
      box:add(sample.order "R-1", { transaction = "mine" })
      rollback()
      assert.equal("0 payments, 0 orders", stored())
    end)

    in_both_modes("leaves the transaction as it was when an order is refused", function(begin, commit)
      begin()
      box:add(sample.order "R-1", { transaction = "mine" })
      pay()
      local added, err = box:add(sample.order("R-1", { Currency = "GBP" }), { transaction = "mine" })
      assert.same({ nil, "conflict" }, { added, err.kind })
      added, err = box:add({}, { transaction = "mine" })
      assert.same({ nil, "validation" }, { added, err.kind })
      commit()
      assert.equal("1 payments, 1 orders", stored())
    end)

    in_both_modes("has an order at once that is in none of the program's", function(begin, commit, rollback)
      assert.is_true(spreetail.assert(box:add(sample.order "R-1")))
      assert.equal("0 payments, 1 orders", stored())
      begin()
      pay()
      rollback()
      begin()
      pay()
      commit()
      assert.equal("1 payments, 1 orders", stored())
    end)

    in_both_modes("stores nothing of many when one statement fails", function(begin, _, rollback)
      begin()
      execute(connection, "DROP TABLE spreetail_outbox")
      local summary, err = box:add_all { sample.order "R-1" }
      assert.is_nil(summary)
      assert.equal("database", err.kind)
      pcall(rollback) -- SQLite says that nothing is left to be rolled back
      assert.equal("0 payments, 0 orders", stored())
    end)

    it("is closed without closing the connection", function()
      box:add(sample.order "R-1")
      box:close()
      pay()
      connection:commit()
      assert.equal("1 payments, 1 orders", stored())
    end)

    it("commits what else is done with it", function()
      box:add_all { sample.order "R-1", sample.order "R-2" }
      execute(connection, "UPDATE spreetail_outbox SET state = 'rejected', due_at = NULL, settled_at = 0")
      connection:commit()
      assert.equal(1, box:retry { references = { "R-1" } })
      connection:rollback()
      assert.same({ pending = 1, rejected = 1 }, { pending = box:status().pending,
        rejected = box:status().rejected })
      assert.equal(1, box:purge(60))
      connection:rollback()
      assert.equal("0 payments, 1 orders", stored())
    end)
  end)
end
