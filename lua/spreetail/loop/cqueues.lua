--- The loop of cqueues.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"

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
  return setmetatable({ condition = condition.new(), woken = false }, Waiter)
end

-- The coroutine that moves a client on while calls are pending.
local function run(client, driver)
  local descriptor = { events = "r" }
  while client.driver == driver and (client:poll() > 0 or client:next_timeout() == 0) do
    descriptor.pollfd = client:pollfd()
    driver.descriptor = descriptor.pollfd
    if descriptor.pollfd then
      cqueues.poll(descriptor, driver.news, client:next_timeout() or math.huge)
    end
  end
  if client.driver == driver then
    M.release(client)
  end
end

function M.drive(client)
  local controller = cqueues.running()
  local driver = client.driver
  if driver and (driver.controller == controller or not controller) then
    driver.news:signal()
  elseif controller then
    -- Also when another controller has the driver: it may never run again.
    driver = { controller = controller, news = condition.new() }
    client.driver = driver
    controller:wrap(run, client, driver)
  end
end

--- Before the client is closed: cqueues must forget its descriptor first.
function M.release(client)
  local driver = client.driver
  client.driver = nil
  if driver then
    if driver.descriptor then
      cqueues.cancel(driver.descriptor)
    end
    driver.news:signal()
  end
end

return M
