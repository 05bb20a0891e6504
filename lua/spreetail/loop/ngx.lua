--- The loop of nginx's Lua module and OpenResty.
--
-- One light thread a worker and client, in a timer's context so that no request takes it down, moves
-- the client on while calls are pending. It looks every millisecond: nginx offers no way to wait for a
-- foreign descriptor.

local semaphore = require "ngx.semaphore"

local M = {}

local PERIOD = 0.001 -- seconds
local A_DAY = 24 * 60 * 60

-- The phases in which a light thread can be suspended.
local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true, preread = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true,
}

local Waiter = {}
Waiter.__index = Waiter

function Waiter:wait(seconds)
  self.semaphore:wait(math.min(seconds, A_DAY))
end

function Waiter:wake()
  self.semaphore:post(1)
end

function M.waiter()
  local phase = ngx.get_phase()
  if not YIELDING[phase] then
    return nil, ("in the phase %s nothing can be waited for; client.async works there"):format(phase)
  end
  return setmetatable({ semaphore = assert(semaphore.new(0)) }, Waiter)
end

local function run(_, client)
  local ok, err = pcall(function()
    while client:poll() > 0 or client:next_timeout() == 0 do
      ngx.sleep(PERIOD)
    end
  end)
  client.driver = nil
  if not ok then
    ngx.log(ngx.ERR, "spreetail: ", err)
  end
end

function M.drive(client)
  if client.driver or ngx.get_phase() == "init" then
    return
  end
  client.driver = true
  local ok, err = ngx.timer.at(0, run, client)
  if not ok then
    client.driver = nil
    ngx.log(ngx.ERR, "spreetail: no timer to move the client on: ", err)
  end
end

return M
