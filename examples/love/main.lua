-- A shop in a game: the space bar buys a plush dragon, and the list shows what came of it. No frame
-- waits for the network.
--
--     make sandbox                              # in one terminal; it prints what to `export` in the other
--     eval "$(make -s env LUA=luajit)"
--     love examples/love

local spreetail = require "spreetail"

local client
local purchases = {} -- the newest first: reference and what is known of it
local time = 0

function love.load()
  -- Here and not in a frame: reading the certificates of all authorities takes some 30 ms.
  client = spreetail.assert(spreetail.client {
    ca_file = os.getenv "SPREETAIL_CA_FILE",
    timeout = 20, -- a player doesn't wait for long
  })
end

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

-- What to tell the player of an error. Only `refused` and `not_sent` mean that nothing was bought.
local function words_for(err)
  if err.outcome == "unknown" then
    return "we don't know yet"
  end
  return "not bought: " .. err.message
end

local function buy()
  local purchase = { reference = ("GAME-%d-%d"):format(os.time(), #purchases + 1), state = "on its way..." }
  table.insert(purchases, 1, purchase)
  client.async:create_order(new_order(purchase.reference)):on_done(function(stored, err)
    purchase.state = stored and "bought" or words_for(err)
  end)
end

function love.keypressed(key)
  if key == "space" then
    buy()
  elseif key == "escape" then
    love.event.quit()
  end
end

function love.update(dt)
  time = time + dt
  client:poll() -- once a frame; calls the functions given to on_done
end

function love.draw()
  love.graphics.circle("fill", 420, 50 + 10 * math.sin(4 * time), 20) -- never stands still
  love.graphics.print("Space buys a plush dragon, escape leaves.", 20, 20)
  for i = 1, math.min(#purchases, 12) do
    local purchase = purchases[i]
    love.graphics.print(purchase.reference .. ": " .. purchase.state, 20, 40 + 20 * i)
  end
end

-- An order that is on its way may arrive or not when the game ends: wait for it, though not for long.
function love.quit()
  local deadline = love.timer.getTime() + 5
  while client:poll(0.05) > 0 and love.timer.getTime() < deadline do -- luacheck: ignore 542
  end
  client:close()
end
