-- Ctrl-C amid client:create_orders: whatever it strikes, no order that the server has is forgotten.
--
-- The `lua` program has a debug hook raise "interrupted!" at the next instruction, whichever that is. So
-- does the first half of this, at one instruction after the other; the second sends real signals.

local core = require "spreetail.core"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

local ORDERS = 5

local sethook = debug.sethook -- to look a global up takes instructions, under busted

local function is_stored(reference)
  return (pcall(sandbox.control, "GET", "/orders/" .. reference))
end

-- Compares what a program knows in the end with what the server has: `told`, by reference, is "accepted" or
-- an outcome, and the message of the error names others.
local function check_known(told, message)
  local named = message:match "These orders may have been created: (.-)%. Send them again" or ""
  for i = 1, ORDERS do
    local reference = "R-" .. i
    local knows = told[reference] or (named .. ","):find(reference .. ",", 1, true) and "unknown"
    if knows == "accepted" then
      assert.is_true(is_stored(reference), reference .. " is not there")
    elseif knows ~= "unknown" then
      assert.is_false(is_stored(reference), reference .. " was forgotten: " .. message)
    end
  end
end

-- Of R-2 every answer is lost.
local function lose_one()
  sandbox.fault { path = "/outbound", reference = "R-2", when = "after", close = true }
end

describe("an interrupt", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  -- Calls fn, and raises an interrupt after so many instructions. Returns what pcall does.
  local function interrupted_after(count, fn)
    local hook, mask, period = debug.gethook()
    local ok, err = pcall(function()
      sethook(function()
        sethook()
        error "interrupted!"
      end, "", count)
      fn()
      sethook()
    end)
    sethook(hook, mask, period)
    return ok, err
  end

  -- Creates the orders, and is interrupted after so many instructions. Returns whether it was; then all that
  -- had been sent was accounted for.
  local function try(count, concurrency)
    local told = {}
    local taken = 0
    local ok, err = interrupted_after(count, function()
      client:create_orders(function()
        taken = taken + 1
        return taken <= ORDERS and sandbox.order("R-" .. taken) or nil
      end, {
        retries = 0,
        concurrency = concurrency,
        on_result = function(order, _, failure)
          told[order.ReferenceNumber] = failure and failure.outcome or "accepted"
        end,
      })
    end)
    if not ok then
      assert.matches("interrupted!", err, 1, true)
      check_known(told, err)
      assert.is_true(client:poll() <= 1) -- the one that was just begun
    end
    return not ok
  end

  local function try_everywhere(step, concurrency)
    local count, struck = step, 0
    while true do
      sandbox.reset()
      lose_one()
      client:login()
      if not try(count, concurrency) then
        return struck
      end
      client:close()
      client = sandbox.client()
      struck, count = struck + 1, count + step
    end
  end

  if jit then
    setup(function() jit.off() end) -- compiled code calls no hook
    teardown(function() jit.on() end)
  end

  it("anywhere in create_orders lets those in flight settle, and names what is not known", function()
    local few = sandbox.count(41, 199)
    assert.is_true(try_everywhere(few, 2) > 10)
    assert.is_true(try_everywhere(few + 6, 16) > 10)
  end)

  local function interrupt()
    error "interrupted!"
  end

  it("in a function of the program is not taken for an error of that function", function()
    for _, name in ipairs { "on_event", "on_trace" } do
      local struck = false
      local other = sandbox.client {
        [name] = function()
          if not struck then
            struck = true
            interrupt()
          end
        end,
      }
      local ok, err = pcall(other.create_orders, other, { sandbox.order(name) })
      assert.is_false(ok, name)
      assert.matches("interrupted!", err, 1, true)
      assert.equal(0, other:stats().callback_errors)
      other:close()
    end
  end)

  it("does not wait for ever: what has not settled after five seconds is given up, and named", function()
    sandbox.fault { path = "/outbound", when = "after", delay = 3 }
    local now, looks, taken, told = core.now, nil, 0, {}
    finally(function() core.now = now end)
    core.now = function()
      looks = looks and looks + 1
      return now() + (looks and looks > 1 and 5 or 0) -- five seconds pass at the second look
    end
    local ok, err = pcall(client.create_orders, client, function()
      taken = taken + 1
      if taken == 4 then
        sandbox.await(client, "POST /outbound", 3)
        looks = 0
        interrupt()
      end
      return sandbox.order("R-" .. taken)
    end, { on_result = function(order, _, failure) told[order.ReferenceNumber] = failure.outcome end })
    assert.is_false(ok)
    assert.same({ ["R-1"] = "unknown", ["R-2"] = "unknown", ["R-3"] = "unknown" }, told)
    assert.matches("interrupted! These orders may have been created: R%-%d, R%-%d, R%-%d%. "
      .. 'Send them again with on_duplicate = "return": that is safe$', err)
    assert.equal(0, client:poll())
  end)
end)

