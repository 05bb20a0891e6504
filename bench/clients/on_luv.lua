-- spreetail on luv: so many coroutines, each of which sends one order after the other.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local spreetail = require "spreetail"
local now = require "spreetail.core".now
local uv = require "luv"
local run = require "run"

local client = spreetail.assert(spreetail.client {
  base_url = run.url, ca_file = run.ca_file, max_connections = run.in_flight, loop = "luv",
})

local function send_orders(first, last)
  local number, accepted = first, 0
  local function worker()
    while number <= last do
      number = number + 1
      local stored = client:create_order(run.order(number - 1))
      accepted = accepted + (stored and 1 or 0)
    end
  end
  for _ = 1, run.in_flight do
    coroutine.wrap(worker)()
  end
  uv.run()
  return accepted
end

coroutine.wrap(function() spreetail.assert(client:login()) end)()
uv.run()
run.measure(now, send_orders)
client:close()
