-- Announces a delivery to the warehouse.
--
--     lua announce_delivery.lua PO_REFERENCE [WAREHOUSE]
--
-- Credentials: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET in the environment.
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

local delivery = spreetail.inbound {
  po_reference = arg[1] or "PO-" .. os.time(), -- yours, and unique
  warehouse_name = arg[2] or "RHEINE01",
}
delivery:add_item { barcode = "4000000000001", quantity = 40, sku = "SKU-00001" }
delivery:add_item { barcode = "4000000000002", quantity = 25 }

local announced, err = client:create_inbound(delivery)
if not announced then
  io.stderr:write(tostring(err), " (", err.outcome, ")\n")
  if err.outcome == "unknown" then
    io.stderr:write "Deliveries can't be looked up: ask the warehouse before you announce it again.\n"
  end
  os.exit(1)
end
print(("%s is announced to %s: %d items"):format(
  delivery.PO_REFERENCE, delivery.Warehouse_Name, #delivery.items))
