-- Where a coroutine can be suspended and where not: a call that can't wait raises before anything is
-- sent, whoever has called.

local loops = require "spec.lua.loops"
local sandbox = require "spec.lua.sandbox"

local IS_51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
local IS_52 = _VERSION == "Lua 5.2"

local function order()
  return sandbox.order "R-1"
end

-- Ways to call something, and whether one can wait in it.
local ways = {
  { "a call", true, function(call) return (call()) end },
  { "a tail call", true, function(call) return call() end },
  { "a call of what has no name", true, function(call) return ((nil or call)()) end },
  { "two tail calls", true, function(call)
    local function inner() return call() end
    return inner()
  end },
  { "a method", true, function(call)
    local object = { method = function() return call() end }
    return (object:method())
  end },
  { "a nested coroutine's function", true, function(call)
    return (select(2, true, call()))
  end },
  { "pcall", not IS_51, function(call)
    local ok, value = pcall(call)
    return ok and value or error(value, 0)
  end },
  { "a metamethod", not IS_51, function(call)
    local object = setmetatable({}, { __index = function() return (call()) end })
    return object.field
  end },
  { "a metamethod's tail call", not IS_51, function(call)
    local object = setmetatable({}, { __index = function() return call() end })
    return object.field
  end },
  { "an operator", not IS_51, function(call)
    local object = setmetatable({}, { __add = function() return call() end })
    return object + 1
  end },
  { "the iterator of a for", not IS_51, function(call)
    for value in function() return (call()) end do -- luacheck: ignore 512
      return value
    end
  end },
  { "the iterator of a for, by a tail call", not IS_51, function(call)
    for value in function() return call() end do -- luacheck: ignore 512
      return value
    end
  end },
  { "string.gsub", false, function(call)
    local value
    string.gsub("x", "x", function() value = call() end)
    return value
  end },
  { "table.sort", false, function(call)
    table.sort({ 1, 2 }, function() return call() end)
  end },
}

for _, name in ipairs { "cqueues", "luv", "coroutine", loops.copas and "copas" } do
  describe("in the loop " .. name, function()
    for _, way in ipairs(ways) do
      it(("a call %s wait below %s"):format(way[2] and "can" or "can't", way[1]), function()
        sandbox.reset()
        local world = loops[name]()
        local client, stored, ended = world.client(), nil, false
        local function program()
          stored = way[3](function()
            local found = client:create_order(order())
            return found
          end)
          ended = true
        end
        if way[2] then
          world.spawn(program)
          world.run()
          assert.equal("R-1", stored.ReferenceNumber)
          assert.is_true(ended)
        else
          -- The error reaches the top of the coroutine, and from there whoever runs it.
          local message
          local ok, err = pcall(function()
            world.spawn(program)
            world.run()
          end)
          message = tostring(err)
          assert.is_false(ok)
          local says_so = message:find "can't wait here" or message:find "attempt to yield"
          assert.is_truthy(says_so, message)
          assert.is_false(ended)
          world.spawn(function() client:get_order "NONE" end)
          world.run()
          assert.equal(0, sandbox.stats().orders)
        end
        client:close()
      end)
    end

    if IS_51 then
      it("each_sku in a for, which can't be suspended, names walk:next()", function()
        local world = loops[name]()
        local client = world.client()
        local ok, message = pcall(function()
          world.spawn(function()
            for _ in client:each_sku() do end -- luacheck: ignore 542
          end)
          world.run()
        end)
        assert.is_false(ok)
        local advice = "Instead of the 'for': local walk = client:each_sku(); then walk:next()"
        assert.is_truthy(tostring(message):find(advice, 1, true), tostring(message))
        client:close()
      end)
    end

    if not IS_51 and not IS_52 then
      it("a call raises at the program's line", function()
        local world = loops[name]()
        local client, message = world.client(), nil
        world.spawn(function()
          local _, err = pcall(string.gsub, "x", "x", function() client:get_order "NONE" end)
          message = err
        end)
        world.run()
        local where = "^spec/lua/loop_suspension_spec.lua:%d+: client:get_order can't wait here: "
        assert.is_truthy(message:find(where), message)
        client:close()
      end)
    end
  end)
end
