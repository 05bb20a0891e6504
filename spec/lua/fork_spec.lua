-- A process that forks while calls are under way. Where Lua can fork, that is.

local has_posix, unistd = pcall(require, "posix.unistd")
if not has_posix then
  return
end

local wait = require "posix.sys.wait".wait
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- Runs `fn` in a child, which ends without anything of this process's: no finalisers, no busted.
-- Returns what the child's function returned, or its error.
local function in_child(fn)
  local name = os.tmpname()
  local child = unistd.fork()
  if child == 0 then
    local _, text = pcall(fn)
    local file = io.open(name, "w")
    file:write(tostring(text))
    file:close()
    unistd._exit(0)
  end
  wait(child)
  local file = assert(io.open(name))
  local text = file:read "*a"
  file:close()
  os.remove(name)
  return text
end

for _, make in ipairs { "client", "tls_client" } do
  describe("after a fork, sandbox." .. make, function()
    local client

    before_each(function()
      sandbox.reset()
      client = sandbox[make]()
    end)

    after_each(function()
      client:close()
    end)

    it("settles calls as closed in the child, and completes them in the parent", function()
      sandbox.fault { path = "/o", delay = 0.3 }
      local order, look = client.async:create_order(sandbox.order "R-1"), client.async:get_order "NONE"
      sandbox.await(client, "POST /outbound")
      assert.equal("true closed unknown closed", in_child(function()
        local _, first = order:result()
        local _, second = look:result()
        return ("%s %s %s %s"):format(tostring(order:done()), first.kind, first.outcome, second.kind)
      end))
      assert.equal("R-1", spreetail.assert(order:result()).ReferenceNumber)
      assert.equal("not_found", select(2, look:result()).kind)
      local stats = sandbox.stats()
      assert.same({ 1, 1 }, { stats.requests["POST /outbound"], stats.requests["GET /order"] })
    end)

    it("makes calls in the child on connections of the child's own", function()
      client:create_order(sandbox.order "R-1")
      local fd = client:pollfd()
      assert.equal("R-1", in_child(function()
        assert(client:pollfd() ~= nil)
        return client:get_order "R-1".ReferenceNumber
      end))
      local connections = client:stats().connections
      assert.equal("R-1", client:get_order "R-1".ReferenceNumber)
      assert.equal(connections, client:stats().connections) -- the parent's is as good as before
      assert.equal(fd, client:pollfd())
    end)

    it("leaves the parent's connections alone when the child closes or collects it", function()
      client:create_order(sandbox.order "R-1")
      assert.equal("closed", in_child(function()
        client:close()
        return select(2, client:get_order "R-1").kind
      end))
      assert.equal("collected", in_child(function()
        client = nil -- luacheck: ignore 311
        collectgarbage()
        collectgarbage()
        return "collected"
      end))
      local connections = client:stats().connections
      assert.equal("R-1", client:get_order "R-1".ReferenceNumber)
      assert.equal(connections, client:stats().connections)
    end)

    it("keeps no connection of the parent's open in the child", function()
      client:get_order "NONE"
      local open = process.connections()
      assert.is_true(open > 0)
      assert.equal(tostring(open - 1), in_child(function()
        client:close()
        return process.connections()
      end))
    end)

    it("calls on_done in the child for what the parent has under way, and in the parent, too", function()
      sandbox.fault { path = "/order", delay = 0.3 }
      local kinds = {}
      client.async:get_order "NONE":on_done(function(_, err) table.insert(kinds, err.kind) end)
      sandbox.await(client, "GET /order")
      assert.equal("closed", in_child(function()
        client:poll()
        return table.concat(kinds, " ")
      end))
      while client:poll(1) > 0 do end
      assert.same({ "not_found" }, kinds)
    end)
  end)
end
