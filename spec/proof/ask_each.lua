-- ask_each.lua PORT PATH COUNT [RATE]: requests for PATH1, PATH2, ... from a process of its own, RATE a
-- second, or all at once. Prints how often there was which status, and the seconds that it took.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local cqueues = require "cqueues"
local pace = require "pace"

local port, path, count, rate = tonumber(arg[1]), arg[2], tonumber(arg[3]), tonumber(arg[4])
local controller = cqueues.new()
controller:wrap(function()
  local began = cqueues.monotime()
  for status, times in pairs(pace.each("127.0.0.1", port, path, count, rate)) do
    print(status, times)
  end
  print("seconds", cqueues.monotime() - began)
end)
assert(controller:loop())
