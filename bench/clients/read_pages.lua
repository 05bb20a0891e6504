-- spreetail: a page of 200 SKUs each time.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local spreetail = require "spreetail"
local now = require "spreetail.core".now
local run = require "run"

local client = spreetail.assert(spreetail.client { base_url = run.url, ca_file = run.ca_file })
spreetail.assert(client:login())

run.measure(now, function(first, last)
  for _ = first, last do
    local page = spreetail.assert(client:inventory { page_size = 200 })
    assert(#page.locations[1].sku == 200)
  end
  return last - first + 1
end)
client:close()
