-- The script in mpv: orders on their way while the player goes on, moved by one of its timers.

local order = require "order"
local spreetail = require "spreetail"

local MANY = 20

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "CA_FILE" })
local stored, done, frames = 0, 0, 0

local function say(...)
  io.write(table.concat({ ... }, " "), "\n")
  io.flush()
end

mp.add_periodic_timer(0.01, function()
  client:poll()
end)

-- Something else that the player does meanwhile.
mp.add_periodic_timer(0.01, function()
  frames = frames + 1
end)

local function finish()
  local _, err = client:get_order "NONE" -- a call that waits; nothing else is to be done any more
  say("error", err.kind)
  say("ticks", frames > 5 and "many" or tostring(frames))
  client:close()
  mp.command "quit"
end

for i = 1, MANY do
  client.async:create_order(order("MPV-" .. i)):on_done(function(data, second)
    done, stored = done + 1, stored + (data and 1 or 0)
    if not data then
      say(tostring(second))
    end
    if done == MANY then
      say("stored", tostring(stored))
      mp.add_timeout(0, finish) -- not in here, where others wait to be told
    end
  end)
end
