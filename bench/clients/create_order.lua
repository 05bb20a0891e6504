-- spreetail, one order after the other.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local spreetail = require "spreetail"
local now = require "spreetail.core".now
local run = require "run"

local client = spreetail.assert(spreetail.client { base_url = run.url, ca_file = run.ca_file })
spreetail.assert(client:login())

run.measure(now, function(first, last)
  for number = first, last do
    spreetail.assert(client:create_order(run.order(number)))
  end
  return last - first + 1
end)
client:close()
