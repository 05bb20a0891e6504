-- How long a function keeps its caller, on a machine that may have other things to do.

local core = require "spreetail.core"
local uv = require "luv"

local function cpu_seconds(usage)
  return usage.utime.sec + usage.stime.sec + (usage.utime.usec + usage.stime.usec) / 1e6
end

--- Calls `fn` with the rest; returns the seconds that this took. Where the kernel took the processor
-- away meanwhile, and the function never waited by itself, that is the CPU time.
return function(fn, ...)
  local before, began = uv.getrusage(), core.now()
  fn(...)
  local took, after = core.now() - began, uv.getrusage()
  local taken_away = after.nivcsw > before.nivcsw
  local waited = after.nvcsw > before.nvcsw
  return taken_away and not waited and cpu_seconds(after) - cpu_seconds(before) or took
end
