-- What is particular to the loop of cqueues: controllers.

local core = require "spreetail.core"
local cqueues = require "cqueues"
local has_posix, unistd = pcall(require, "posix.unistd")
local sandbox = require "spec.lua.sandbox"

local LONGEST = 20

describe("a client in the loop of cqueues", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client { loop = "cqueues" }
  end)

  after_each(function()
    client:close()
  end)

  local function run(controller)
    assert(controller:loop(LONGEST))
    assert.is_true(controller:empty())
  end

  local function look(controller, kinds)
    controller:wrap(function()
      table.insert(kinds, select(2, client:get_order "NONE").kind)
    end)
  end

  it("may go from one controller to another", function()
    local kinds = {}
    for _ = 1, 3 do
      local controller = cqueues.new()
      look(controller, kinds)
      run(controller)
    end
    assert.same({ "not_found", "not_found", "not_found" }, kinds)
  end)

  it("may be used in another controller when one was dropped in the middle", function()
    sandbox.fault { path = "/order", delay = 0.1 }
    local kinds, dropped = {}, cqueues.new()
    look(dropped, {})
    dropped:step(0.05)
    dropped = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    local controller = cqueues.new()
    look(controller, kinds)
    run(controller)
    assert.same({ "not_found" }, kinds)
  end)

  it("may be used in another controller while one is kept that nobody runs", function()
    sandbox.fault { path = "/order", delay = 0.1 }
    local kinds, left, kept = {}, {}, cqueues.new()
    look(kept, left)
    kept:step(0.05)
    local controller = cqueues.new()
    look(controller, kinds)
    run(controller)
    assert.same({ "not_found" }, kinds)
    run(kept) -- and who waits in that one is woken when it goes on
    assert.same({ "not_found" }, left)
  end)

  it("may be used in a controller inside another", function()
    sandbox.fault { path = "/order", delay = 0.1 }
    local kinds, outer, inner = {}, cqueues.new(), cqueues.new()
    look(outer, kinds)
    outer:wrap(function()
      look(inner, kinds)
      assert(inner:loop(LONGEST))
      look(outer, kinds)
    end)
    run(outer)
    assert.same({ "not_found", "not_found", "not_found" }, kinds)
  end)

  it("serves calls from outside once a controller runs in which somebody waits", function()
    local future, kind = client.async:get_order "NONE", nil
    local controller = cqueues.new()
    controller:wrap(function() kind = select(2, future:result()).kind end)
    run(controller)
    assert.equal("not_found", kind)
  end)

  it("hands errors of the program's coroutines to the controller", function()
    local controller = cqueues.new()
    controller:wrap(function()
      client:get_order "NONE"
      error "mine"
    end)
    local ok, err = controller:loop(LONGEST)
    assert.is_truthy(not ok and tostring(err):find "mine")
    local kinds = {}
    look(controller, kinds)
    run(controller)
    assert.same({ "not_found" }, kinds)
  end)

  it("forgets its descriptor: what gets the same number is waited for as ever", function()
    for _ = 1, 5 do
      local controller, kinds = cqueues.new(), {}
      for _ = 1, 3 do
        client:close()
        client = sandbox.client { loop = "cqueues" }
        look(controller, kinds)
        run(controller)
      end
      assert.same({ "not_found", "not_found", "not_found" }, kinds)
    end
  end)

  it("wakes nobody while it waits", function()
    sandbox.fault { path = "/order", delay = 0.4 }
    local controller, steps = cqueues.new(), 0
    look(controller, {})
    local began = core.now()
    while not controller:empty() and core.now() - began < LONGEST do
      controller:step(1)
      steps = steps + 1
    end
    assert.is_true(steps < 40, steps .. " steps")
  end)

  if has_posix then
    it("can be used in a child after a fork, and goes on in the parent", function()
      sandbox.fault { path = "/order", delay = 0.3 }
      local controller, kinds, name = cqueues.new(), {}, os.tmpname()
      look(controller, kinds)
      controller:step(0.1)
      local child = unistd.fork()
      if child == 0 then
        local own, found = cqueues.new(), {}
        look(own, found)
        own:loop(LONGEST)
        client:close()
        local file = io.open(name, "w")
        file:write(tostring(found[1]))
        file:close()
        unistd._exit(0)
      end
      require "posix.sys.wait".wait(child)
      run(controller)
      local file = assert(io.open(name))
      assert.equal("not_found", file:read "*a")
      file:close()
      os.remove(name)
      assert.same({ "not_found" }, kinds)
    end)
  end
end)
