--- The stock: SKUs at locations, one list in one entry of a shared dictionary, since it changes
-- rarely and is read page by page. Each worker keeps it decoded until its version changes.

local date = require "sandbox.date"
local json = require "sandbox.json"

local dict = ngx.shared.stock

local stock = {}

local DEFAULT_SKUS, DEFAULT_LOCATIONS = 60, 2
local SEEDED_AT = "2025-01-01T00:00:00Z"

local loaded, loaded_version

local function location_names(count)
  local names = {}
  for index = 1, count do names[index] = ("RHEINE%02d"):format(index) end
  return names
end

-- Two thirds of the SKUs are at the first location, so that the others end on an earlier page.
local function location_of(index, count)
  if count == 1 or index % 3 ~= 0 then
    return 1
  end
  return 2 + index / 3 % (count - 1)
end

-- Every tenth SKU has no stock: these may be updated and deleted.
local function seeded(index, locations)
  local level = index % 10 == 0 and 0 or 5 + index * 7 % 90
  return {
    sku = ("SKU-%05d"):format(index), title = "Product " .. index,
    barcode = ("%013d"):format(4000000000000 + index), location = location_of(index, locations),
    height = 10 + index % 5, width = 20, depth = 30.5, weight = 1.25,
    level = level, reserved = math.min(level, index % 4),
    updated = SEEDED_AT, operation = "CREATE",
  }
end

local function store(content)
  assert(dict:safe_set("content", json.encode(content)))
  assert(dict:incr("version", 1, 0))
end

function stock.seed(skus, locations)
  skus, locations = skus or DEFAULT_SKUS, locations or DEFAULT_LOCATIONS
  local content = { locations = json.list(location_names(locations)), skus = json.list() }
  for index = 1, skus do content.skus[index] = seeded(index, locations) end
  store(content)
end

--- The locations' names, the list of SKUs in their order, and the same by SKU.
function stock.read()
  local version = dict:get("version")
  if version ~= loaded_version then
    loaded = json.decode(dict:get("content"))
    loaded.by_sku = {}
    for _, entry in ipairs(loaded.skus) do loaded.by_sku[entry.sku] = entry end
    loaded_version = version
  end
  return loaded
end

local function lock()
  while not dict:add("lock", true, 10) do ngx.sleep(0.001) end
end

--- Lets `edit` change what `read` returns, alone.
function stock.change(edit)
  lock()
  loaded_version = nil
  local content = stock.read()
  local ok, err = pcall(edit, content)
  if ok then
    store { locations = json.list(content.locations), skus = json.list(content.skus) }
  end
  loaded_version = nil
  dict:delete("lock")
  assert(ok, err)
end

function stock.touch(entry, operation)
  entry.updated, entry.operation = date.format(ngx.time()), operation
end

return stock
