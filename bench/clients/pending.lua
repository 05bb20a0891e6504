-- spreetail with its usual limits, and so many calls pending: what is over the limits waits in the client.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local spreetail = require "spreetail"
local now = require "spreetail.core".now
local run = require "run"

local client = spreetail.assert(spreetail.client { base_url = run.url, ca_file = run.ca_file })
spreetail.assert(client:login())

run.measure(now, function(first, last)
  local futures, accepted = {}, 0
  for number = first, last + run.in_flight do
    local oldest = futures[number - run.in_flight]
    if oldest then
      accepted = accepted + (oldest:result() and 1 or 0)
      futures[number - run.in_flight] = nil
    end
    if number <= last then
      futures[number] = client.async:create_order(run.order(number))
    end
  end
  return accepted
end)
client:close()
