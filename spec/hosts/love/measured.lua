-- Orders at a steady rate while frames are drawn; prints what each frame had to spend on the client.
--
--     love spec/hosts/love measured TREE SECONDS

local frame = require "frame"

local EACH = 3 -- frames: 20 orders a second

-- Everything that we do in one frame.
local function work(client, order, counts)
  if order then
    client.async:create_order(order):on_done(function(stored, err)
      counts.ended = counts.ended + 1
      if not stored then
        print("failed " .. tostring(err))
      end
    end)
  end
  client:poll()
end

return function(tree, seconds)
  package.path = tree .. "/spec/proof/?.lua;" .. package.path
  local new_order = dofile(tree .. "/spec/hosts/order.lua")
  local spreetail = require "spreetail"
  local stopwatch = require "stopwatch"

  local began = love.timer.getTime()
  local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })
  print(("made %.9f"):format(love.timer.getTime() - began))
  local counts = { started = 0, ended = 0 }
  local last = seconds * frame.rate
  frame.each(function(n)
    local order
    if n <= last and n % EACH == 0 then
      counts.started = counts.started + 1
      order = new_order("FRAME-" .. counts.started)
    end
    print(("frame %.9f"):format(stopwatch(work, client, order, counts)))
    if n >= last and counts.ended == counts.started then
      client:close()
      return false
    end
  end)
end
