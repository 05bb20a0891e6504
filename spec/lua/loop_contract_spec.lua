-- What holds in every loop in which coroutines wait.

local core = require "spreetail.core"
local loops = require "spec.lua.loops"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local IS_51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

local function collect()
  collectgarbage()
  collectgarbage()
end

for name, new in pairs(loops) do
  describe("in the loop " .. name, function()
    local world

    before_each(function()
      sandbox.reset()
      world = new()
    end)

    it("a call returns what it returns elsewhere", function()
      local client, results = world.client(), {}
      world.spawn(function()
        results[1] = { client:create_order(sandbox.order "R-1") }
        results[2] = { client:get_order "NONE" }
        results[3] = { client:login() }
        results[4] = { client:create_order(sandbox.order "") }
      end)
      world.run()
      assert.equal("R-1", results[1][1].ReferenceNumber)
      assert.equal(1, results[1][2].attempts)
      assert.equal("not_found", results[2][2].kind)
      assert.is_true(results[3][1])
      assert.is_nil(results[4][1])
      client:close()
    end)

    it("many coroutines wait at once, and each gets its own answer", function()
      local client, count, done = world.client(), sandbox.count(200, 20), 0
      for i = 1, count do
        world.spawn(function()
          local stored = spreetail.assert(client:create_order(sandbox.order("R-" .. i)))
          assert(stored.ReferenceNumber == "R-" .. i)
          done = done + 1
        end)
      end
      world.run()
      assert.equal(count, done)
      assert.equal(1, sandbox.stats().requests["POST /auth/login"])
      assert.equal(count, sandbox.stats().orders)
      client:close()
    end)

    it("the program goes on while a call waits", function()
      sandbox.fault { path = "/order", delay = 0.2 }
      local client, ticks, done = world.client(), 0, false
      world.spawn(function()
        client:get_order "NONE"
        done = true
      end)
      world.spawn(function()
        while not done do
          world.sleep(0.01)
          ticks = ticks + 1
        end
      end)
      world.run()
      assert.is_true(ticks >= sandbox.count(8, 2), ticks .. " ticks")
      client:close()
    end)

    it("calls run beside each other", function()
      sandbox.fault { path = "/order", delay = 0.2 }
      local client, began = world.client { max_connections = 20 }, core.now()
      for i = 1, 10 do
        world.spawn(function() client:get_order("NONE-" .. i) end)
      end
      world.run()
      local elapsed = core.now() - began
      assert.is_true(elapsed < sandbox.count(1.5, 4), elapsed .. " s")
      client:close()
    end)

    it("a future is waited for, for so long", function()
      sandbox.fault { path = "/order", delay = sandbox.count(0.25, 4) }
      local client = world.client()
      local early, late, kind, waited
      world.spawn(function()
        local future, began = client.async:get_order "NONE", core.now()
        early = future:wait(0.05)
        waited = core.now() - began
        late = future:wait(20)
        kind = select(2, future:result()).kind
        assert(future:wait(0) and future:done())
      end)
      world.run()
      assert.same({ false, true, "not_found" }, { early, late, kind })
      assert.is_true(waited >= 0.05 and waited < sandbox.count(0.2, 3.5), waited)
      client:close()
    end)

    it("several coroutines wait for one future", function()
      local client, got = world.client(), {}
      local future = client.async:create_order(sandbox.order "R-1") -- outside
      for i = 1, 5 do
        world.spawn(function() got[i] = future:result().ReferenceNumber end)
      end
      world.run()
      assert.same({ "R-1", "R-1", "R-1", "R-1", "R-1" }, got)
      client:close()
    end)

    it("a future that is cancelled wakes who waits for it, at once", function()
      sandbox.fault { path = "/order", delay = 10 }
      local client, began, kind = world.client(), core.now(), nil
      local future
      world.spawn(function()
        future = client.async:get_order "NONE"
        kind = select(2, future:result()).kind
      end)
      world.spawn(function()
        world.sleep(0.1)
        future:cancel()
      end)
      world.run()
      assert.equal("cancelled", kind)
      assert.is_true(core.now() - began < 5)
      client:close()
    end)

    it("on_done is called, also for what is done already and when nothing else is pending", function()
      local client, told = world.client(), {}
      world.spawn(function()
        local future = client.async:get_order "NONE"
        future:on_done(function(_, err) table.insert(told, err.kind) end)
        future:wait()
        world.sleep(0.02)
        future:on_done(function(_, err) table.insert(told, "again " .. err.kind) end)
        assert(#told == 1)
        world.sleep(0.02)
      end)
      world.run()
      assert.same({ "not_found", "again not_found" }, told)
      client:close()
    end)

    it("a function given to on_done can't wait, and says so; a coroutine that it starts can", function()
      local client, message, got = world.client(), nil, nil
      client.async:get_order "NONE":on_done(function()
        local _, err = pcall(client.get_order, client, "NONE")
        message = err
        world.spawn(function() got = select(2, client:get_order "NONE").kind end)
      end)
      world.spawn(function() client:login() end)
      world.run()
      assert.is_truthy(message:find("can't wait here", 1, true), message)
      assert.equal("not_found", got)
      client:close()
    end)

    it("on the main program's level calls fail at once, and nothing is sent", function()
      local client = world.client()
      local future = client.async:get_order "NONE"
      local cases = {
        function() client:create_order(sandbox.order "R-1") end, function() future:result() end,
        function() client:create_orders { sandbox.order "R-1" } end, function() client:each_sku():next() end,
      }
      for _, case in ipairs(cases) do
        local ok, err = pcall(case)
        assert.is_false(ok)
        assert.is_truthy(tostring(err):find("can't wait here: ", 1, true), tostring(err))
        assert.is_truthy(tostring(err):find("loop_contract_spec.lua", 1, true), tostring(err))
      end
      client:close()
      assert.is_nil(sandbox.stats().requests["POST /outbound"])
    end)

    it("create_orders sends many", function()
      local client, summary, results = world.client(), nil, 0
      world.spawn(function()
        local orders = {}
        for i = 1, 50 do
          orders[i] = sandbox.order("R-" .. i)
        end
        summary = client:create_orders(orders, { on_result = function() results = results + 1 end })
      end)
      world.run()
      assert.same({ 50, 0, 50 }, { summary.accepted, summary.failed, results })
      client:close()
    end)

    if not IS_51 then
      it("an error in a function of create_orders is raised in the coroutine, after the rest", function()
        local client, ok, err = world.client(), nil, nil
        world.spawn(function()
          ok, err = pcall(client.create_orders, client, { sandbox.order "R-1", sandbox.order "R-2" }, {
            on_result = function() error("mine", 0) end,
          })
        end)
        world.run()
        assert.same({ false, "mine" }, { ok, err })
        assert.equal(2, sandbox.stats().orders)
        client:close()
      end)
    end

    it("each_sku walks, by next() and where the Lua can, by for", function()
      local client, by_next, by_for = world.client(), 0, 0
      world.spawn(function()
        local walk = client:each_sku { page_size = 10 }
        local sku, err = walk:next()
        while sku do
          by_next = by_next + 1
          sku, err = walk:next()
        end
        assert(not err, err)
        if not IS_51 then
          for _ in client:each_sku { page_size = 25 } do
            by_for = by_for + 1
          end
        else
          by_for = 60
        end
      end)
      world.run()
      assert.same({ 60, 60 }, { by_next, by_for })
      client:close()
    end)

    it("calls time out", function()
      sandbox.fault { path = "/order", delay = 5 }
      local client, kind, began = world.client(), nil, core.now()
      world.spawn(function()
        kind = select(2, client:get_order("NONE", { timeout = 0.15, retries = 0 })).kind
      end)
      world.run()
      assert.equal("timeout", kind)
      assert.is_true(core.now() - began < 3)
      client:close()
    end)

    it("there may be pauses between calls", function()
      local client, kinds = world.client(), {}
      for round = 1, 3 do
        world.spawn(function()
          world.sleep(0.04 * round)
          table.insert(kinds, select(2, client:get_order "NONE").kind)
        end)
      end
      world.run()
      world.spawn(function() -- and the loop may have ended meanwhile
        table.insert(kinds, select(2, client:get_order "NONE").kind)
      end)
      world.run()
      assert.same({ "not_found", "not_found", "not_found", "not_found" }, kinds)
      client:close()
    end)

    it("two clients don't mind each other", function()
      local one, other, got = world.client(), world.client(), {}
      for i = 1, 10 do
        world.spawn(function()
          local client, peer = i % 2 == 0 and one or other, i % 2 == 0 and other or one
          spreetail.assert(client:create_order(sandbox.order("R-" .. i)))
          got[i] = spreetail.assert(peer:get_order("R-" .. i)).ReferenceNumber
        end)
      end
      world.run()
      assert.equal(10, #got)
      one:close()
      other:close()
    end)

    for _, closer in ipairs { "a coroutine", "the main program" } do
      it("who waits gets kind closed when the client is closed by " .. closer, function()
        sandbox.fault { path = "/o", delay = 20 }
        local client, kinds, began = world.client(), {}, core.now()
        for i = 1, 5 do
          world.spawn(function()
            table.insert(kinds, select(2, client:get_order("NONE-" .. i)).kind)
          end)
        end
        world.spawn(function()
          table.insert(kinds, tostring(client.async:get_order "NONE":wait(10)))
        end)
        if closer == "a coroutine" then
          world.spawn(function()
            world.sleep(0.1)
            client:close()
          end)
        else
          client:close()
        end
        world.run()
        table.sort(kinds)
        assert.same({ "closed", "closed", "closed", "closed", "closed", "true" }, kinds)
        assert.is_true(core.now() - began < 5)
        world.spawn(function()
          assert(select(2, client:get_order "R-1").kind == "closed")
        end)
        world.run()
      end)
    end

    it("a client is collected with the coroutines that have used it", function()
      collect()
      local before = process.descriptors()
      do
        local client = world.client()
        world.clients = world.clients and {}
        local turn = world.turn
        world.spawn(function() client:get_order "NONE" end)
        if turn then
          table.insert(world.clients, client)
        end
        world.run()
        world.clients = world.clients and {}
      end
      collect()
      assert.is_true(process.descriptors() <= before, process.descriptors() .. " > " .. before)
    end)

    if coroutine.close and name ~= "cqueues" then -- elsewhere there is no way to kill one
      it("a coroutine that is killed while it waits harms nobody", function()
        sandbox.fault { path = "/o", delay = 0.1 }
        local client, victim, kind = world.client(), nil, nil
        world.spawn(function()
          victim = coroutine.running()
          client:create_order(sandbox.order "R-1")
          error "not to be reached"
        end)
        world.spawn(function()
          world.sleep(0.05)
          coroutine.close(victim)
          kind = select(2, client:get_order "NONE").kind
          victim = nil
        end)
        world.run()
        assert.equal("not_found", kind)
        assert.equal(1, sandbox.stats().orders)
        client:close()
      end)
    end

    if name == "cqueues" or name == "luv" or name == "copas" then
      it("a client is moved on when there is something to do, and not otherwise", function()
        sandbox.fault { path = "/order", delay = 0.2 }
        local client, polls = world.client { max_connections = 40 }, 0
        local poll = client.poll
        function client.poll(...)
          polls = polls + 1
          return poll(...)
        end
        for i = 1, 40 do
          world.spawn(function() client:get_order("NONE-" .. i) end)
        end
        world.run()
        assert.is_true(polls < 300, polls .. " polls")
        client:close()
      end)
    end
  end)
end
