-- An honest server's orders: what it has taken, and what it answers.

local cjson = require "cjson"

local Ledger = {}
Ledger.__index = Ledger

local REFUSED = "NOBODY-HAS-THIS" -- the SKU of orders that are refused

local function said(status, answer)
  return status, cjson.encode(answer)
end

local function failure(status, words)
  return said(status, { success = false, error = words })
end

local function take(self, body)
  local order = cjson.decode(body)
  local reference = order.ReferenceNumber
  if self.orders[reference] then
    return failure(409, ("Order with ReferenceNumber '%s' already exists"):format(reference))
  elseif order.OrderItems[1].SKU == REFUSED then
    return failure(400, "no such SKU")
  end
  self.orders[reference] = order
  return said(200, { success = true, data = order })
end

local function show(self, reference)
  local order = self.orders[reference]
  if not order then
    return failure(404, "Order not found")
  end
  return said(200, { success = true, data = order })
end

--- Does what the request asks for; returns the status and the body of the answer.
function Ledger:serve(method, path, body)
  if path == "/auth/login" then
    return said(200, { success = true, data = { access_token = "a-token", expires_in = 86400 } })
  elseif method == "POST" and path == "/outbound" then
    return take(self, body)
  end
  return show(self, path:match "^/order/(.+)$")
end

return {
  refused_sku = REFUSED,
  new = function()
    return setmetatable({ orders = {} }, Ledger)
  end,
}
