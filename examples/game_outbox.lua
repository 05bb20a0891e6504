-- A game whose purchases survive everything: they go into an outbox, a file of SQLite, and a worker sends
-- them while frames are drawn. Without a network the game goes on, and the purchases go out when it is back,
-- or when the game is started the next time.
--
--     make sandbox       # in one terminal; it prints what to `export` in the other
--     lua5.4 examples/game_outbox.lua [FILE [SECONDS]]
--
-- Three things are bought. It ends when all that is in FILE (default: game-orders.db) is sent, or after
-- SECONDS (default: 20): stop the sandbox, and start this again when it runs. cqueues stands for the display
-- and the clock of a game. Debian: lua-dbi-sqlite3, lua-cqueues.

local cqueues = require "cqueues"
local outbox = require "spreetail.outbox"
local spreetail = require "spreetail"

local FILE, SECONDS = arg[1] or "game-orders.db", tonumber(arg[2] or 20)
local FRAME = 1 / 60

local box = spreetail.assert(outbox.open { path = FILE })
local worker = spreetail.assert(box:worker {
  client = spreetail.assert(spreetail.client {
    ca_file = os.getenv "SPREETAIL_CA_FILE",
    timeout = 10,
    retries = 0, -- the outbox tries again, and does not forget
  }),
  on_result = function(reference, state, err)
    print(reference, state, err or "")
  end,
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

-- When it was added, the purchase is on the disk: the player may be told, and the power may go. The frame
-- takes as long as the disk does.
local function buy(reference)
  local added, err = box:add(new_order(reference))
  print(reference, added and "bought" or err)
end

-- Does what can be done now, and never waits for the network. When the login is refused, nothing can be
-- sent; what was bought is kept.
local function send()
  local going, err = worker:step()
  if not going then
    print(err)
    worker = nil
  end
end

local function is_anything_left()
  local status = spreetail.assert(box:status())
  return status.pending + status.sending > 0
end

local start = cqueues.monotime()
local frames, longest = 0, 0

-- What a game does sixty times a second.
local function frame()
  local began = cqueues.monotime()
  if frames % 30 == 0 and frames < 90 then
    buy(("GAME-%d-%d"):format(os.time(), frames / 30 + 1))
  end
  if worker then
    send()
  end
  frames = frames + 1
  local took = cqueues.monotime() - began
  longest = math.max(longest, took)
  cqueues.sleep(math.max(0, FRAME - took))
end

repeat
  frame()
until cqueues.monotime() - start > SECONDS or frames > 90 and frames % 30 == 0 and not is_anything_left()

-- Orders that are on their way have a moment to arrive. What is not heard of, the next start settles.
if worker then
  spreetail.assert(worker:run { seconds = 0.1 })
end
local status = spreetail.assert(box:status())
print(("%d accepted, %d still to be sent; %d frames, the longest took %.0f ms"):format(
  status.accepted, status.pending + status.sending, frames, longest * 1000))
box:close()
