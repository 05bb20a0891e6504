--- Deliveries to the warehouse: `spreetail.inbound`, and what one must be.

local record = require "spreetail.record"
local rule = require "spreetail.rule"

local item = record.schema {
  { "barcode", rule.identifier, required = true },
  { "Quantity", rule.quantity, required = true },
  { "SKU", rule.identifier },
}

local schema = record.schema {
  { "PO_REFERENCE", rule.identifier, required = true },
  { "Warehouse_Name", rule.text, required = true },
  { "items", required = true, each = item },
  { "Secondary_PO_Reference" },
  { "transport_id" },
}

--- Builds a delivery out of its fields, in the API's keys or their snake_case. `add_item` takes a
-- table with `barcode`, `Quantity` and optionally `SKU`; `validate` and `json` are as an
-- order's.
return record.kind {
  name = "delivery",
  one = "a delivery",
  constructor = "spreetail.inbound",
  schema = schema,
  items = "items",
}
