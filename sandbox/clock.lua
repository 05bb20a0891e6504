--- Time that only goes forward, to the microsecond: nginx's own is a millisecond's, and older than that
-- while a worker is busy.

local ffi = require "ffi"

ffi.cdef [[
  struct sandbox_time { long seconds, nanoseconds; };
  int clock_gettime(int clock, struct sandbox_time *time);
]]

local CLOCK_MONOTONIC = 1

local clock = {}

local time = ffi.new "struct sandbox_time"

--- Seconds since some moment.
function clock.now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) * 1e-9
end

return clock
