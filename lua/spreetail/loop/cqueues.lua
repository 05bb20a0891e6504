--- The loop of cqueues.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"
local suspended = require "spreetail.loop.suspended"
local yieldable = require "spreetail.loop.yieldable"

local M = {}

local Waiter = {}
Waiter.__index = Waiter

function Waiter:wait(seconds)
  if not self.woken then
    self.condition:wait(seconds < math.huge and seconds or nil)
  end
  self.woken = false
end

function Waiter:wake()
  self.woken = true
  self.condition:signal()
end

function M.waiter()
  if not cqueues.running() then
    return nil, "only a coroutine of a cqueues controller can be suspended (controller:wrap(...))"
  end
  local can = yieldable()
  if can == nil then
    can = suspended.try(cqueues.poll, 0)
  end
  if not can then
    return nil, suspended.BETWEEN
  end
  return setmetatable({ condition = condition.new(), woken = false }, Waiter)
end

-- Ends a driver. cqueues keeps a descriptor in mind even when nobody waits for it: it must be told.
local function stop(driver)
  driver.stopped = true
  if driver.descriptor then
    cqueues.cancel(driver.descriptor)
  end
  driver.news:signal()
end

-- Waits until there is something to do for the driver.
local function wait(client, driver)
  local fd, seconds = client:pollfd(), client:next_timeout() or math.huge
  driver.descriptor = fd
  if fd then
    driver.readable.pollfd = fd
    cqueues.poll(driver.readable, driver.news, seconds)
  else
    cqueues.poll(driver.news, seconds)
  end
end

-- The coroutine that moves a client on while calls are pending. Its errors are the controller's to
-- report, and don't end it.
local function run(client, controller, driver)
  while not driver.stopped do
    local ok, pending = pcall(client.poll, client)
    if not ok then
      controller:wrap(error, pending, 0)
    elseif not client:busy() then
      stop(driver)
    end
    if not driver.stopped then
      wait(client, driver)
    end
  end
  if client.drivers[controller] == driver then
    client.drivers[controller] = nil
  end
end

-- Each controller in which the client is used has a driver: any of them may never run again, or
-- wait inside another. Controllers that are gone take theirs with them.
local function drivers_of(client)
  client.drivers = client.drivers or setmetatable({}, { __mode = "k" })
  return client.drivers
end

function M.drive(client)
  local controller, drivers = cqueues.running(), drivers_of(client)
  if controller and not drivers[controller] then
    local driver = { news = condition.new(), readable = { events = "r" }, stopped = false }
    drivers[controller] = driver
    controller:wrap(run, client, controller, driver)
  end
  for _, driver in pairs(drivers) do
    driver.news:signal()
  end
end

--- Before the client is closed, and its descriptor with it.
function M.release(client)
  client:next_timeout() -- notices a fork: what is the parent's is closed and can't be harmed then
  local drivers = drivers_of(client)
  for controller, driver in pairs(drivers) do
    drivers[controller] = nil
    stop(driver)
  end
end

return M
