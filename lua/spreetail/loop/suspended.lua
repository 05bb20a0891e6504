--- Waiting by plain coroutines: who waits is suspended, and `client:poll()` resumes it. What the loops
-- "coroutine" and "luv" have in common.

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
    self.woken = true
    table.insert(self.client.woken, self)
    self.hurry(self.client)
  end
end

--- Makes a waiter for the running coroutine. `hurry(client)` has the client polled soon;
-- `alarm(waiter, seconds)` has the waiter woken after so long, and returns a function that takes that
-- back.
function M.waiter(client, hurry, alarm)
  local running, is_main = coroutine.running()
  if not running or is_main then
    return nil, "only a coroutine can be suspended, and this is the main program"
  end
  client.woken = client.woken or {} -- waiters to be resumed
  return setmetatable({
    client = client,
    coroutine = running,
    hurry = hurry,
    alarm = alarm,
    waiting = false, -- suspended here, and not by something else in the same coroutine
    woken = false,
  }, Waiter)
end

--- Resumes those that were woken. An error in one of them is raised when all have had their turn.
function M.resume(client)
  local woken = client.woken
  if not woken or client.resuming then
    return
  end
  client.resuming = true
  local failed, i = nil, 1
  while woken[i] do -- more may come meanwhile
    local waiter = woken[i]
    if waiter.waiting then
      local ok, err = coroutine.resume(waiter.coroutine)
      failed = failed or not ok and { waiter.coroutine, err }
    end
    i = i + 1
  end
  client.woken = {}
  client.resuming = false
  if failed then
    local err = failed[2]
    error(type(err) == "string" and debug.traceback(failed[1], err) or err, 0)
  end
end

return M
