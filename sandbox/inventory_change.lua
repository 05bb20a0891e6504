--- Creating, updating and deleting SKUs in bulk: each SKU succeeds or fails by itself.

local json = require "sandbox.json"
local stock = require "sandbox.stock"

local inventory_change = {}

local function is_text(value) return type(value) == "string" and value ~= "" end
local function is_measure(value) return type(value) == "number" and value > 0 end

local REQUIRED = {
  create = {
    { "sku", is_text }, { "itemTitle", is_text }, { "barcodeNumber", is_text }, { "height", is_measure },
    { "width", is_measure }, { "length", is_measure }, { "weight_kg", is_measure },
  },
  update = { { "sku", is_text }, { "itemTitle", is_text } },
  delete = { { "sku", is_text } },
}

--- What is wrong with the request as a whole: the field and a message, or nil.
function inventory_change.problem(object)
  if not REQUIRED[object.operation] then
    return "operation", "operation must be one of create, update, delete"
  end
  if not json.is_list(object.items) or #object.items == 0 then
    return "items", "items must contain at least one item"
  end
end

local function item_problem(operation, item)
  if not json.is_object(item) then
    return "item is not an object"
  end
  for _, rule in ipairs(REQUIRED[operation]) do
    local name, is_good = rule[1], rule[2]
    local value = item[name]
    if value == nil or value == json.null or value == "" then
      return name .. " is required"
    end
    if not is_good(value) then
      return name .. " is invalid"
    end
  end
end

local FIELDS = {
  itemTitle = "title", barcodeNumber = "barcode", height = "height", width = "width",
  length = "depth", weight_kg = "weight",
}

local function copy_fields(item, entry)
  for theirs, ours in pairs(FIELDS) do
    local value = item[theirs]
    if value ~= nil and value ~= json.null then
      entry[ours] = value
    end
  end
end

local function create(content, item)
  if content.by_sku[item.sku] then
    return "SKU already exists"
  end
  local entry = { sku = item.sku, location = 1, level = 0, reserved = 0 }
  copy_fields(item, entry)
  stock.touch(entry, "CREATE")
  content.skus[#content.skus + 1] = entry
  content.by_sku[item.sku] = entry
end

local function changeable(content, item)
  local entry = content.by_sku[item.sku]
  if not entry then
    return nil, "SKU not found"
  end
  if entry.level > 0 then
    return nil, "SKU has stock"
  end
  return entry
end

local function update(content, item)
  local entry, err = changeable(content, item)
  if not entry then
    return err
  end
  copy_fields(item, entry)
  stock.touch(entry, "UPDATE")
end

local function delete(content, item)
  local entry, err = changeable(content, item)
  if not entry then
    return err
  end
  content.by_sku[item.sku] = nil
  for index, other in ipairs(content.skus) do
    if other == entry then
      table.remove(content.skus, index)
      return
    end
  end
end

-- Each returns why it could not, or nil.
local OPERATIONS = { create = create, update = update, delete = delete }

local function apply_all(content, operation, items, done, refused)
  for index, item in ipairs(items) do
    local problem = item_problem(operation, item) or OPERATIONS[operation](content, item)
    local sku = json.is_object(item) and item.sku or json.null
    if problem then
      refused[#refused + 1] = { sku = sku, index = index - 1, problem = problem }
    else
      done[#done + 1] = sku
    end
  end
end

local function report(operation, done, refused)
  local errors = json.list()
  local label = operation == "delete" and "reason" or "error"
  for index, entry in ipairs(refused) do
    errors[index] = { sku = entry.sku, index = entry.index, [label] = entry.problem }
  end
  if operation == "delete" then
    return { operation = operation, delete_log = { deleted = done, unable_to_delete = errors } }
  end
  return { operation = operation, succeeded = done, errors = errors }
end

function inventory_change.apply(operation, items)
  local done, refused = json.list(), {}
  stock.change(function(content) apply_all(content, operation, items, done, refused) end)
  return report(operation, done, refused)
end

return inventory_change
