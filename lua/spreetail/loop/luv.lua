--- The loop of libuv: luv, and neovim's `vim.loop`.

local suspended = require "spreetail.loop.suspended"

local uv = vim and (vim.uv or vim.loop) or require "luv"

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

-- An error of the program's coroutines goes to whoever runs the event loop, when all is set for what
-- comes after.
local function run(self)
  local client = self.client
  if client.driver ~= self then
    return
  end
  local ok, pending = pcall(client.poll, client) -- or the error
  if client.driver == self then -- not closed meanwhile
    if ok and not client:busy() then
      self:stop()
    else
      self:watch()
      self:schedule()
    end
  end
  if not ok then
    error(pending, 0)
  end
end

function M.drive(client)
  local driver = client.driver
  if not driver then
    driver = setmetatable({ client = client, timer = uv.new_timer() }, Driver)
    driver.step = function()
      run(driver)
    end
    client.driver = driver
  end
  driver.timer:start(0, 0, driver.step)
end

local function nothing() end

local function alarm(waiter, seconds)
  if seconds == math.huge then
    return nothing
  end
  local timer = uv.new_timer()
  local function stop()
    if not timer:is_closing() then
      timer:close()
    end
  end
  timer:start(milliseconds(seconds), 0, function()
    stop()
    waiter:wake()
  end)
  return stop
end

function M.waiter(client)
  local waiter, why = suspended.waiter(client, M.drive, alarm)
  return waiter, why -- no tail call: whether we can be suspended is seen by who has called
end

--- Before the client is closed, and its descriptor with it.
function M.release(client)
  client:next_timeout() -- notices a fork: what is the parent's is closed and can't be harmed then
  if client.driver then
    client.driver:stop()
  end
end

M.resume = suspended.resume

return M
