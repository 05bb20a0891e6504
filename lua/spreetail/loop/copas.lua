--- The loop of copas: 1.1.7, and 3.0 and later.

local Alarms = require "spreetail.loop.alarms"
local copas = require "copas"
local core = require "spreetail.core"
local socket = require "socket"
local suspended = require "spreetail.loop.suspended"
local yieldable = require "spreetail.loop.yieldable"

local M = {}

local function nothing() end

--
-- Time. 1.1.7 has no timers; but each turn of copas.loop, in every version, is a call of copas.step, which
-- waits no longer than it is told. So that is told, and what is due is woken before.
--

local alarms = Alarms.new()
local step = copas.step

function copas.step(seconds)
  local now = core.now()
  alarms:ring(now)
  local due = alarms:next_due()
  if due then
    seconds = math.min(seconds or math.huge, math.max(due - now, 0))
  end
  return step(seconds)
end

--
-- Suspending a thread: `sleep(waiter)` returns after `resume(waiter.thread)`, `nap()` at once.
--

local sleep, nap, resume

if copas.wakeup then -- since 3.0
  local running = (package.loaded.coxpcall or coroutine).running -- the thread, also inside coxpcall.pcall
  local pause = copas.pause or copas.sleep -- 4.0 has both, and doesn't like the latter
  local pause_for_good = copas.pauseforever or function()
    copas.sleep(-1)
  end
  function sleep(waiter)
    waiter.thread = running()
    pause_for_good()
  end
  function nap()
    pause(0)
  end
  resume = copas.wakeup
else
  -- A thread that yields a value and a set is put into the set, and from there it is resumed. This set
  -- hands it to `keep`.
  local function yield(keep)
    coroutine.yield(true, {
      insert = nothing,
      push = function(_, _, thread)
        keep(thread)
      end,
    })
  end
  function sleep(waiter)
    yield(function(thread)
      waiter.thread = thread
    end)
  end
  function nap()
    yield(copas.addthread)
  end
  resume = copas.addthread
end

--
-- A driver: to copas it is a socket that a thread of its own reads from. Reading moves the client on,
-- and "times out" as long as there is more to come.
--

local Driver = {}
Driver.__index = Driver

-- What is watched for a client that has no descriptor, or none any more: copas asks no questions about
-- what has none. Nothing comes in here.
local silent = assert((socket.udp4 or socket.udp)())

-- copas may keep a driver in mind for longer: the client is to be collected nevertheless.
local function stop(driver)
  if driver.client then
    driver.client.driver, driver.client = nil, nil
  end
  if driver.alarm then
    alarms:clear(driver.alarm)
  end
end

-- When its time has come.
function Driver:wake()
  self.news = true
end

-- Moves the client on. An error is copas' to report, and doesn't end the driver.
local function turn(driver)
  local client = driver.client
  driver.news = false
  local ok, pending = pcall(client.poll, client) -- or the error
  if not ok then
    copas.addthread(function()
      error(pending, 0)
    end)
  end
  if not driver.client then
    return
  elseif ok and not client:busy() then
    return stop(driver)
  end
  if driver.alarm then
    alarms:clear(driver.alarm)
  end
  local seconds = client:next_timeout()
  driver.alarm = seconds and alarms:set(core.now() + seconds, driver)
end

-- By the names that copas, and socket.select, have for them.

function Driver:getfd()
  return self.client and self.client:pollfd() or silent:getfd()
end

function Driver:dirty()
  return self.news or not self.client
end

function Driver:receive()
  if not self.waiting then
    self.waiting = true -- copas reads before it waits: our caller's client is not moved on by that
  elseif self.client then
    turn(self)
  end
  return nil, self.client and "timeout" or "closed"
end

Driver.close = stop

function M.drive(client)
  local driver = client.driver
  if not driver then
    driver = setmetatable({ client = client, waiting = false }, Driver)
    client.driver = driver
    copas.addthread(function()
      copas.receive(driver)
    end)
  end
  driver.news = true
end

--
-- Waiters.
--

local Waiter = {}
Waiter.__index = Waiter

function Waiter:wait(seconds)
  if not self.woken then
    local alarm = seconds < math.huge and alarms:set(core.now() + seconds, self)
    sleep(self)
    self.thread = nil
    if alarm then
      alarms:clear(alarm)
    end
  end
  self.woken = false
end

function Waiter:wake()
  if not self.woken then
    table.insert(self.client.woken, self) -- first, since it may run out of memory
    self.woken = true
    if self.client.driver then
      self.client.driver.news = true
    end
  end
end

function M.waiter(client)
  local running, is_main = coroutine.running()
  if not running or is_main then
    return nil, "only a thread of copas can be suspended (copas.addthread, copas.addserver)"
  end
  local can = yieldable()
  if can == nil then
    can = suspended.try(nap)
  end
  if not can then
    return nil, suspended.BETWEEN
  end
  client.woken = client.woken or {}
  return setmetatable({ client = client, woken = false }, Waiter)
end

--- Resumes those that were woken.
function M.resume(client)
  local woken = client.woken
  if not woken or not woken[1] then
    return
  end
  client.woken = {}
  for _, waiter in ipairs(woken) do
    local thread = waiter.thread
    if thread and coroutine.status(thread) == "suspended" then
      waiter.thread = nil
      resume(thread)
    end
  end
end

--- Before the client is closed, and its descriptor with it.
function M.release(client)
  client:next_timeout() -- notices a fork: what is the parent's is closed and can't be harmed then
  if client.driver then
    stop(client.driver)
  end
end

return M
