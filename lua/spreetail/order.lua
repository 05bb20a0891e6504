--- Orders: `spreetail.order`, and what an order must be.
--
-- The fields are those of the vendor's documentation; of an address, and behind "further", those
-- that the system behind the API knows, which are never a reason to reject.

local record = require "spreetail.record"
local rule = require "spreetail.rule"

local address = record.schema {
  inferred = true,
  { "FullName" }, { "Company" }, { "Address1" }, { "Address2" }, { "Address3" }, { "Town" },
  { "Region" }, { "PostCode" }, { "Country" }, { "CountryCode", rule.country }, { "PhoneNumber" },
  { "EmailAddress" },
}

local item = record.schema {
  { "SKU", rule.identifier, required = true },
  { "ItemTitle", rule.text, required = true },
  { "Qty", rule.quantity, required = true },
  { "PricePerUnit", rule.price, required = true },
  { "TaxRate", rule.percentage, required = true },
  { "OrderLineNumber", rule.identifier, filled = true, unique = true },
}

local schema = record.schema {
  { "ReferenceNumber", rule.reference, required = true },
  { "ReceivedDate", rule.date, filled = true, date = true },
  { "DispatchBy", rule.date, required = true, date = true },
  { "Currency", rule.currency, required = true },
  { "PaymentStatus", rule.text, required = true },
  { "ChannelBuyerName", rule.text, required = true },
  { "OrderItems", required = true, each = item },
  { "DeliveryAddress", required = true, of = address },
  { "BillingAddress", filled = true, of = address },
  { "PostalServiceCost", rule.number },
  { "PostalServiceTaxRate", rule.percentage },
  { "Status", dropped = true },
  -- further
  { "ExternalReference" }, { "SecondaryReferenceNumber" }, { "PaidOn", date = true }, { "Site" },
  { "PaymentMethodName" }, { "PostalServiceName" }, { "Discount" }, { "Notes" },
  { "ExtendedProperties" },
}

-- Line numbers "1", "2", ... for items without one, past those that are taken.
local function number_lines(items)
  local taken = {}
  for _, each in ipairs(items) do
    taken[each.OrderLineNumber or false] = true
  end
  local line = 0
  for _, each in ipairs(items) do
    if not each.OrderLineNumber then
      repeat
        line = line + 1
      until not taken[tostring(line)]
      each.OrderLineNumber = tostring(line)
    end
  end
end

-- Returns whether the date of receipt is from the clock.
local function fill(order)
  local from_clock = not order.ReceivedDate
  order.ReceivedDate = order.ReceivedDate or rule.to_date(os.time())
  order.BillingAddress = order.BillingAddress or order.DeliveryAddress
  number_lines(order.OrderItems)
  return from_clock
end

--- Builds an order out of its fields, in the API's keys or their snake_case. The result is a plain
-- table in the API's keys: it is what goes over the wire, less what is filled in when it is sent.
-- Behind it are three methods.
--
-- `order:add_item(item)` adds an item: a table with `SKU`, `ItemTitle`, `Qty`, `PricePerUnit`,
-- `TaxRate` (percent), and optionally `OrderLineNumber`. Returns the order, so that calls can be
-- chained.
--
-- `order:validate()` checks the order before anything is sent. Returns true, or nil and an error of
-- kind `validation` with *every* problem in its `details`: a list of {path=, message=}.
--
-- `order:json()` returns the JSON text that would be sent, filled in; or nil and an error as
-- `validate` does.
return record.kind {
  name = "order",
  one = "an order",
  constructor = "spreetail.order",
  schema = schema,
  items = "OrderItems",
  fill = fill,
}
