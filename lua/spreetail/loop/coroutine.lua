--- The loop of programs that drive themselves: a frame loop, a plugin's tick.
--
-- Code that runs in a coroutine waits by `coroutine.yield()`. The program calls `client:poll()` once
-- a frame: that resumes those whose calls are done. A program that resumes its coroutines itself, all
-- of them, each frame, may do that too: who is still waiting yields again.

local suspended = require "spreetail.loop.suspended"

local M = {}

local function nothing() end

local function no_alarm()
  return nothing -- the program's ticks are what wakes
end

function M.waiter(client)
  return suspended.waiter(client, nothing, no_alarm)
end

M.drive = nothing
M.resume = suspended.resume

return M
