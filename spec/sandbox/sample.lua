-- Bodies that the API accepts, to be spoilt one field at a time.

local cjson = require "cjson"

local sample = {}

function sample.order(changes)
  local address = {FullName = "Erika Muster", Address1 = "Weg 1", Town = "Rheine", PostCode = "48429",
    CountryCode = "DE"}
  local order = {
    ReferenceNumber = "R-1", ReceivedDate = "2025-03-01T10:00:00Z", DispatchBy = "2025-03-02T10:00:00Z",
    Currency = "EUR", PaymentStatus = "PAID", ChannelBuyerName = "Erika Muster",
    DeliveryAddress = address, BillingAddress = address,
    OrderItems = {{SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99,
      TaxRate = 19, OrderLineNumber = "1"}},
  }
  for name, value in pairs(changes or {}) do
    if value == cjson.null then value = nil end
    order[name] = value
  end
  return cjson.encode(order)
end

function sample.order_with_item(changes)
  local item = {SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99, TaxRate = 19,
    OrderLineNumber = "1"}
  for name, value in pairs(changes) do
    if value == cjson.null then value = nil end
    item[name] = value
  end
  return sample.order {OrderItems = {item}}
end

return sample
