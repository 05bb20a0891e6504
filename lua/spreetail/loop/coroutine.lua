--- The loop of programs that drive themselves: a frame loop, a plugin's tick.
--
-- Code that runs in a coroutine waits by `coroutine.yield()`. The program calls `client:poll()` once
-- a frame: that resumes those whose calls are done, or whose time is over. A program that resumes its
-- coroutines itself, all of them, each frame, may do that too: who is still waiting yields again.

local Alarms = require "spreetail.loop.alarms"
local core = require "spreetail.core"
local suspended = require "spreetail.loop.suspended"

local M = {}

local function nothing() end

local function alarm(waiter, seconds)
  if seconds == math.huge then
    return nothing
  end
  local client = waiter.client
  client.alarms = client.alarms or Alarms.new()
  local set = client.alarms:set(core.now() + seconds, waiter)
  return function()
    client.alarms:clear(set)
  end
end

function M.waiter(client)
  local waiter, why = suspended.waiter(client, nothing, alarm)
  return waiter, why -- no tail call: whether we can be suspended is seen by who has called
end

M.drive = nothing

function M.resume(client)
  if client.alarms then
    client.alarms:ring(core.now())
  end
  suspended.resume(client)
end

--- Seconds until somebody is to be woken; nil: no such time.
function M.next_timeout(client)
  local due = client.alarms and client.alarms:next_due()
  return due and math.max(due - core.now(), 0)
end

return M
