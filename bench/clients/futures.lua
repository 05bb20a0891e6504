-- spreetail, many orders at one time by client.async: whenever one is done, another is started.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local spreetail = require "spreetail"
local now = require "spreetail.core".now
local run = require "run"

local client = spreetail.assert(spreetail.client {
  base_url = run.url, ca_file = run.ca_file, max_connections = run.in_flight,
})
spreetail.assert(client:login())

run.measure(now, function(first, last)
  local number, accepted = first, 0
  local start_next
  local function finished(stored)
    accepted = accepted + (stored and 1 or 0)
    start_next()
  end
  function start_next()
    if number <= last then
      number = number + 1
      client.async:create_order(run.order(number - 1)):on_done(finished)
    end
  end
  for _ = 1, run.in_flight do
    start_next()
  end
  while client:poll(1) > 0 do end
  return accepted
end)
client:close()
