-- What a worker of the outbox does with its rows: with a client that answers as it is told, and a clock that
-- stands still until it is moved.

local boxes = require "spec.outbox.boxes"
local errors = require "spreetail.error"
local future = require "spreetail.future"
local judge = require "spreetail.outbox.judge"
local sample = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- A client whose calls end when `answer` says so.
local function fake_client()
  local client = { loop = { nests = true, drive = function() end }, async = {}, sent = {}, calls = {} }

  function client.poll() end

  local function begin(order, subject, options)
    local call = { order = order, subject = subject, options = options }
    function call:done() return self.outcome ~= nil end
    function call.release() end
    function call:ending() return self.outcome.ending, self.outcome.err end
    function call:result() return self.outcome.ending and {}, self.outcome.err end
    function call:cancel()
      local err = { kind = "cancelled", outcome = "unknown", message = "cancelled" }
      self.outcome = self.outcome or { err = err }
    end
    table.insert(client.calls, call)
    return future.of(client, call)
  end

  function client.async.create_order(_, order, options)
    table.insert(client.sent, order.ReferenceNumber)
    return begin(order, "POST " .. order.ReferenceNumber, options)
  end

  function client.async.get_order(_, reference)
    return begin(nil, "GET " .. reference)
  end

  -- The last call about a subject ("POST R-1") comes to that: a word of `call:ending()`, or an error.
  function client.answer(subject, outcome)
    for i = #client.calls, 1, -1 do
      local call = client.calls[i]
      if call.subject == subject and not call.outcome then
        call.outcome = type(outcome) == "string" and { ending = outcome } or { err = errors.new(outcome) }
        return
      end
    end
    error("no such call is in flight: " .. subject)
  end

  function client.answer_all(outcome)
    for _, call in ipairs(client.calls) do
      if not call.outcome then
        client.answer(call.subject, outcome)
      end
    end
  end

  return client
end

local function failure(kind, outcome, more)
  local err = { kind = kind, outcome = outcome or "refused", message = "the " .. kind .. " failed" }
  for name, value in pairs(more or {}) do
    err[name] = value
  end
  return err
end

