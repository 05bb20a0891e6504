--- The loop of nginx's Lua module and OpenResty.
--
-- One light thread a worker and client, in a timer's context so that no request takes it down, moves
-- the client on while calls are pending. It looks every millisecond: nginx offers no way to wait for a
-- foreign descriptor.

if not ngx then
  error("it works only inside nginx (OpenResty, or nginx with its Lua module)", 0)
end

local semaphore = require "ngx.semaphore"
local yieldable = require "spreetail.loop.yieldable"

local M = {}

local PERIOD = 0.001 -- seconds
local SILENCE = 1 -- seconds without a turn of the driver, after which another takes its place
local RECHECK = 5 -- seconds after which who waits looks for a driver again: calls are seldom that long

-- The phases in which a light thread can be suspended.
local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true, preread = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true,
}

-- Those in which no call can even be begun, and why.
local DEAD = {
  init = "in the phase init there is only nginx's master, and nothing that it starts goes on in the workers. "
    .. "Call in a timer of init_worker_by_lua (ngx.timer.at(0, ...))",
  exit_worker = "in the phase exit_worker nothing is sent any more. Call before, while there are requests",
}

local Waiter = {}
Waiter.__index = Waiter

function Waiter:wait(seconds)
  local ok, err = self.semaphore:wait(math.min(seconds, RECHECK))
  if not ok and err ~= "timeout" then
    error("spreetail can't wait here: " .. err, 0)
  end
  M.drive(self.client)
end

function Waiter:wake()
  self.semaphore:post(1)
end

function M.waiter(client)
  local phase = ngx.get_phase()
  if DEAD[phase] then
    return nil, DEAD[phase]
  elseif not YIELDING[phase] then
    return nil, ("in the phase %s nothing can be waited for. Use client.async, which works there, or call "
      .. "in a timer (ngx.timer.at(0, ...))"):format(phase)
  end
  local can = yieldable()
  if can == nil then
    can = pcall(ngx.sleep, 0)
  end
  if not can then
    return nil, "a function of C has called us, such as table.sort, string.gsub or require. Call outside it"
  end
  return setmetatable({ client = client, semaphore = assert(semaphore.new(0)) }, Waiter)
end

local function run(_, client, driver)
  while client.driver == driver do
    driver.expected = ngx.now() + SILENCE
    local ok, pending = pcall(client.poll, client) -- or the error
    if not ok then
      ngx.log(ngx.ERR, "spreetail: ", pending)
    end
    if ok and not client:busy() then
      client.driver = nil
    else
      ngx.sleep(PERIOD)
    end
  end
end

function M.drive(client)
  local driver, dead = client.driver, DEAD[ngx.get_phase()]
  if dead then
    return ngx.log(ngx.ERR, "spreetail: a call that was started is never made: ", dead)
  elseif driver and ngx.now() < driver.expected then
    return
  end
  -- A driver may be lost: with more timers running than lua_max_running_timers one that was accepted is
  -- dropped, and ngx.exit in a function of the program ends it. One that was only held up sees that
  -- another has taken its place.
  driver = { expected = ngx.now() + SILENCE }
  client.driver = driver
  local ok, err = ngx.timer.at(0, run, client, driver)
  if not ok then
    client.driver = nil
    ngx.log(ngx.ERR, "spreetail: no timer to move the client on: ", err)
  end
end

--- What tells the coroutines of one request, or timer, from those of another: nginx uses them again.
function M.context()
  return ngx.get_phase() ~= "init" and ngx.ctx
end

--- Before the client is closed.
function M.release(client)
  client.driver = nil
end

return M
