-- Several processes at one outbox, over a network that loses answers: some put orders in, some send them,
-- some are killed. In the end each order is there once.

local boxes = require "spec.outbox.boxes"
local files = require "spec.files"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

local ORDERS = 400

-- Lua: opens the outbox at a place, as this spec does.
local function opened(place)
  local name, value = next(place)
  return ([[
    local outbox, spreetail = require "spreetail.outbox", require "spreetail"
    local sandbox = require "spec.lua.sandbox"
    local box = spreetail.assert(outbox.open { %s = %q })
  ]]):format(name, value)
end

local ADD = [[
  for i = tonumber(arg[1]), tonumber(arg[2]) do
    spreetail.assert(box:add(sandbox.order("R-" .. i)))
  end
]]

local WORK = [[
  local client = sandbox.client { retries = 1 }
  local worker = spreetail.assert(box:worker { client = client, lease = 2, concurrency = 8 })
  repeat -- until nothing was left to be done, and nothing is added any more
    local counts = spreetail.assert(worker:run { until_empty = true })
    io.write(("%d accepted\n"):format(counts.accepted))
  until box:status().accepted >= tonumber(arg[1])
]]

for _, database in ipairs(boxes.databases) do
  describe("many processes at an outbox in " .. database.name, function()
    local place, box, names

    local function program(text)
      local name = os.tmpname()
      files.write(name, opened(place) .. text)
      table.insert(names, name)
      return ("'%s' %s"):format(process.interpreter, name)
    end

    before_each(function()
      sandbox.reset()
      names = {}
      place = database.place()
      box = boxes.open(place)
    end)

    after_each(function()
      for _, name in ipairs(names) do
        os.remove(name)
      end
      boxes.clear()
    end)

    it("send each order once, though some are killed", function()
      sandbox.fault { path = "/outbound", chance = 0.1, seed = 1, when = "after", close = true }
      sandbox.fault { path = "/outbound", chance = 0.1, seed = 2, status = 503 }
      local add, work = program(ADD), program(WORK)
      local output = process.shell(([[
        exec 2>&1
        %s 1 200 & adds="$!"
        %s 201 400 & adds="$adds $!"
        %s 400 & one=$!
        %s 400 & another=$!
        %s 400 & last=$!
        sleep 0.2; kill -KILL $one
        wait $adds
        sleep 0.1; kill -KILL $another
        wait $last; echo "status $?"
      ]]):format(add, add, work, work, work))
      assert.matches("status 0\n", output, 1, true)
      local status = box:status()
      assert.same({ ORDERS, 0, 0, 0, 0 },
        { status.accepted, status.pending, status.sending, status.rejected, status.unknown })
      assert.equal(ORDERS, sandbox.stats().orders)
      local more_than_once = 0
      for row in box:each() do
        more_than_once = more_than_once + (row.attempts > 1 and 1 or 0)
      end
      assert.is_true(more_than_once > 0)
    end)
  end)
end

describe("the memory of a worker", function()
  after_each(boxes.clear)

  -- What LuaJIT compiles counts as memory of Lua's, and comes when it likes.
  if jit then
    setup(function()
      jit.off()
      jit.flush()
    end)
    teardown(function() jit.on() end)
  end

  it("is no more for many orders than for some", function()
    sandbox.reset()
    local box = boxes.open(boxes.databases[1].place())
    local client = sandbox.client()
    local worker = box:worker { client = client }
    local function send(first, last)
      local i = first - 1
      box:add_all(function()
        i = i + 1
        return i <= last and sandbox.order("R-" .. i) or nil
      end)
      worker:run { until_empty = true }
      collectgarbage()
      collectgarbage()
      return process.peak(), collectgarbage "count"
    end
    local count = sandbox.count(3000, 300)
    send(1, count)
    local peak, lua = send(count + 1, 2 * count) -- by then caches are full
    for i = 2, 5 do
      send(i * count + 1, (i + 1) * count)
    end
    local later_peak, later_lua = send(6 * count + 1, 7 * count)
    assert.is_true(later_lua - lua < 20, later_lua - lua) -- KB
    assert.is_true(later_peak - peak < 1, later_peak - peak) -- MB
    assert.equal(7 * count, box:status().accepted)
    client:close()
  end)
end)

describe("a worker", function()
  after_each(boxes.clear)

  it("never waits in a step, however long the server takes", function()
    sandbox.reset()
    sandbox.fault { path = "/outbound", delay = 0.5 }
    local core = require "spreetail.core"
    local box = boxes.open(boxes.databases[1].place())
    local client = sandbox.client()
    box:add_all { sandbox.order "R-1", sandbox.order "R-2" }
    local worker = box:worker { client = client }
    local longest, steps = 0, 0
    repeat
      local began = core.now()
      worker:step()
      longest = math.max(longest, core.now() - began)
      steps = steps + 1
      core.sleep(0.005) -- the rest of a frame
    until box:status().accepted == 2
    assert.is_true(steps > 30, steps)
    assert.is_true(longest < 0.2, longest)
    client:close()
  end)
end)
