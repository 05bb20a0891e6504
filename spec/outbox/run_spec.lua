-- worker:run against the sandbox: until when it works, how it waits, and what an interrupt leaves.

local boxes = require "spec.outbox.boxes"
local core = require "spreetail.core"
local loops = require "spec.lua.loops"
local mistake = require "spec.lua.mistake"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local function orders(count)
  local list = {}
  for i = 1, count do
    list[i] = sandbox.order("R-" .. i)
  end
  return list
end

for _, database in ipairs(boxes.databases) do
  describe("worker:run on " .. database.name, function()
    local box, client, place

    before_each(function()
      sandbox.reset()
      place = database.place()
      box = boxes.open(place)
      client = sandbox.client()
    end)

    after_each(function()
      client:close()
      boxes.clear()
    end)

    it("sends all there is, and says what came of it", function()
      box:add_all(orders(100))
      local told = {}
      local worker = box:worker {
        client = client,
        on_result = function(reference, state) told[reference] = state end,
      }
      assert.same({ accepted = 100, rejected = 0, unknown = 0, pending = 0 },
        worker:run { until_empty = true })
      assert.equal(100, sandbox.stats().orders)
      for i = 1, 100 do
        assert.equal("accepted", told["R-" .. i])
      end
      assert.same({ accepted = 0, rejected = 0, unknown = 0, pending = 0 }, worker:run { until_empty = true })
    end)

    it("comes back at once where there is nothing", function()
      local began = core.now()
      box:worker { client = client }:run { until_empty = true }
      assert.is_true(core.now() - began < 0.5)
      assert.equal(0, sandbox.stats().logins)
    end)

    it("sends the date that was filled in when the order was added", function()
      local order = sandbox.order "R-1"
      order.ReceivedDate = nil
      box:add(order)
      local date = box:get("R-1").order.ReceivedDate
      box:worker { client = client }:run { until_empty = true }
      assert.equal(date, spreetail.assert(client:get_order "R-1").ReceivedDate)
    end)

    it("waits for those that are to be tried again", function()
      sandbox.fault { path = "/outbound", times = 1, status = 503 }
      local once = sandbox.client { retries = 0 }
      box:add_all(orders(3))
      local counts = box:worker { client = once }:run { until_empty = true }
      assert.same({ accepted = 3, rejected = 0, unknown = 0, pending = 1 }, counts)
      assert.equal(3, sandbox.stats().orders)
      once:close()
    end)

    it("takes its own earlier sending for a success, and another order's for none", function()
      client:create_order(sandbox.order "R-1")
      client:create_order(sandbox.order("R-2", { Currency = "GBP" }))
      box:add_all(orders(3))
      assert.same({ accepted = 2, rejected = 1, unknown = 0, pending = 0 },
        box:worker { client = client }:run { until_empty = true })
      assert.same({ kind = "conflict",
        message = "another order, which differs, is stored under this reference: Currency" },
        box:get("R-2").last_error)
    end)

    it("looks again whose the order under its reference is, when that could not be looked up", function()
      sandbox.control("POST", "/orders", sandbox.order "R-1")
      sandbox.fault { path = "/order", times = 3, status = 503 }
      box:add(sandbox.order "R-1")
      local hasty = sandbox.client { retries = 1 }
      local counts = box:worker { client = hasty }:run { until_empty = true, seconds = 30 }
      assert.same({ accepted = 1, rejected = 0, unknown = 0, pending = 1 }, counts)
      hasty:close()
    end)

    it("settles what was sent and refused when it was in doubt, by looking", function()
      box:add(sandbox.order "R-1")
      local unsure = sandbox.client { retries = 0 }
      sandbox.fault { path = "/outbound", times = 1, close = true }
      sandbox.fault { path = "/outbound", status = 400 }
      assert.same({ accepted = 0, rejected = 1, unknown = 0, pending = 1 },
        box:worker { client = unsure }:run { until_empty = true })
      assert.equal(1, sandbox.stats().requests["GET /order/R-1"] or sandbox.stats().requests["GET /order"])
      unsure:close()
    end)

    it("ends when its login is refused, and says so", function()
      box:add_all(orders(3))
      local stranger = sandbox.client { client_secret = "wrong" }
      local counts, err, recorded = box:worker { client = stranger }:run { until_empty = true }
      assert.is_nil(counts)
      assert.equal("auth", err.kind)
      assert.same({ accepted = 0, rejected = 0, unknown = 0, pending = 3 }, recorded)
      assert.equal(3, box:status().pending)
      stranger:close()
    end)

    it("ends after some seconds, and leaves what is to be tried later", function()
      sandbox.fault { path = "/outbound", status = 503 }
      box:add_all(orders(3))
      local once, began = sandbox.client { retries = 0 }, core.now()
      spreetail.assert(box:worker { client = once }:run { until_empty = true, seconds = 1.2 })
      assert.is_true(core.now() - began >= 1.2 and core.now() - began < 3)
      assert.equal(3, box:status().pending)
      once:close()
    end)

    it("ends when the program says so, when those in flight have ended", function()
      sandbox.fault { path = "/outbound", delay = 0.3 }
      box:add_all(orders(30))
      local looks = 0
      local counts = box:worker { client = client, concurrency = 5 }:run {
        stop = function()
          looks = looks + 1
          return sandbox.stats().in_flight_max >= 5
        end,
      }
      assert.equal(5, counts.accepted)
      assert.same({ 25, 0 }, { box:status().pending, box:status().sending })
      assert.is_true(looks > 0)
    end)

    it("uses next to no processor time while there is nothing to do", function()
      local began = os.clock()
      box:worker { client = client }:run { seconds = 1 }
      assert.is_true(os.clock() - began < 0.1, os.clock() - began)
    end)

    it("says at the program's line what is wrong with its options", function()
      local worker = box:worker { client = client }
      assert.matches("^worker:run: unknown option 'empty'", mistake(function() worker:run { empty = 1 } end))
    end)

    for name, new in pairs(loops) do
      it("lets others run in " .. name, function()
        local world = new()
        local own = world.client()
        sandbox.fault { path = "/outbound", delay = 0.2 }
        box:add_all(orders(20))
        local counts
        local ticks = 0
        world.spawn(function()
          counts = box:worker { client = own, concurrency = 10 }:run { until_empty = true }
        end)
        world.spawn(function()
          for _ = 1, 20 do
            world.sleep(0.01)
            ticks = counts and ticks or ticks + 1
          end
        end)
        world.run()
        assert.equal(20, counts.accepted)
        assert.is_true(ticks >= 10, ticks)
        own:close()
      end)
    end

    -- Runs a worker, and is interrupted after so many instructions. Returns whether it was.
    local function try(count)
      local sethook = debug.sethook
      local hook, mask, period = debug.gethook()
      local worker = box:worker { client = client, concurrency = 2 }
      local ok, err = pcall(function()
        sethook(function()
          sethook()
          error "interrupted!"
        end, "", count)
        worker:run { until_empty = true }
        sethook()
      end)
      sethook(hook, mask, period)
      assert.is_true(ok or err:find("interrupted!", 1, true) ~= nil, err)
      return not ok
    end

    it("is interrupted anywhere, and no order is lost or sent twice", function()
      local was_on = jit and jit.status()
      if jit then
        jit.off() -- compiled code calls no hook
      end
      local now, count, struck, step = 1000000, 0, 0, sandbox.count(61, 977)
      local list = orders(5)
      repeat
        count = count + step
        sandbox.reset()
        spreetail.assert(box.database:query "DELETE FROM spreetail_outbox")
        box:close()
        box = boxes.open(place, { clock = function() return now end })
        box.clock = nil -- the database's time stands still, the worker's does not
        box:add_all(list)
        local was_struck = try(count)
        struck = struck + (was_struck and 1 or 0)
        now = now + 61 -- what the interrupt has left in somebody's hands is nobody's any more
        local other = sandbox.client()
        spreetail.assert(box:worker { client = other }:run { until_empty = true })
        other:close()
        assert.same({ accepted = 5, pending = 0, sending = 0, rejected = 0, unknown = 0 }, box:status())
        assert.equal(5, sandbox.stats().orders)
      until not was_struck
      if was_on then
        jit.on()
      end
      assert.is_true(struck > 20, struck)
    end)
  end)
end

describe("Ctrl-C", function()
  local place, box

  before_each(function()
    sandbox.reset()
    place = boxes.databases[1].place()
    box = boxes.open(place)
  end)

  after_each(boxes.clear)

  it("lets those in flight end, gives the others back, and ends the program", function()
    box:add_all(orders(50))
    sandbox.fault { path = "/outbound", delay = 0.6 }
    local output, status = process.run(([[
      local outbox = require "spreetail.outbox"
      local sandbox = require "spec.lua.sandbox"
      io.popen("LD_PRELOAD=; (sleep 0.3; kill -INT $PPID) > /dev/null 2>&1 &"):close()
      local box = outbox.open { path = %q }
      box:worker { client = sandbox.client(), concurrency = 4 }:run { until_empty = true }
      print "not interrupted"
    ]]):format(place.path))
    assert.equal(1, status, output)
    assert.matches("interrupted!", output, 1, true)
    local status_of = box:status()
    assert.same({ 4, 46, 0 }, { status_of.accepted, status_of.pending, status_of.sending })
    assert.equal(4, sandbox.stats().orders)
  end)
end)
