--- The client for the Spreetail Channel Integration API.
--
--     local spreetail = require "spreetail"
--     local client = spreetail.assert(spreetail.client())
--     local stored = spreetail.assert(client:create_order(order))

local client = require "spreetail.client"
local core = require "spreetail.core"
local errors = require "spreetail.error"
local inbound = require "spreetail.inbound"
local json = require "spreetail.json"
local order = require "spreetail.order"

return {
  _VERSION = core.version,
  client = client.new,
  order = order.new,
  inbound = inbound.new,
  assert = errors.assert,
  array = json.array,
  null = json.null,
}
