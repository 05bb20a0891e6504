--- The order that is measured, made afresh each time: two items, two addresses and a note, 1.2 KB
-- as JSON.

local M = {}

local NOTE = "Please leave the parcel with the neighbours at number 114 when nobody opens: the bell is loud, "
  .. "but the garden is long. The gate is open from seven in the morning until nine in the evening. Large "
  .. "parcels may be left in the shed behind the house, on the left, which is dry and has no lock. Thank you."

local function address()
  return {
    FullName = "Erika Mustermann", Company = "Muster und Sohn Gartenbau GmbH",
    Address1 = "Breite Strasse 112", Town = "Rheine", PostCode = "48429", CountryCode = "DE",
  }
end

local function item(number)
  return {
    SKU = "SKU-0000" .. number, ItemTitle = "Garden chair, foldable, acacia, with green cushion",
    Qty = number, PricePerUnit = 19.99, TaxRate = 19, OrderLineNumber = tostring(number),
  }
end

--- Nothing is missing that would be filled in.
function M.whole(reference)
  return {
    ReferenceNumber = reference,
    ReceivedDate = "2026-03-01T10:00:00Z",
    DispatchBy = "2026-03-02T10:00:00Z",
    Currency = "EUR",
    PaymentStatus = "PAID",
    ChannelBuyerName = "Erika Mustermann",
    OrderItems = { item(1), item(2) },
    DeliveryAddress = address(),
    BillingAddress = address(),
    Notes = NOTE,
  }
end

--- The same with as much as possible left out, to be filled in.
function M.short(reference)
  local order = M.whole(reference)
  order.ReceivedDate, order.BillingAddress = nil, nil
  for _, each in ipairs(order.OrderItems) do
    each.OrderLineNumber = nil
  end
  return order
end

local function snake_address()
  return {
    full_name = "Erika Mustermann", company = "Muster und Sohn Gartenbau GmbH",
    address1 = "Breite Strasse 112", town = "Rheine", post_code = "48429", country_code = "DE",
  }
end

local function snake_item(number)
  return {
    sku = "SKU-0000" .. number, item_title = "Garden chair, foldable, acacia, with green cushion",
    qty = number, price_per_unit = 19.99, tax_rate = 19, order_line_number = tostring(number),
  }
end

--- The fields of the first in the other spelling, for `spreetail.order`.
function M.snake_case(reference)
  return {
    reference_number = reference,
    received_date = "2026-03-01T10:00:00Z",
    dispatch_by = "2026-03-02T10:00:00Z",
    currency = "EUR",
    payment_status = "PAID",
    channel_buyer_name = "Erika Mustermann",
    order_items = { snake_item(1), snake_item(2) },
    delivery_address = snake_address(),
    billing_address = snake_address(),
    notes = NOTE,
  }
end

return M
