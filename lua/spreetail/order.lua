--- Orders: `spreetail.order`, and what an order must be.
--
-- The fields are those of the vendor's documentation; of an address, and behind "further", those
-- that the system behind the API knows, which are never a reason to reject.

local record = require "spreetail.record"

local address = record.schema {
  inferred = true,
  { "FullName" }, { "Company" }, { "Address1" }, { "Address2" }, { "Address3" }, { "Town" },
  { "Region" }, { "PostCode" }, { "Country" }, { "CountryCode", "country" }, { "PhoneNumber" },
  { "EmailAddress" },
}

local item = record.schema {
  { "SKU", "identifier", required = true },
  { "ItemTitle", "text", required = true },
  { "Qty", "quantity", required = true },
  { "PricePerUnit", "price", required = true },
  { "TaxRate", "percentage", required = true },
  { "OrderLineNumber", "identifier", filled = "line", unique = true },
}

local schema = record.schema {
  { "ReferenceNumber", "reference", required = true },
  { "ReceivedDate", "date", filled = "clock", date = true },
  { "DispatchBy", "date", required = true, date = true },
  { "Currency", "currency", required = true },
  { "PaymentStatus", "text", required = true },
  { "ChannelBuyerName", "text", required = true },
  { "OrderItems", required = true, each = item },
  { "DeliveryAddress", required = true, of = address },
  { "BillingAddress", filled = "another", source = "DeliveryAddress", of = address },
  { "PostalServiceCost", "number" },
  { "PostalServiceTaxRate", "percentage" },
  { "Status", dropped = true },
  -- further
  { "ExternalReference" }, { "SecondaryReferenceNumber" }, { "PaidOn", date = true }, { "Site" },
  { "PaymentMethodName" }, { "PostalServiceName" }, { "Discount" }, { "Notes" },
  { "ExtendedProperties" },
}

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
  item = item,
}
