-- A frame loop that never stands still: orders are sent, and followed until the warehouse has taken
-- them up, while frame after frame is drawn.
--
--     make sandbox       # in one terminal; it prints what to `export` in the other
--     lua5.4 examples/game_loop.lua

local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client {
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  loop = "coroutine", -- who waits yields, and client:poll() resumes those whose calls are done
})

local function new_order(reference)
  local order = spreetail.order {
    reference_number = reference,
    dispatch_by = os.time() + 2 * 24 * 60 * 60,
    currency = "EUR",
    payment_status = "PAID",
    channel_buyer_name = "Erika Mustermann",
    delivery_address = {
      full_name = "Erika Mustermann", address1 = "Heidestraße 17", town = "Köln", post_code = "51147",
      country = "Germany", country_code = "DE",
    },
  }
  return order:add_item {
    sku = "SKU-00001", item_title = "Plush dragon", qty = 1, price_per_unit = 19.99, tax_rate = 19,
  }
end

-- What a player has bought. Reads as if it waited; in truth it is suspended.
local bought = 0

local function buy(reference)
  local order, err = client:create_order(new_order(reference))
  if not order then
    print(("%s: %s"):format(reference, err))
    return
  end
  bought = bought + 1
  print(("%s is %s"):format(reference, order.Status or "accepted"))
end

local running = {}

local function start(fn, ...)
  local co = coroutine.create(fn)
  running[#running + 1] = co
  assert(coroutine.resume(co, ...))
end

local function is_anybody_waiting()
  for _, co in ipairs(running) do
    if coroutine.status(co) ~= "dead" then
      return true
    end
  end
  return false
end

local frames = 0

local function draw()
  frames = frames + 1
end

for i = 1, 3 do
  start(buy, ("GAME-%d-%d"):format(os.time(), i))
end

repeat
  client:poll(1 / 60) -- a game that paces itself by its display calls client:poll()
  draw()
until not is_anybody_waiting()

print(("%d bought, %s frames drawn meanwhile"):format(bought, frames > 0 and "and" or "no"))
client:close()
