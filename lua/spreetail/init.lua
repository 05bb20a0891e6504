--- The client for the Spreetail Channel Integration API.
--
--     local spreetail = require "spreetail"
--     local client = spreetail.assert(spreetail.client())
--     local stored = spreetail.assert(client:create_order(order))

local client = require "spreetail.client"
local core = require "spreetail.core"
local errors = require "spreetail.error"
local json = require "spreetail.json"

return {
  _VERSION = core.version,
  client = client.new,
  assert = errors.assert,
  array = json.array,
  null = json.null,
}
