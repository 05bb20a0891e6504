--- Waiting by plain coroutines: who waits is suspended, and `client:poll()` resumes it. What the loops
-- "coroutine" and "luv" have in common, and a little that all loops of coroutines have.

local yieldable = require "spreetail.loop.yieldable"

local M = {}

local Waiter = {}
Waiter.__index = Waiter

function Waiter:wait(seconds)
  if not self.woken then
    local stop = self.alarm(self, seconds)
    self.waiting = true
    coroutine.yield()
    self.waiting = false
    stop()
  end
  self.woken = false
end

function Waiter:wake()
  if not self.woken then
    table.insert(self.client.woken, self)
    self.woken = true
    self.hurry(self.client)
  end
end

-- Is suspended for a moment. Where that can't be, Lua 5.1 raises its own error from here, and nothing
-- but the name of this function tells `resume` that this waiter does not wait.
function Waiter:try()
  self.tries, self.waiting = true, true
  self:wake()
  local ok = true
  if _VERSION == "Lua 5.1" then
    coroutine.yield()
  else
    ok = pcall(coroutine.yield)
  end
  self.tries, self.waiting, self.woken = false, false, false
  return ok
end

-- Whether the coroutine is where its waiter has left it. It may have been killed, or be waiting for
-- something else.
local function is_waiting(waiter)
  if not waiter.waiting or coroutine.status(waiter.coroutine) ~= "suspended" then
    return false
  elseif waiter.tries and _VERSION == "Lua 5.1" and debug then
    local suspended = debug.getinfo(waiter.coroutine, 1, "f")
    return suspended ~= nil and suspended.func == Waiter.try
  end
  return true
end

--- Makes a waiter for the running coroutine. `hurry(client)` has the client polled soon;
-- `alarm(waiter, seconds)` has the waiter woken after so long, and returns a function that takes that
-- back.
function M.waiter(client, hurry, alarm)
  local running, is_main = coroutine.running()
  if not running or is_main then
    return nil, "only a coroutine can be suspended, and this is the main program: call it in one, or make "
      .. "the client without a loop"
  end
  client.woken = client.woken or {} -- waiters to be resumed
  local waiter = setmetatable({
    client = client,
    coroutine = running,
    hurry = hurry,
    alarm = alarm,
    waiting = false, -- suspended here, and not by something else in the same coroutine
    tries = false, -- only tries whether it can be
    woken = false,
  }, Waiter)
  local can = yieldable()
  if can == nil then
    can = waiter:try()
  end
  if not can then
    return nil, M.BETWEEN
  end
  return waiter
end

--- For other loops: tries whether the running coroutine can be suspended, by `nap(...)`, which does so for
-- a moment. Where that can't be, Lua 5.1 raises its own error.
function M.try(nap, ...)
  if _VERSION == "Lua 5.1" then
    nap(...)
    return true
  end
  return (pcall(nap, ...))
end

M.BETWEEN = "this coroutine can't be suspended here, since a function of C has called us (table.sort, "
  .. "string.gsub, require; on Lua 5.1 also pcall, a metamethod and the iterator of a 'for')"

-- Returns the first coroutine that has failed, and its error.
local function resume_all(client)
  local woken, failed, i = client.woken, nil, 1
  while woken[i] do -- more may come meanwhile
    local waiter = woken[i]
    if is_waiting(waiter) then
      local ok, err = coroutine.resume(waiter.coroutine)
      failed = failed or not ok and { waiter.coroutine, err }
    end
    i = i + 1
  end
  client.woken = {}
  if failed then
    return failed[1], failed[2]
  end
end

--- Resumes those that were woken. An error in one of them is raised when all have had their turn.
function M.resume(client)
  if client.resuming or not client.woken or not client.woken[1] then
    return
  end
  client.resuming = true
  local ok, failed, err = pcall(resume_all, client) -- an interrupt may strike: others are resumed later
  client.resuming = false
  if not ok then
    error(failed, 0)
  elseif failed then
    error(type(err) == "string" and debug and debug.traceback(failed, err) or err, 0)
  end
end

return M
