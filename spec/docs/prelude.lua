-- What the code in the pages takes for granted. It is put before each block, which is run by itself.
-- luacheck: ignore 211

local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

local address = {
  FullName = "Erika Mustermann", Address1 = "Heidestraße 17", Town = "Köln", PostCode = "51147",
  Country = "Germany", CountryCode = "DE",
}

local function new_order(reference)
  local order = spreetail.order {
    reference_number = reference, dispatch_by = "2026-11-26T16:00:00Z", currency = "EUR",
    payment_status = "PAID", channel_buyer_name = "Erika Mustermann", delivery_address = address,
  }
  return order:add_item {
    sku = "SKU-00001", item_title = "Garden chair", qty = 2, price_per_unit = 39.95, tax_rate = 19,
  }
end

local order = new_order "R-1001"
local orders = { new_order "R-2001", new_order "R-2002", new_order "R-2003" }

local delivery = spreetail.inbound { po_reference = "PO-7", warehouse_name = "RHEINE01" }
delivery:add_item { barcode = "4000000000001", quantity = 40 }

-- The reader's own.
local spool = { put = function() end }
local function done() end
local function try_later() end
local function draw_a_frame() end
