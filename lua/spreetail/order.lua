--- Orders: `spreetail.order`, and what an order must be.
--
-- The fields are those of the vendor's documentation; of an address, and behind "further", those
-- that the system behind the API knows, which are never a reason to reject.

local record = require "spreetail.record"
local rule = require "spreetail.rule"

local address = record.schema {
  { "FullName" }, { "Company" }, { "Address1" }, { "Address2" }, { "Address3" }, { "Town" },
  { "Region" }, { "PostCode" }, { "Country" }, { "CountryCode" }, { "PhoneNumber" },
  { "EmailAddress" },
}

local item = record.schema {
  { "SKU", rule.identifier, required = true },
  { "ItemTitle", rule.text, required = true },
  { "Qty", rule.quantity, required = true },
  { "PricePerUnit", rule.price, required = true },
  { "TaxRate", rule.number, required = true },
  { "OrderLineNumber", rule.identifier, required = true },
}

local schema = record.schema {
  { "ReferenceNumber", rule.identifier, required = true },
  { "ReceivedDate", rule.date, required = true, date = true },
  { "DispatchBy", rule.date, required = true, date = true },
  { "Currency", rule.currency, required = true },
  { "PaymentStatus", rule.text, required = true },
  { "ChannelBuyerName", rule.text, required = true },
  { "OrderItems", required = true, each = item },
  { "DeliveryAddress", required = true, of = address },
  { "BillingAddress", required = true, of = address },
  { "PostalServiceCost", rule.number },
  { "PostalServiceTaxRate", rule.number },
  { "Status" },
  -- further
  { "ExternalReference" }, { "SecondaryReferenceNumber" }, { "PaidOn", date = true }, { "Site" },
  { "PaymentMethodName" }, { "PostalServiceName" }, { "Discount" }, { "Notes" },
  { "ExtendedProperties" },
}

-- Line numbers "1", "2", ... for items without one, past those that are taken.
local function number_lines(items)
  local taken, places = {}, record.places(items)
  for _, i in ipairs(places) do
    local line = type(items[i]) == "table" and items[i].OrderLineNumber
    if type(line) == "string" then
      taken[line] = true
    end
  end
  local line = 0
  for _, i in ipairs(places) do
    local each = items[i]
    if type(each) == "table" and each.OrderLineNumber == nil then
      repeat
        line = line + 1
      until not taken[tostring(line)]
      each.OrderLineNumber = tostring(line)
    end
  end
end

-- Fills in what was left out. Returns whether the date of receipt is from the clock.
local function fill(order)
  order.Status = nil -- the server's
  if type(order.OrderItems) == "table" then
    number_lines(order.OrderItems)
  end
  if order.BillingAddress == nil and type(order.DeliveryAddress) == "table" then
    order.BillingAddress = order.DeliveryAddress
  end
  local from_clock = order.ReceivedDate == nil
  if from_clock then
    order.ReceivedDate = rule.to_date(os.time())
  end
  return from_clock
end

local function check_line_numbers(items, problems)
  local seen = {}
  for _, i in ipairs(record.places(items)) do
    local line = type(items[i]) == "table" and items[i].OrderLineNumber
    if type(line) == "string" and line ~= "" and seen[line] then
      problems[#problems + 1] = {
        path = ("OrderItems[%.0f].OrderLineNumber"):format(i),
        message = ("must be another than that of OrderItems[%.0f], %s"):format(seen[line],
          rule.show(line)),
      }
    elseif type(line) == "string" then
      seen[line] = i
    end
  end
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
  schema = schema,
  items = "OrderItems",
  fill = fill,
  check = function(order, problems)
    if type(order.OrderItems) == "table" then
      check_line_numbers(order.OrderItems, problems)
    end
  end,
}
