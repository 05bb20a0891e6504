-- Waits until an order is dispatched, and prints how it can be tracked.
--
--     lua watch_order.lua REFERENCE [SECONDS]
--
-- Gives up after so many seconds (3600). Exit status: 0 dispatched, 1 it never will be, 2 not yet.
-- Credentials: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET in the environment.
local spreetail = require "spreetail"

local reference = assert(arg[1], "usage: watch_order.lua REFERENCE [SECONDS]")
local deadline = os.time() + (tonumber(arg[2]) or 3600)

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

-- Lua itself can't sleep. Ctrl-C ends the `sleep`, and with it the script.
local function sleep(seconds)
  local slept = os.execute("sleep " .. seconds)
  if slept ~= true and slept ~= 0 then
    os.exit(130)
  end
end

io.stdout:setvbuf "line" -- what is printed can be followed, though it goes to a file
local pause, seen = 1, nil
repeat
  local order, response = client:get_order(reference) -- or nil and an error
  if order then
    if order.Status ~= seen then
      print(os.date "%H:%M:%S", order.Status)
      seen = order.Status
    end
    if order.TrackingNumber then
      print("dispatched", order.Carrier or "", order.TrackingNumber, order.TrackingURL or "")
      os.exit(0)
    elseif response.cancelled then
      os.exit(1)
    end
  elseif not response.retryable then -- an order that isn't there won't come by waiting
    io.stderr:write(tostring(response), "\n")
    os.exit(1)
  end
  sleep(pause)
  -- Orders take hours: there is no use in asking all the time.
  pause = math.min(pause * 2, 60, deadline - os.time())
until os.time() >= deadline

io.stderr:write(reference, " is not dispatched yet\n")
os.exit(2)
