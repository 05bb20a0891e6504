-- Cancels an order that has not been processed yet.
--
--     lua cancel_order.lua REFERENCE [REFUND [NOTE]]
--
-- Credentials: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET in the environment.
local spreetail = require "spreetail"

local reference, refund, note = arg[1], tonumber(arg[2]), arg[3]
if not reference or arg[2] and not refund then
  io.stderr:write "usage: cancel_order.lua REFERENCE [REFUND [NOTE]]\n"
  os.exit(2)
end

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

local cancelled, err = client:cancel_order(reference, { refund = refund, note = note })
if not cancelled and err.outcome == "unknown" then
  -- The answer was lost, but the order can be looked at.
  local order, response = client:get_order(reference)
  cancelled = order and response.cancelled
end
if not cancelled then
  io.stderr:write(tostring(err), " (", err.outcome, ")\n")
  os.exit(1)
end
print(reference .. " is cancelled")
