-- Creates an order and shows what the server stored.
--
--     lua create_order.lua [REFERENCE]
--
-- SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET are read from the environment. SPREETAIL_CA_FILE
-- is for servers whose certificate the system doesn't know, such as the sandbox's.
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

local order = spreetail.order {
  reference_number = arg[1] or "EXAMPLE-" .. os.time(), -- yours, and unique
  dispatch_by = os.time() + 2 * 24 * 60 * 60,
  currency = "EUR",
  payment_status = "PAID",
  channel_buyer_name = "Erika Mustermann",
  delivery_address = {
    full_name = "Erika Mustermann",
    address1 = "Heidestraße 17",
    town = "Köln",
    post_code = "51147",
    country = "Germany",
    country_code = "DE",
  },
}
order:add_item {
  sku = "SKU-00001",
  item_title = "Garden chair",
  qty = 2,
  price_per_unit = 39.95,
  tax_rate = 19, -- percent
}

local stored, err = client:create_order(order)
if not stored then
  -- `outcome` says what is known about the order: "not_sent", "refused" or "unknown".
  io.stderr:write(tostring(err), " (", err.outcome, ")\n")
  os.exit(1)
end
print(("%s is %s at the server:"):format(stored.ReferenceNumber, stored.Status))

local shown = spreetail.assert(client:get_order(order.ReferenceNumber))
for _, key in ipairs { "ReferenceNumber", "Status", "ChannelBuyerName", "Currency", "DispatchBy" } do
  print(("  %-18s %s"):format(key, tostring(shown[key])))
end
for _, item in ipairs(shown.OrderItems) do
  print(("  %d x %-14s %s %.2f"):format(item.Qty, item.SKU, shown.Currency, item.PricePerUnit))
end
