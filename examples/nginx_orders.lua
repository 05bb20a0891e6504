-- What examples/nginx.conf serves: PUT /orders/REFERENCE creates an order, GET shows it.

local cjson = require "cjson"
local spreetail = require "spreetail"

-- One client for the worker. To make it does no I/O.
local client = spreetail.assert(spreetail.client {
  loop = "ngx",
  ca_file = os.getenv "SPREETAIL_CA_FILE",
})

local STATUS = { conflict = 409, not_found = 404, validation = 400, rejected = 400, timeout = 504 }

local function answer(status, value)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.say(cjson.encode(value))
end

local function refuse(err)
  ngx.log(ngx.WARN, tostring(err))
  answer(STATUS[err.kind] or 502, { error = tostring(err), outcome = err.outcome })
end

-- A shop would read the order from its database.
local function find_order(reference)
  local order = spreetail.order {
    reference_number = reference,
    dispatch_by = "2026-12-31T16:00:00Z", -- not counted from now: a second PUT is to be the same order
    currency = "EUR",
    payment_status = "PAID",
    channel_buyer_name = "Erika Mustermann",
    delivery_address = {
      full_name = "Erika Mustermann", address1 = "Heidestraße 17", town = "Köln", post_code = "51147",
      country = "Germany", country_code = "DE",
    },
  }
  return order:add_item {
    sku = "SKU-00001", item_title = "Garden chair", qty = 2, price_per_unit = 39.95, tax_rate = 19,
  }
end

local methods = {}

function methods.PUT(reference)
  local stored, err = client:create_order(find_order(reference), { on_duplicate = "return" })
  if not stored then
    return refuse(err)
  end
  answer(201, stored)
end

function methods.GET(reference)
  local stored, err = client:get_order(reference)
  if not stored then
    return refuse(err)
  end
  answer(200, stored)
end

local orders = {}

function orders.serve(reference)
  local method = methods[ngx.req.get_method()]
  if not method then
    return ngx.exit(405)
  end
  method(reference)
end

return orders
