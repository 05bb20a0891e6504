-- spreetail, many orders at one time by create_orders.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local spreetail = require "spreetail"
local now = require "spreetail.core".now
local run = require "run"

local client = spreetail.assert(spreetail.client {
  base_url = run.url, ca_file = run.ca_file, max_connections = run.in_flight,
})
spreetail.assert(client:login())

run.measure(now, function(first, last)
  local number = first - 1
  local function next_order()
    number = number + 1
    return number <= last and run.order(number) or nil
  end
  return client:create_orders(next_order, { concurrency = run.in_flight }).accepted
end)
client:close()
