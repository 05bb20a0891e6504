--- The order that is measured, made afresh each time: four items, 1.2 KB as JSON.

local M = {}

local function address()
  return {
    FullName = "Erika Mustermann", Company = "Muster und Sohn", Address1 = "Breite Strasse 112",
    Address2 = "Hinterhaus", Town = "Rheine", Region = "NRW", PostCode = "48429", CountryCode = "DE",
    PhoneNumber = "+49 5971 123456", EmailAddress = "erika@example.com",
  }
end

local function item(number)
  return {
    SKU = "SKU-0000" .. number, ItemTitle = "Garden chair, foldable, green", Qty = number,
    PricePerUnit = 19.99, TaxRate = 19, OrderLineNumber = tostring(number),
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
    OrderItems = { item(1), item(2), item(3), item(4) },
    DeliveryAddress = address(),
    BillingAddress = address(),
    PostalServiceCost = 4.99,
    PostalServiceTaxRate = 19,
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

local function snake_item(number)
  return {
    sku = "SKU-0000" .. number, item_title = "Garden chair, foldable, green", qty = number,
    price_per_unit = 19.99, tax_rate = 19, order_line_number = tostring(number),
  }
end

local function snake_address()
  return {
    full_name = "Erika Mustermann", company = "Muster und Sohn", address1 = "Breite Strasse 112",
    address2 = "Hinterhaus", town = "Rheine", region = "NRW", post_code = "48429", country_code = "DE",
    phone_number = "+49 5971 123456", email_address = "erika@example.com",
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
    order_items = { snake_item(1), snake_item(2), snake_item(3), snake_item(4) },
    delivery_address = snake_address(),
    billing_address = snake_address(),
    postal_service_cost = 4.99,
    postal_service_tax_rate = 19,
  }
end

return M
