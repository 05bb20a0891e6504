--- GET /inventory in both documented layouts, POST /inventory.

local answer = require "sandbox.answer"
local inventory_change = require "sandbox.inventory_change"
local json = require "sandbox.json"
local settings = require "sandbox.settings"
local stock = require "sandbox.stock"

local inventory = {}

-- The server puts its client's brand in front of each SKU that it lists.
local BRAND = "SANDBOX_"

local function whole_number(text, default, most)
  if text == nil then
    return default
  end
  local number = type(text) == "string" and text:find("^%d+$") and tonumber(text)
  return number and number >= 1 and number <= most and number or nil
end

local function slice(list, page, size)
  local part = json.list()
  for index = (page - 1) * size + 1, math.min(page * size, #list) do part[#part + 1] = list[index] end
  return part
end

local function described(entry)
  return {
    sku = BRAND .. entry.sku,
    Height = entry.height, Width = entry.width, Depth = entry.depth, Weight = entry.weight,
    StockLevel = entry.level, InOrderBook = entry.reserved, Available = entry.level - entry.reserved,
    LastUpdateDate = entry.updated, LastUpdateOperation = entry.operation,
  }
end

local function described_all(entries)
  local list = json.list()
  for index, entry in ipairs(entries) do list[index] = described(entry) end
  return list
end

local function total_level(entries)
  local total = 0
  for _, entry in ipairs(entries) do total = total + entry.level end
  return total
end

local function location_page(name, entries, page, size)
  local part = slice(entries, page, size)
  return {
    location_name = name, location_filter = name, keyword = "",
    total_inventory = total_level(entries), total_count_of_skus = #entries,
    sku_count_in_page = #part, has_more = page * size < #entries,
    sku = described_all(part),
  }
end

local function by_location(content)
  local lists = {}
  for index in ipairs(content.locations) do lists[index] = {} end
  for _, entry in ipairs(content.skus) do
    local list = lists[entry.location]
    list[#list + 1] = entry
  end
  return lists
end

local function documented_page(page, size)
  local content = stock.read()
  local locations, has_more = json.list(), false
  for index, entries in ipairs(by_location(content)) do
    locations[index] = location_page(content.locations[index], entries, page, size)
    has_more = has_more or locations[index].has_more
  end
  return {
    client_name = "Sandbox", location_count = #locations, locations = locations,
    total_inventory = total_level(content.skus), total_count_of_skus = #content.skus,
    current_page = page, page_size = size, has_more = has_more,
    next_page = has_more and page + 1 or json.null,
  }
end

local function old_item(entry)
  return {
    sku = BRAND .. entry.sku, title = entry.title, quantity = entry.level, on_hand = entry.level,
    reserved = entry.reserved, available = entry.level - entry.reserved, last_updated = entry.updated,
  }
end

local function old_page(sku, page, size)
  local wanted = {}
  for _, entry in ipairs(stock.read().skus) do
    if not sku or sku == entry.sku or sku == BRAND .. entry.sku then
      wanted[#wanted + 1] = entry
    end
  end
  local items = json.list()
  for index, entry in ipairs(slice(wanted, page, size)) do items[index] = old_item(entry) end
  local pages = math.ceil(#wanted / size)
  return { items = items, pagination = { page = page, limit = size, total = #wanted, total_pages = pages } }
end

local DIALECTS = {
  doc = { size_name = "page_size", default = 25, most = 200 },
  old = { size_name = "limit", default = 100, most = 1000 },
}

function inventory.list()
  local name = settings.inventory_dialect()
  local dialect = DIALECTS[name]
  local query = ngx.req.get_uri_args()
  local page = whole_number(query.page, 1, 1e9)
  if not page then
    return answer.refusal("page", "page must be a whole number from 1")
  end
  local size = whole_number(query[dialect.size_name], dialect.default, dialect.most)
  if not size then
    return answer.refusal(dialect.size_name,
      ("%s must be between 1 and %d"):format(dialect.size_name, dialect.most))
  end
  if name == "old" then
    return answer.success(old_page(query.sku, page, size))
  end
  return answer.success(documented_page(page, size))
end

function inventory.change(request)
  local object = request:object()
  if not object then
    return answer.failure(400, "Request body is not a JSON object")
  end
  local field, message = inventory_change.problem(object)
  if field then
    return answer.refusal(field, message)
  end
  return answer.success(inventory_change.apply(object.operation, object.items))
end

return inventory
