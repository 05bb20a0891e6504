-- first_order.lua REFERENCE: the script that `first_order` measures. Logs in, creates one order, and prints
-- the CPU seconds that the process has used.

local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client())
local address = {
  FullName = "Erika Muster", Address1 = "Weg 1", Town = "Rheine", PostCode = "48429", CountryCode = "DE",
}
spreetail.assert(client:create_order {
  ReferenceNumber = arg[1],
  ReceivedDate = "2025-03-01T10:00:00Z",
  DispatchBy = "2025-03-02T10:00:00Z",
  Currency = "EUR",
  PaymentStatus = "PAID",
  ChannelBuyerName = "Erika Muster",
  DeliveryAddress = address,
  BillingAddress = address,
  OrderItems = {
    {
      SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99, TaxRate = 19,
      OrderLineNumber = "1",
    },
  },
})
client:close()
print(os.clock())
