-- spreetail on cqueues: so many coroutines, each of which sends one order after the other.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cqueues = require "cqueues"
local spreetail = require "spreetail"
local run = require "run"

local client = spreetail.assert(spreetail.client {
  base_url = run.url, ca_file = run.ca_file, max_connections = run.in_flight, loop = "cqueues",
})
local controller = cqueues.new()

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
    controller:wrap(worker)
  end
  assert(controller:loop())
  return accepted
end

controller:wrap(function() spreetail.assert(client:login()) end)
assert(controller:loop())
run.measure(cqueues.monotime, send_orders)
client:close()