for _, database in ipairs(boxes.databases) do
  describe("a worker on " .. database.name, function()
    local box, client, now, place

    local function clock()
      return now
    end

    before_each(function()
      now = 1000000
      place = database.place()
      box = boxes.open(place, { clock = clock })
      client = fake_client()
    end)

    after_each(boxes.clear)

    local function add(count)
      local list = {}
      for i = 1, count do
        list[i] = sample.order("R-" .. i)
      end
      assert.equal(count, spreetail.assert(box:add_all(list)).added)
    end

    local function worker(options)
      local all = { client = client, concurrency = 4 }
      for name, value in pairs(options or {}) do
        all[name] = value
      end
      return spreetail.assert(box:worker(all))
    end

    -- Steps until what has ended is recorded.
    local function settle(this)
      this:step()
      now = now + 0.06
      return this:step()
    end

    local function state(reference)
      return box:get(reference or "R-1").state
    end

    describe("sends", function()
      it("the bytes that were stored, and takes an order that is there already for its own", function()
        add(1)
        local this = worker()
        assert.equal(1, this:step())
        local call = client.calls[1]
        assert.equal(box:get("R-1").json, call.order.body)
        assert.same({ on_duplicate = "return" }, call.options)
      end)

      it("says of a date from the clock that it is", function()
        local order = sample.order "R-1"
        order.ReceivedDate = nil
        box:add(order)
        box:add(sample.order "R-2")
        worker():step()
        assert.is_true(client.calls[1].order.from_clock)
        assert.is_false(client.calls[2].order.from_clock)
      end)

      it("so many at one time, in their order, and takes some more ahead", function()
        add(20)
        local this = worker()
        assert.equal(4, this:step())
        assert.same({ "R-1", "R-2", "R-3", "R-4" }, client.sent)
        assert.equal(8, box:status().sending)
        client.answer("POST R-2", "accepted")
        assert.equal(4, this:step())
        assert.equal("R-5", client.sent[5])
      end)

      it("what was added a moment ago by the same program, without waiting for a look", function()
        local this = worker { poll_interval = 1000 }
        this:step()
        box:add(sample.order "R-1")
        assert.equal(1, this:step())
      end)

      it("what others have added, as soon as it looks", function()
        local this = worker { poll_interval = 10 }
        this:step()
        boxes.open(place, { clock = clock }):add(sample.order "R-1")
        now = now + 9
        assert.equal(0, this:step())
        now = now + 1.1
        assert.equal(1, this:step())
      end)

      it("nothing that another worker has", function()
        add(6)
        local one, another = worker(), worker()
        one:step()
        another:step()
        assert.same({ "R-1", "R-2", "R-3", "R-4" }, client.sent)
        client.answer_all "accepted"
        settle(one)
        assert.equal(6, #client.sent)
      end)
    end)

    describe("records", function()
      it("what was accepted, whichever way", function()
        add(3)
        local this = worker()
        this:step()
        client.answer("POST R-1", "accepted")
        client.answer("POST R-2", "reconciled")
        client.answer("POST R-3", "cancelled")
        assert.equal(0, this:step())
        for i = 1, 3 do
          local row = box:get("R-" .. i)
          assert.equal("accepted", row.state)
          assert.equal(1, row.attempts)
          assert.equal(now, row.settled_at)
          assert.is_nil(row.next_attempt_at)
          assert.is_nil(row.worker)
        end
      end)

      it("what was rejected, and why", function()
        add(1)
        local this = worker()
        this:step()
        client.answer("POST R-1", failure "rejected")
        this:step()
        local row = box:get "R-1"
        assert.equal("rejected", row.state)
        assert.same({ kind = "rejected", message = "the rejected failed" }, row.last_error)
      end)

      it("of another order with the reference where it differs, and not what it says", function()
        add(1)
        local this = worker()
        this:step()
        client.answer("POST R-1", failure("conflict", "refused", {
          message = "... DeliveryAddress.FullName sent 'Erika', stored 'Hans'",
          details = { { path = "DeliveryAddress.FullName", message = "sent 'Erika', stored 'Hans'" },
            { path = "OrderItems[1].Qty", message = "sent 1, stored 2" } },
        }))
        this:step()
        assert.same({
          kind = "conflict",
          message = "another order, which differs, is stored under this reference: "
            .. "DeliveryAddress.FullName, OrderItems[1].Qty",
        }, box:get("R-1").last_error)
      end)

      it("no details, no control characters, and not more than a few hundred bytes of an error", function()
        add(2)
        local this = worker()
        this:step()
        local long = { message = ("ü"):rep(400), details = "Hans" }
        client.answer("POST R-1", failure("rejected", "refused", long))
        client.answer("POST R-2", failure("rejected", "refused", { message = "a\nb\0c\255" }))
        this:step()
        assert.equal(("ü"):rep(250) .. "...", box:get("R-1").last_error.message)
        assert.equal("a?b?c?", box:get("R-2").last_error.message)
      end)

      it("many in one transaction", function()
        add(8)
        local this = worker { concurrency = 8 }
        this:step()
        local commits, query = 0, box.database.query
        function box.database.query(self, sql, values)
          commits = commits + (sql:find "^COMMIT" and 1 or 0)
          return query(self, sql, values)
        end
        client.answer_all "accepted"
        assert.equal(0, this:step())
        box.database.query = nil
        assert.equal(8, box:status().accepted)
        assert.equal(1, commits)
      end)

      it("a few after a moment, in which more may end", function()
        add(4)
        local this = worker { concurrency = 8 }
        this:step()
        client.answer("POST R-1", "accepted")
        this:step()
        assert.equal("sending", state "R-1")
        now = now + 0.06
        this:step()
        assert.equal("accepted", state "R-1")
      end)

      it("before it tells the program, which is told once", function()
        add(3)
        local told = {}
        local this
        this = worker {
          on_result = function(reference, result, err)
            assert.equal(result, state(reference))
            table.insert(told, { reference, result, err and err.kind })
          end,
        }
        this:step()
        client.answer("POST R-1", "accepted")
        client.answer("POST R-2", failure "rejected")
        client.answer("POST R-3", failure("network", "not_sent"))
        this:step()
        settle(this)
        table.sort(told, function(a, b) return a[1] < b[1] end)
        assert.same({ { "R-1", "accepted" }, { "R-2", "rejected", "rejected" },
          { "R-3", "pending", "network" } }, told)
      end)

      it("all, though the program's function raises, and raises that", function()
        add(3)
        local told = 0
        local this = worker {
          on_result = function()
            told = told + 1
            error("no " .. told, 0)
          end,
        }
        this:step()
        client.answer_all "accepted"
        assert.has_error(function() this:step() end, "no 1")
        assert.equal(3, box:status().accepted)
        assert.has_error(function() this:step() end, "no 2")
        assert.has_error(function() this:step() end, "no 3")
        assert.equal(0, this:step())
      end)
    end)

    describe("tries again", function()
      local function fail_once(this, err)
        this:step()
        client.answer("POST R-1", err)
        this:step()
        local row = box:get "R-1"
        return row, row.next_attempt_at and row.next_attempt_at - now
      end

      it("after a pause, which grows with each try", function()
        add(1)
        local this = worker { poll_interval = 0.1 }
        local most = 1
        for attempt = 1, 2 do
          local row, pause = fail_once(this, failure("server", "refused"))
          assert.equal("pending", row.state)
          assert.equal(attempt, row.attempts)
          assert.is_true(pause >= most / 2 - 0.001 and pause <= most + 0.001, pause)
          now = now + pause - 0.2
          assert.equal(0, this:step())
          now = now + 0.3
          most = most * 2
        end
        this:step()
        client.answer("POST R-1", "accepted")
        this:step()
        assert.equal("accepted", state())
        assert.equal(3, box:get("R-1").attempts)
        assert.is_nil(box:get("R-1").last_error)
      end)

      it("no earlier than the server has asked for", function()
        add(1)
        local _, pause = fail_once(worker(), failure("rate_limit", "refused", { retry_after = 77 }))
        assert.is_true(pause >= 77, pause)
      end)

      it("what is in doubt, until it is settled", function()
        add(1)
        local this = worker()
        assert.equal("pending", fail_once(this, failure("timeout", "unknown")).state)
        now = now + 2
        this:step()
        client.answer("POST R-1", "reconciled")
        this:step()
        assert.equal("accepted", state())
      end)

      it("what is in doubt so often, and then gives it up for a person to look at", function()
        add(1)
        local this = worker()
        for _ = 1, judge.MOST_DOUBTS - 1 do
          assert.equal("pending", fail_once(this, failure("timeout", "unknown")).state)
          now = now + 400
        end
        local row = fail_once(this, failure("timeout", "unknown"))
        assert.equal("unknown", row.state)
        assert.equal("timeout", row.last_error.kind)
        assert.is_nil(row.settled_at)
        now = now + 10000
        assert.equal(0, this:step())
        assert.equal(1, box:retry { state = "unknown" })
        assert.equal(1, this:step())
      end)

      it("only after looking whether it is there, what was in doubt and is refused", function()
        add(2)
        local this = worker()
        this:step()
        client.answer_all(failure("timeout", "unknown"))
        this:step()
        now = now + 2
        assert.equal(2, this:step())
        client.answer_all(failure "rejected")
        assert.equal(2, this:step())
        assert.equal("sending", state "R-1")
        client.answer("GET R-1", failure("not_found", nil))
        client.answer("GET R-2", "found")
        this:step()
        assert.equal("rejected", state "R-1")
        assert.equal("the rejected failed", box:get("R-1").last_error.message)
        assert.equal("unknown", state "R-2")
        assert.equal("the rejected failed; yet an order is stored under this reference, and a try before may "
          .. "have created it", box:get("R-2").last_error.message)
      end)
    end)

    describe("is interrupted", function()
      local on = jit and jit.status()

      setup(function()
        if on then
          jit.off() -- compiled code calls no hook
        end
      end)

      teardown(function()
        if on then
          jit.on()
        end
      end)

      -- Steps, and is interrupted after so many instructions. Returns whether it was.
      local function interrupt_step(this, count)
        local hook, mask, period = debug.gethook()
        local ok = pcall(function()
          debug.sethook(function()
            debug.sethook()
            error "interrupted!"
          end, "", count)
          this:step()
          debug.sethook()
        end)
        debug.sethook(hook, mask, period)
        return not ok
      end

      it("anywhere when it begins to look, and takes what it finds for no success", function()
        local count = 0
        repeat
          count = count + 1
          spreetail.assert(box.database:query "DELETE FROM spreetail_outbox")
          client = fake_client()
          add(1)
          local this = worker()
          this:step()
          client.answer_all(failure("timeout", "unknown"))
          this:step()
          now = now + 2
          this:step()
          client.answer_all(failure "rejected")
          local was_struck = interrupt_step(this, count)
          this:step()
          client.answer_all "found"
          settle(this)
          assert.not_equal("accepted", state())
        until not was_struck
      end)
    end)

    describe("rests", function()
      it("when the server fails again and again, and gives back what it has not begun", function()
        add(20)
        local this = worker()
        this:step()
        client.answer_all(failure("network", "not_sent"))
        assert.equal(0, this:step())
        this:step()
        assert.equal(4, #client.sent)
        assert.same({ 20, 0 }, { box:status().pending, box:status().sending })
        assert.equal(0, box:get("R-5").attempts)
      end)

      it("and then tries one, and all when that comes through", function()
        add(20)
        local this = worker()
        this:step()
        client.answer_all(failure("network", "not_sent"))
        this:step()
        now = now + 1.1
        assert.equal(1, this:step())
        client.answer("POST R-5", failure("network", "not_sent"))
        assert.equal(0, this:step())
        now = now + 1
        assert.equal(0, this:step())
        now = now + 1.1
        assert.equal(1, this:step())
        client.answer("POST " .. client.sent[#client.sent], "accepted")
        assert.is_true(this:step() >= 1)
        assert.equal(4, this:step())
      end)

      it("not for one failure among others", function()
        add(8)
        local this = worker()
        this:step()
        client.answer("POST R-1", failure("server", "refused"))
        client.answer("POST R-2", "accepted")
        client.answer("POST R-3", failure("server", "refused"))
        assert.equal(4, this:step())
      end)
    end)

    describe("stops", function()
      it("when its login is refused, and burns no order's tries", function()
        add(10)
        local this = worker()
        this:step()
        client.answer_all(failure("auth", "not_sent"))
        local in_flight, err = settle(this)
        assert.is_nil(in_flight)
        assert.equal("auth", err.kind)
        assert.equal(10, box:status().pending)
        assert.equal(4, #client.sent)
        now = now + 1000
        assert.same({ nil, err }, { this:step() })
        assert.equal(4, #client.sent)
        assert.equal(0, box:get("R-5").attempts)
      end)

      it("when its client is closed, with those that were on their way in doubt", function()
        add(2)
        local this = worker()
        this:step()
        client.answer("POST R-1", failure("closed", "unknown"))
        client.answer("POST R-2", failure("closed", "not_sent"))
        local in_flight, err = settle(this)
        assert.is_nil(in_flight)
        assert.equal("closed", err.kind)
        assert.equal(2, box:status().pending)
        assert.equal(1, box.rows:find("R-1").doubts)
        assert.equal(0, box.rows:find("R-2").doubts)
      end)

      it("when it is told to, and gives back what it has not begun", function()
        add(10)
        local this = worker()
        this:step()
        this:stop()
        assert.equal(4, settle(this))
        assert.is_false(this:is_idle())
        client.answer_all "accepted"
        assert.equal(0, settle(this))
        assert.is_true(this:is_idle())
        assert.same({ 4, 6, 0 }, { box:status().accepted, box:status().pending, box:status().sending })
        assert.equal(0, box:get("R-9").attempts)
        assert.equal(4, #client.sent)
      end)
    end)

    describe("has a lease", function()
      it("after which another settles what a crashed one had sent", function()
        add(1)
        worker():step() -- and is never heard of again
        local another = worker()
        now = now + 59
        another:step()
        assert.equal(1, #client.sent)
        now = now + 2
        assert.equal(1, another:step())
        assert.same({ "R-1", "R-1" }, client.sent)
        assert.same({ on_duplicate = "return" }, client.calls[2].options)
        client.answer("POST R-1", "reconciled")
        another:step()
        local row = box.rows:find "R-1"
        assert.same({ "accepted", 2, 1 }, { row.state, row.attempts, row.doubts })
      end)

      it("which it renews while a call lasts", function()
        add(2)
        local this, another = worker { concurrency = 1 }, worker()
        for _ = 1, 30 do
          this:step()
          now = now + 15
          another:step()
        end
        assert.same({ "R-1" }, client.sent)
        client.answer("POST R-1", "accepted")
        assert.equal(1, this:step())
        assert.same({ "R-1", "R-2" }, client.sent)
      end)

      it("and does not overwrite what another records, when it had lost it", function()
        add(1)
        local told = {}
        local function tell(reference, result)
          table.insert(told, reference .. " " .. result)
        end
        local slow, quick = worker { on_result = tell }, worker { on_result = tell }
        slow:step()
        now = now + 61
        quick:step()
        local first, second = client.calls[1], client.calls[2]
        first.outcome = { err = errors.new(failure "rejected") }
        slow:step()
        assert.equal("sending", state())
        second.outcome = { ending = "reconciled" }
        quick:step()
        assert.equal("accepted", state())
        assert.same({ "R-1 accepted" }, told)
      end)

      it("and does not take a lost one for a later one of its own", function()
        add(1)
        local told = {}
        local this = worker {
          on_result = function(reference, result) table.insert(told, reference .. " " .. result) end,
        }
        this:step()
        now = now + 61
        this.renew_at = math.huge -- as if it had stood still
        this:step()
        assert.same({ "R-1", "R-1" }, client.sent)
        client.calls[1].outcome = { err = errors.new(failure "rejected") }
        settle(this)
        assert.equal("sending", state())
        client.calls[2].outcome = { ending = "reconciled" }
        settle(this)
        assert.equal("accepted", state())
        assert.same({ "R-1 accepted" }, told)
      end)

      it("and begins nothing for which it has ended", function()
        add(3)
        local this = worker { concurrency = 1 }
        this:step()
        now = now + 61
        this.renew_at = math.huge
        client.answer("POST R-1", "accepted")
        box.rows:claim("another", 10, 60)
        this:step()
        this:step()
        assert.same({ "R-1" }, client.sent)
      end)
    end)

    describe("while the database fails", function()
      local function break_database(is_broken)
        local database_ = box.database
        if not is_broken then
          database_.query = nil
          return
        end
        function database_.query()
          return nil, errors.new { kind = "database", message = "gone", retryable = true }
        end
      end

      it("keeps what came of orders, and records it when it is there again", function()
        add(4)
        local heard = {}
        local this = worker { on_error = function(err) table.insert(heard, err.message) end }
        this:step()
        client.answer_all "accepted"
        break_database(true)
        local in_flight, err = this:step()
        assert.equal(0, in_flight)
        assert.equal("gone", err.message)
        assert.is_false(this:is_idle())
        now = now + 0.1
        assert.same({ 0, nil }, { this:step() })
        now = now + 1
        this:step()
        assert.same({ "gone", "gone" }, heard)
        break_database(false)
        now = now + 2.1
        this:step()
        assert.is_true(this:is_idle())
        assert.equal(4, box:status().accepted)
      end)

      it("keeps them too where it can be read, and not written", function()
        add(4)
        local this = worker()
        this:step()
        client.answer_all "accepted"
        local database_, reads = box.database, { BEGIN = true, COMMIT = true, ROLLBACK = true, SELECT = true }
        function database_.query(self, sql, ...)
          if reads[sql:match "%u+"] then
            return getmetatable(self).query(self, sql, ...)
          end
          return nil, errors.new { kind = "database", message = "readonly", retryable = false }
        end
        local _, err = this:step()
        assert.equal("readonly", err.message)
        assert.is_false(this:is_idle())
        database_.query = nil
        now = now + 2.1
        this:step()
        assert.equal(4, box:status().accepted)
      end)

      it("tells once what is recorded, though the connection breaks before the commit is heard of", function()
        add(2)
        local told = {}
        local this = worker {
          on_result = function(reference, became) table.insert(told, reference .. became) end,
        }
        this:step()
        client.answer("POST R-1", failure "rejected")
        client.answer("POST R-2", failure("timeout", "unknown"))
        local database_, has_broken = box.database, false
        function database_.query(self, sql, ...)
          local rows, err = getmetatable(self).query(self, sql, ...)
          if not has_broken and sql:find "^COMMIT" then
            has_broken = true
            self:close()
            return nil, errors.new { kind = "database", message = "gone", retryable = true }
          end
          return rows, err
        end
        settle(this)
        database_.query = nil
        assert.is_true(has_broken)
        table.sort(told)
        assert.same({ "R-1rejected", "R-2pending" }, told)
        assert.same({ "rejected", "pending" }, { state "R-1", state "R-2" })
        assert.same({ nil, nil }, { box:get("R-1").worker, box:get("R-2").worker })
        local doubts = box.database:query("SELECT doubts FROM spreetail_outbox WHERE reference = 'R-2'")
        assert.equal(1, tonumber(doubts[1].doubts))
      end)

      it("asks it less and less often", function()
        local this = worker()
        break_database(true)
        local asked = 0
        this.on_error = function() asked = asked + 1 end
        for _ = 1, 600 do
          this:step()
          now = now + 0.5
        end
        break_database(false)
        assert.is_true(asked > 10 and asked < 25, asked)
      end)
    end)
  end)
end
