--- The loop of libuv: luv, and neovim's `vim.loop`.

local suspended = require "spreetail.loop.suspended"

local uv = vim and vim.loop or require "luv"

local M = {}

local function milliseconds(seconds)
  return math.ceil(seconds * 1000)
end

-- A driver has a timer, and a handle on the client's descriptor once there is one. Both are closed
-- when no call is pending, so that the event loop can end and the client can be collected.
local Driver = {}
Driver.__index = Driver

function Driver:stop()
  self.client.driver = nil
  self.timer:close()
  if self.poll then
    self.poll:close()
  end
end

function Driver:watch()
  local fd = self.client:pollfd()
  if fd == self.fd then
    return
  end
  if self.poll then
    self.poll:close()
  end
  self.fd = fd
  self.poll = fd and uv.new_poll(fd)
  if self.poll then
    self.poll:start("r", self.step)
  end
end

function Driver:schedule()
  local seconds = self.client:next_timeout()
  if seconds then
    self.timer:start(milliseconds(seconds), 0, self.step)
  else
    self.timer:stop()
  end
end

local function run(self)
  if self.client.driver ~= self then
    return
  end
  local pending = self.client:poll()
  if self.client.driver ~= self then
    return -- closed meanwhile
  elseif pending == 0 and self.client:next_timeout() ~= 0 then
    self:stop()
  else
    self:watch()
    self:schedule()
  end
end

local function hurry(client)
  if client.driver then
    client.driver.timer:start(0, 0, client.driver.step)
  end
end

local function alarm(waiter, seconds)
  local timer = seconds < math.huge and uv.new_timer()
  if timer then
    timer:start(milliseconds(seconds), 0, function()
      waiter:wake()
    end)
  end
  return function()
    if timer then
      timer:close()
    end
  end
end

function M.waiter(client)
  return suspended.waiter(client, hurry, alarm)
end

function M.drive(client)
  if not client.driver then
    local driver = setmetatable({ client = client, timer = uv.new_timer() }, Driver)
    driver.step = function()
      run(driver)
    end
    client.driver = driver
  end
  hurry(client)
end

--- Before the client is closed, and its descriptor with it.
function M.release(client)
  if client.driver then
    client.driver:stop()
  end
end

M.resume = suspended.resume

return M
