-- Event loops, all used in the same way: `new()` makes one, with
--   client(options)  a client of the sandbox for it
--   spawn(fn)        runs a function in a coroutine, now or soon
--   sleep(seconds)   in such a coroutine
--   run()            goes on until nothing is left to do; raises after LONGEST seconds

local core = require "spreetail.core"
local cqueues = require "cqueues"
local has_copas, copas = pcall(require, "copas") -- Debian's is for Lua 5.1, 5.2 and LuaJIT
local socket = has_copas and require "socket"
local sandbox = require "spec.lua.sandbox"
local uv = require "luv"

local LONGEST = 30

local loops = {}

local function client_for(loop, options, more)
  options = options or {}
  options.loop = loop
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return sandbox.client(options)
end

function loops.cqueues()
  local world = { sleep = cqueues.sleep, controller = cqueues.new() }
  function world.client(options) return client_for("cqueues", options) end
  function world.spawn(fn) world.controller:wrap(fn) end
  function world.run()
    assert(world.controller:loop(LONGEST))
    assert(world.controller:empty(), "something does not end")
  end
  return world
end

function loops.luv()
  local world = {}
  function world.client(options) return client_for("luv", options) end
  function world.spawn(fn) assert(coroutine.resume(coroutine.create(fn))) end
  function world.sleep(seconds)
    local running, timer = coroutine.running(), uv.new_timer()
    timer:start(math.ceil(seconds * 1000), 0, function()
      timer:close()
      assert(coroutine.resume(running))
    end)
    coroutine.yield()
  end
  function world.run()
    local late, timer = false, uv.new_timer()
    timer:start(LONGEST * 1000, 0, function()
      late = true
      uv.stop()
    end)
    timer:unref() -- so it does not keep the loop going
    uv.run()
    timer:close()
    uv.run "nowait"
    assert(not late, "something does not end")
  end
  return world
end

-- Debian's copas has no timers, so for the threads that sleep copas.step is given a limit. There is none for
-- those that wait for a client.
if has_copas then
  function loops.copas()
    local world = { clients = setmetatable({}, { __mode = "k" }), threads = {}, sleeping = {} }
    function world.client(options)
      local client = client_for("copas", options)
      world.clients[client] = true
      return client
    end
    function world.spawn(fn)
      world.threads[copas.addthread(function()
        copas.setErrorHandler(function(err) world.failure = err end)
        fn()
      end)] = true
    end
    function world.sleep(seconds)
      local due, alarm = core.now() + seconds
      local never_readable = assert(socket.udp4())
      alarm = {
        getfd = function() return never_readable:getfd() end,
        dirty = function() return core.now() >= due end,
        receive = function() return core.now() >= due or nil, "timeout" end,
        close = function() end,
      }
      world.sleeping[alarm] = due
      copas.receive(alarm)
      world.sleeping[alarm] = nil
      never_readable:close()
    end
    local function goes_on()
      for thread in pairs(world.threads) do
        world.threads[thread] = coroutine.status(thread) ~= "dead" or nil
      end
      local busy = next(world.threads) ~= nil
      for client in pairs(world.clients) do
        busy = busy or client:busy()
      end
      return busy
    end
    local function raise_failure()
      local failure = world.failure
      world.failure = nil
      assert(not failure, failure)
    end
    function world.run()
      local deadline = core.now() + LONGEST
      while goes_on() do
        raise_failure()
        assert(core.now() < deadline, "something does not end")
        local due = deadline
        for _, at in pairs(world.sleeping) do
          due = math.min(due, at)
        end
        copas.step(math.max(due - core.now(), 0))
      end
      raise_failure()
    end
    return world
  end
end

-- What both loops below have: coroutines that sleep, and clients that are polled in each turn.
local function turning_world(turn)
  local world = { clients = {}, alive = {}, sleeping = {} }
  local function resume(co, ...)
    local ok, err = coroutine.resume(co, ...)
    world.alive[co] = coroutine.status(co) ~= "dead" or nil
    assert(ok, err)
  end
  world.resume = resume
  function world.spawn(fn) resume(coroutine.create(fn)) end
  function world.sleep(seconds)
    local running = coroutine.running()
    world.sleeping[running] = core.now() + seconds
    coroutine.yield()
  end
  function world.turn()
    local due = {}
    for co, at in pairs(world.sleeping) do
      if at <= core.now() then
        due[#due + 1] = co
      end
    end
    for _, co in ipairs(due) do
      world.sleeping[co] = nil
      resume(co)
    end
    turn(world)
    for co in pairs(world.alive) do
      world.alive[co] = coroutine.status(co) ~= "dead" or nil
    end
  end
  function world.run()
    local deadline, pending = core.now() + LONGEST, true
    while next(world.alive) or pending do
      assert(core.now() < deadline, "something does not end")
      world.turn()
      pending = false
      for _, client in ipairs(world.clients) do
        pending = pending or client:poll() > 0
      end
    end
  end
  return world
end

function loops.coroutine()
  local world = turning_world(function(world)
    for _, client in ipairs(world.clients) do
      client:poll(0.001)
    end
  end)
  function world.client(options)
    local client = client_for("coroutine", options)
    table.insert(world.clients, client)
    return client
  end
  return world
end

-- A loop as somebody may write it for a program of their own.
function loops.own()
  local world
  local loop, driven, ready, alarms = {}, {}, {}, {}
  function loop.waiter()
    local running, is_main = coroutine.running()
    if not running or is_main then
      return nil, "not in a coroutine"
    end
    local waiter = {}
    function waiter.wait(_, seconds)
      if not waiter.woken then
        waiter.waiting = running
        alarms[waiter] = core.now() + seconds
        coroutine.yield()
        alarms[waiter], waiter.waiting = nil, nil
      end
      waiter.woken = false
    end
    function waiter.wake()
      waiter.woken = true
      ready[#ready + 1] = waiter
    end
    return waiter
  end
  function loop.drive(client) driven[client] = true end
  world = turning_world(function()
    for waiter, due in pairs(alarms) do
      if due <= core.now() then
        ready[#ready + 1] = waiter
      end
    end
    local woken = ready
    ready = {}
    for _, waiter in ipairs(woken) do
      if waiter.waiting and coroutine.status(waiter.waiting) == "suspended" then
        world.resume(waiter.waiting)
      end
    end
    local pending = {}
    for client in pairs(driven) do
      pending[client] = client:poll(0.001) > 0 or client:next_timeout() == 0 or nil
    end
    for client in pairs(driven) do
      driven[client] = pending[client]
    end
  end)
  function world.client(options)
    local client = client_for(loop, options)
    table.insert(world.clients, client)
    return client
  end
  return world
end

return loops
