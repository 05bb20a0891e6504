-- What claiming, recording and purging cost does not grow with what was settled before: the plans say so.

local boxes = require "spec.outbox.boxes"
local sample = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- All statements that were run while `work` ran, with what was bound.
local function statements_of(box, work)
  local list, query = {}, box.database.query
  function box.database.query(self, sql, values)
    list[#list + 1] = { sql, values }
    return query(self, sql, values)
  end
  work()
  box.database.query = nil
  return list
end

local explain = {
  SQLite = function(box, sql, values)
    local lines = {}
    for _, row in ipairs(spreetail.assert(box.database:query("EXPLAIN QUERY PLAN " .. sql, values))) do
      lines[#lines + 1] = row.detail
    end
    return lines
  end,
  PostgreSQL = function(box, sql, values)
    local lines = {}
    for _, row in ipairs(spreetail.assert(box.database:query("EXPLAIN " .. sql, values))) do
      lines[#lines + 1] = row["QUERY PLAN"]
    end
    return lines
  end,
}

-- A look at each row of the table.
local whole = {
  SQLite = { "^SCAN spreetail_outbox$" },
  PostgreSQL = { "Seq Scan on spreetail_outbox" },
}

for _, database in ipairs(boxes.databases) do
  describe("in " .. database.name, function()
    local box

    setup(function()
      box = boxes.open(database.place(), { clock = function() return 1000000 end })
      local list = {}
      for i = 1, 20000 do
        list[i] = sample.order("R-" .. i)
      end
      spreetail.assert(box:add_all(list))
      spreetail.assert(box.database:query [[
        UPDATE spreetail_outbox SET due_at = NULL, settled_at = id,
          state = CASE WHEN id > 19950 THEN 'rejected' ELSE 'accepted' END
        WHERE id > 100]])
      if database.name == "PostgreSQL" then
        spreetail.assert(box.database:query "VACUUM ANALYZE spreetail_outbox")
      end
    end)

    teardown(boxes.clear)

    local function is_quick(work)
      local statements = statements_of(box, work)
      assert.is_true(#statements > 0)
      for _, statement in ipairs(statements) do
        local sql, values = statement[1], statement[2]
        if sql:find "spreetail_outbox" then
          for _, line in ipairs(explain[database.name](box, sql, values)) do
            for _, pattern in ipairs(whole[database.name]) do
              assert.is_nil(line:find(pattern), sql .. "\n" .. line)
            end
          end
        end
      end
    end

    local works = {
      ["claims rows"] = function() box.rows:claim("me", 8, 60) end,
      ["asks when the next is due"] = function() box.rows:next_due() end,
      ["records"] = function()
        box.rows:record("me", { { row_id = 1, attempt = 1, to_state = "accepted", untried = 0, doubt = 0 } })
      end,
      ["renews"] = function() box.rows:renew("me", { { row_id = 1, attempt = 1 } }, 60) end,
      ["adds"] = function() box:add(sample.order "R-1") end,
      ["replaces"] = function()
        box.rows:replace { reference = "R-1", body = "{}", from_clock = 0 }
      end,
      ["finds one"] = function() box:get "R-1" end,
      ["purges"] = function() box.rows:purge(1000000 - 200) end,
      ["makes those that failed pending"] = function() box.rows:retry "unknown" end,
      ["makes some pending"] = function() box.rows:retry_named { "R-1" } end,
      ["walks over what failed"] = function() box.rows:page(0, "rejected") end,
      ["walks over what is pending"] = function() box.rows:page(0, "pending") end,
      ["walks over all"] = function() box.rows:page(5000) end,
    }
    for name, work in pairs(works) do
      it(name .. " without looking at every row", function()
        is_quick(work)
      end)
    end
  end)
end

describe("where a worker was there before there was anything to do", function()
  for _, database in ipairs(boxes.databases) do
    if database.name == "PostgreSQL" then
      it("does not look at every row when there is much, in PostgreSQL", function()
        local box = boxes.open(database.place())
        finally(boxes.clear)

        local function work()
          local results = {}
          for i, row in ipairs(spreetail.assert(box.rows:claim("me", 8, 60))) do
            results[i] = {
              row_id = row.id, attempt = row.attempts, to_state = "accepted", untried = 0, doubt = 0,
            }
          end
          spreetail.assert(box.rows:record("me", results))
          return #results
        end

        local function rows_read_one_by_one()
          spreetail.assert(box.database:query "SELECT pg_stat_force_next_flush()")
          local rows = spreetail.assert(box.database:query [[
            SELECT CAST(seq_tup_read AS text) AS count FROM pg_stat_user_tables
            WHERE relname = 'spreetail_outbox']])
          return tonumber(rows[1].count)
        end

        for i = 1, 20 do
          box:add(sample.order("FEW-" .. i))
          work()
        end
        local list = {}
        for i = 1, 20000 do
          list[i] = sample.order("MANY-" .. i)
        end
        spreetail.assert(box:add_all(list))
        local before = rows_read_one_by_one()
        for _ = 1, 20 do
          assert.equal(8, work())
        end
        assert.is_true(rows_read_one_by_one() - before < 20000)
      end)
    end
  end
end)
