-- The script of mod_magnet. lighttpd has no loop for Lua and one thread for all requests: a call blocks
-- the whole server until it is done. That does for a tool of the warehouse, not for a shop.

local function answer(status, text)
  lighty.content = { text }
  return status
end

if lighty.env["uri.path"] == "/quick" then
  return answer(200, "quick")
end

local client = require "lighttpd.client"
local reference = lighty.env["uri.query"]:match "ref=(.*)"
if lighty.env["uri.path"] == "/look" then
  local stored, err = client:get_order(reference)
  return answer(stored and 200 or 502, stored and stored.ReferenceNumber or err.kind)
end
local stored, err = client:create_order(require "order" (reference))
return answer(stored and 200 or 502, stored and stored.ReferenceNumber or tostring(err))