-- Runs a program that creates five orders and is sent SIGINT: `when` are its lines of Lua, in which
-- `interrupt()` sends it. Returns its status, and what it says last.
local function run_interrupted(when)
  local output, status = process.run([[
    local spreetail = require "spreetail"
    local sandbox = require "spec.lua.sandbox"
    local function interrupt(later)
      local command = "LD_PRELOAD=; (sleep %s; kill -INT $PPID) > /dev/null 2>&1 %s"
      io.popen(command:format(later or 0, later and "&" or "")):close()
    end
    local next_order, on_result, on_event = nil, function() end, nil
    local taken = 0
    function next_order()
      taken = taken + 1
      return taken <= 5 and sandbox.order("R-" .. taken) or nil
    end
  ]] .. when .. [[
    local client = sandbox.client { on_event = on_event }
    client:create_orders(next_order, {
      retries = 0,
      concurrency = 3,
      on_result = function(order, data, err)
        on_result(order)
        io.stdout:write(order.ReferenceNumber, " ", data and "accepted" or tostring(err.outcome), "\n")
        io.stdout:flush()
      end,
    })
    print "not interrupted"
  ]])
  local told = {}
  for reference, what in output:gmatch "(R%-%d) (%l[%l_]*)\n" do
    told[reference] = what
  end
  return told, output, status
end

describe("Ctrl-C", function()
  before_each(sandbox.reset)

  for when, lines in pairs {
    ["while the next order is fetched"] = [[
      local fetch = next_order
      function next_order()
        if taken == 3 then interrupt() end
        return fetch()
      end
    ]],
    ["in on_result"] = [[
      local seen = 0
      function on_result()
        seen = seen + 1
        if seen == 2 then interrupt() end
      end
    ]],
    ["in on_event"] = [[
      local seen = 0
      function on_event()
        seen = seen + 1
        if seen == 3 then interrupt() end
      end
    ]],
    ["while answers are waited for"] = [[
      sandbox.fault { path = "/outbound", delay = 0.3 }
      interrupt(0.15)
    ]],
    ["while a login is waited for"] = [[
      sandbox.fault { path = "/auth/login", delay = 0.3 }
      interrupt(0.15)
    ]],
  } do
    it(when .. " ends the program, and no order is forgotten", function()
      lose_one()
      local told, output, status = run_interrupted(lines)
      assert.equal(1, status, output)
      assert.matches("interrupted!", output, 1, true)
      check_known(told, output)
    end)
  end

  it("lets those in flight settle", function()
    local told, output = run_interrupted [[
      sandbox.fault { path = "/outbound", delay = 0.6 }
      interrupt(0.3)
    ]]
    assert.same({ ["R-1"] = "accepted", ["R-2"] = "accepted", ["R-3"] = "accepted" }, told, output)
    assert.equal(3, sandbox.stats().orders)
  end)

  it("a second time ends the program at once", function()
    local began = core.now()
    local _, output, status = run_interrupted [[
      sandbox.fault { path = "/outbound", delay = 3 }
      interrupt(0.3)
      interrupt(0.8)
    ]]
    assert.equal(130, status, output)
    assert.is_true(core.now() - began < 3)
  end)

  it("names orders on stderr behind an error that is no text", function()
    sandbox.fault { path = "/outbound", when = "after", close = true }
    local _, output = run_interrupted [[
      local fetch = next_order
      function next_order()
        if taken == 2 then error {} end
        return fetch()
      end
    ]]
    assert.matches("spreetail: These orders may have been created: R%-%d, R%-%d%. Send them again", output)
  end)
end)
