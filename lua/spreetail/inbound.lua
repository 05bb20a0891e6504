--- Deliveries to the warehouse: `spreetail.inbound`, and what one must be.

local record = require "spreetail.record"

local item = record.schema {
  { "barcode", "identifier", required = true },
  { "Quantity", "quantity", required = true },
  { "SKU", "identifier" },
}

local schema = record.schema {
  { "PO_REFERENCE", "identifier", required = true },
  { "Warehouse_Name", "text", required = true },
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
  item = item,
}
