-- What host.c runs, frame by frame. `name` is the host's.

local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client {
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  loop = "coroutine",
})

local ORDERS = 20
local accepted, ended = 0, 0

local function create(reference)
  local order = spreetail.order {
    reference_number = reference, dispatch_by = os.time() + 86400, currency = "EUR",
    payment_status = "PAID", channel_buyer_name = "Erika Muster",
    delivery_address = {
      full_name = "Erika Muster", address1 = "Weg 1", town = "Rheine", post_code = "48429",
      country = "Germany", country_code = "DE",
    },
  }
  order:add_item {
    sku = "SKU-00001", item_title = "Product 1", qty = 1, price_per_unit = 9.99, tax_rate = 19,
  }
  local stored, err = client:create_order(order)
  ended = ended + 1
  accepted = accepted + (stored and 1 or 0)
  if not stored then
    print(err)
  end
end

for i = 1, ORDERS do
  assert(coroutine.resume(coroutine.create(create), ("%s-%d"):format(name, i)))
end

--- Returns whether there is more to do, and how many orders were accepted.
function frame()
  client:poll()
  return ended < ORDERS, accepted
end
