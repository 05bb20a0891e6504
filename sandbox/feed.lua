--- What the page asks for a few times a second: what is new since it last asked. What it holds is bounded,
-- whatever came in meanwhile; orders are read from the store, so that it shows what is stored.

local faults = require "sandbox.faults"
local json = require "sandbox.json"
local order_store = require "sandbox.order_store"
local settings = require "sandbox.settings"
local stats = require "sandbox.stats"
local traffic = require "sandbox.traffic"

local feed = {}

local MOST_REQUESTS, MOST_LOGINS, MOST_ORDERS = 60, 20, 60

local identity, environment

--- Which sandbox this is, and the lines that a shell needs to use it and to send an order.
function feed.set_identity(id, lines)
  identity, environment = id, lines
end

-- A test may have stored anything in an order's place.
local function items_of(order)
  return json.is_list(order.OrderItems) and order.OrderItems or {}
end

local function total(order)
  local sum = tonumber(order.PostalServiceCost) or 0
  for _, item in ipairs(items_of(order)) do
    if json.is_object(item) then
      sum = sum + (tonumber(item.Qty) or 0) * (tonumber(item.PricePerUnit) or 0)
    end
  end
  return math.abs(sum) < 1e15 and sum or nil -- JSON has no word for more than a double holds
end

local function summary(reference)
  local order = json.decode(order_store.get(reference))
  if not order then
    return { reference = reference, forgotten = true }
  end
  return {
    reference = reference, number = order.NumOrderId, status = order.Status, created = order.CreatedDate,
    items = #items_of(order), total = total(order), currency = order.Currency,
    tracking_number = order.TrackingNumber, carrier = order.Carrier,
  }
end

-- An order that changed twice is told once.
local function changed_orders(since)
  local references, last = traffic.orders:since(since, MOST_ORDERS)
  local list, told = json.list(), {}
  for index = #references, 1, -1 do
    local reference = references[index]
    if not told[reference] then
      told[reference] = true
      list[#list + 1] = summary(reference)
    end
  end
  return list, last
end

local function new_requests(since)
  local texts, last = traffic.requests:since(since, MOST_REQUESTS)
  local list = json.list()
  for index, text in ipairs(texts) do
    local at, status, seconds, method, path, fault =
      text:match "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$"
    list[index] = {
      at = tonumber(at), status = tonumber(status), seconds = tonumber(seconds), method = method, path = path,
      fault = fault ~= "" and fault or nil,
    }
  end
  return list, last
end

local function new_logins(since)
  local texts, last = traffic.logins:since(since, MOST_LOGINS)
  local list = json.list()
  for index, text in ipairs(texts) do
    list[index] = json.raw(text)
  end
  return list, last
end

-- Below which time that share of the requests stayed.
local function quantile(steps, count, share)
  local below = 0
  for step = 0, traffic.HIGHEST_STEP do
    below = below + (steps[step] or 0)
    if below >= count * share then
      return traffic.step_seconds(step)
    end
  end
end

local function second_entry(dict, second)
  local function read(what) return dict:get(traffic.second_key(second, what)) end
  local entry = { at = second, ok = read "ok", refused = read "refused", failed = read "failed" }
  local steps, count = {}, 0
  for step = 0, traffic.HIGHEST_STEP do
    steps[step] = read(step)
    count = count + (steps[step] or 0)
  end
  entry.median, entry.slow = quantile(steps, count, 0.5), quantile(steps, count, 0.95)
  return entry
end

-- Seconds that are over and held something.
local function busy_seconds(since, now)
  local dict, list = ngx.shared.traffic, json.list()
  for second = math.max(since + 1, now - traffic.WINDOW), now - 1 do
    local busy = dict:get(traffic.second_key(second, "ok")) or dict:get(traffic.second_key(second, "refused"))
      or dict:get(traffic.second_key(second, "failed"))
    if busy then
      list[#list + 1] = second_entry(dict, second)
    end
  end
  return list, now - 1
end

--- What is new. `seen` says what the page has: which `run` of the sandbox (since its start or last reset),
-- and the last of each kind. With another run's, all that is there is new.
function feed.news(seen)
  local run = identity .. "-" .. stats.resets()
  local known = seen.run == run
  local function last(name) return known and tonumber(seen[name]) or 0 end
  local news = {
    run = run, now = ngx.now(), window = traffic.WINDOW, listed = traffic.MOST_A_SECOND,
    stats = stats.report(), faults = faults.list(), generation = settings.generation(),
    environment = not known and environment or nil, last = {},
  }
  news.orders, news.last.orders = changed_orders(last "orders")
  news.requests, news.last.requests = new_requests(last "requests")
  news.logins, news.last.logins = new_logins(last "logins")
  news.seconds, news.last.seconds = busy_seconds(last "seconds", ngx.time())
  return news
end

return feed
