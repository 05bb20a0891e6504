-- What is particular to the loop of programs that drive themselves.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"

describe("a client of a program that drives itself", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client { loop = "coroutine" }
  end)

  after_each(function()
    client:close()
  end)

  local function start(fn)
    local co = coroutine.create(fn)
    assert(coroutine.resume(co))
    return co
  end

  local function is_dead(co)
    return coroutine.status(co) == "dead"
  end

  it("needs nothing but poll, once a frame", function()
    local kind, frames = nil, 0
    local co = start(function() kind = select(2, client:get_order "NONE").kind end)
    while not is_dead(co) do
      client:poll()
      frames = frames + 1
    end
    assert.equal("not_found", kind)
    assert.is_true(frames > 1)
  end)

  it("doesn't mind coroutines that are resumed each frame by the program", function()
    local kinds = {}
    local coroutines = {}
    for i = 1, 5 do
      coroutines[i] = start(function() kinds[i] = select(2, client:get_order "NONE").kind end)
    end
    local alive = true
    while alive do
      client:poll(0.001)
      alive = false
      for _, co in ipairs(coroutines) do
        if not is_dead(co) then
          assert(coroutine.resume(co))
          alive = alive or not is_dead(co)
        end
      end
    end
    assert.same({ "not_found", "not_found", "not_found", "not_found", "not_found" }, kinds)
  end)

  it("resumes nobody that waits for something else", function()
    local future, got = nil, nil
    local co = start(function()
      future = client.async:get_order "NONE"
      future:wait(0.01)
      got = coroutine.yield "for the program"
    end)
    local deadline = core.now() + 10
    while not (future:done() and client:poll() == 0) and core.now() < deadline do
      client:poll()
    end
    for _ = 1, 10 do
      client:poll()
    end
    assert.is_nil(got)
    assert(coroutine.resume(co, "from the program"))
    assert.equal("from the program", got)
  end)

  it("names the time when a wait ends, and ends it then", function()
    sandbox.fault { path = "/order", delay = 5 }
    local ended = {}
    for i, seconds in ipairs { 0.3, 0.1, 0.2, 0.05 } do
      start(function()
        client.async:get_order "NONE":wait(seconds)
        table.insert(ended, i)
      end)
    end
    client:poll()
    local began = core.now()
    while #ended < 4 and core.now() - began < 5 do
      assert.is_true(client:next_timeout() <= 0.3)
      client:poll(0.001)
    end
    assert.same({ 4, 2, 3, 1 }, ended)
  end)

  it("raises an error of a coroutine from poll, with its traceback, once", function()
    local co = start(function()
      client:get_order "NONE"
      error "mine"
    end)
    local message
    while not message do
      local ok, err = pcall(client.poll, client, 0.01)
      message = not ok and err or nil
    end
    assert.is_true(is_dead(co))
    assert.is_truthy(message:find "mine")
    assert.is_truthy(message:find("loop_coroutine_spec.lua", 1, true))
    assert.equal(0, client:poll())
  end)

  it("raises an error that is no string as it is", function()
    local mine, got = {}, nil
    start(function()
      client:get_order "NONE"
      error(mine)
    end)
    while not got do
      local ok, err = pcall(client.poll, client, 0.01)
      got = not ok and err or nil
    end
    assert.equal(mine, got)
  end)

  it("may be polled by a coroutine that it resumes", function()
    local done = 0
    for i = 1, 3 do
      start(function()
        client:get_order("NONE-" .. i)
        client:poll()
        client:get_order("NONE-" .. i)
        done = done + 1
      end)
    end
    local deadline = core.now() + 10
    while done < 3 and core.now() < deadline do
      client:poll(0.01)
    end
    assert.equal(3, done)
  end)

  it("resumes all others after an interrupt amid poll", function()
    local poller, interrupts = nil, 0
    local coroutines = {}
    for i = 1, 3 do
      coroutines[i] = start(function()
        client:get_order "NONE"
        debug.sethook(poller, function() -- at its next instruction, as Ctrl-C does
          debug.sethook(poller)
          interrupts = interrupts + 1
          error "interrupted!"
        end, "", 1)
      end)
    end
    local deadline = core.now() + 10
    repeat
      poller = coroutine.create(function() client:poll(0.01) end)
      coroutine.resume(poller)
      local alive = false
      for _, co in ipairs(coroutines) do
        alive = alive or not is_dead(co)
      end
    until not alive or core.now() > deadline
    assert.is_true(interrupts > 0)
    for _, co in ipairs(coroutines) do
      assert.is_true(is_dead(co))
    end
  end)

  it("is collected though coroutines wait for ever", function()
    local weak = setmetatable({}, { __mode = "k" })
    do
      local own = sandbox.client { loop = "coroutine" }
      weak[own] = true
      start(function() own:get_order "NONE" end)
      own:poll()
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(weak))
  end)
end)
