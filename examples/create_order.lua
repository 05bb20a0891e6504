-- Creates an order and shows what the server stored.
--
-- SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET are read from the environment. SPREETAIL_CA_FILE
-- is for servers whose certificate the system doesn't know, such as the sandbox's.
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

local address = {
  FullName = "Erika Mustermann",
  Address1 = "Heidestraße 17",
  Town = "Köln",
  PostCode = "51147",
  Country = "Germany",
  CountryCode = "DE",
}

local order = {
  ReferenceNumber = arg and arg[1] or "EXAMPLE-" .. os.time(),
  ReceivedDate = os.date "!%Y-%m-%dT%H:%M:%SZ",
  DispatchBy = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + 2 * 24 * 60 * 60),
  Currency = "EUR",
  PaymentStatus = "PAID",
  ChannelBuyerName = "Erika Mustermann",
  DeliveryAddress = address,
  BillingAddress = address,
  OrderItems = {
    {
      OrderLineNumber = "1",
      SKU = "SKU-00001",
      ItemTitle = "Garden chair",
      Qty = 2,
      PricePerUnit = 39.95,
      TaxRate = 19,
    },
  },
}

local stored, err = client:create_order(order)
if not stored then
  -- `outcome` says what is known about the order: "not_sent", "refused" or "unknown".
  io.stderr:write(tostring(err), " (", tostring(err.outcome), ")\n")
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
