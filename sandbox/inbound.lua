--- POST /inbound: announces a delivery. Nothing arrives by it, so the stock stays as it is.

local answer = require "sandbox.answer"
local date = require "sandbox.date"
local json = require "sandbox.json"

local deliveries = ngx.shared.deliveries

local inbound = {}

local function is_text(value) return type(value) == "string" and value ~= "" end
local function is_quantity(value) return type(value) == "number" and value >= 1 and value % 1 == 0 end
local function is_absent(value) return value == nil or value == json.null or value == "" end

local function item_problem(item, prefix)
  if not json.is_object(item) then
    return prefix, "items must contain objects"
  end
  if is_absent(item.barcode) then
    return prefix .. ".barcode", "barcode is required"
  end
  if not is_text(item.barcode) then
    return prefix .. ".barcode", "barcode must be a string"
  end
  if is_absent(item.Quantity) then
    return prefix .. ".Quantity", "Quantity is required"
  end
  if not is_quantity(item.Quantity) then
    return prefix .. ".Quantity", "Quantity must be a whole number of at least 1"
  end
  if not is_absent(item.SKU) and not is_text(item.SKU) then
    return prefix .. ".SKU", "SKU must be a string"
  end
end

local function problem(delivery)
  for _, name in ipairs { "PO_REFERENCE", "Warehouse_Name" } do
    if is_absent(delivery[name]) then
      return name, name .. " is required"
    end
    if not is_text(delivery[name]) then
      return name, name .. " must be a string"
    end
  end
  if not json.is_list(delivery.items) or #delivery.items == 0 then
    return "items", "items must contain at least one item"
  end
  for index, item in ipairs(delivery.items) do
    local field, message = item_problem(item, ("items[%d]"):format(index - 1))
    if field then
      return field, message
    end
  end
end

local function record(text)
  return "{" .. json.members(text) .. ',"inbound_status":"Announced","created_at":"'
    .. date.format(ngx.time()) .. '"}'
end

function inbound.create(request)
  local delivery = request:object()
  if not delivery then
    return answer.failure(400, "Request body is not a JSON object")
  end
  local field, message = problem(delivery)
  if field then
    return answer.refusal(field, message)
  end
  local reference = delivery.PO_REFERENCE
  local text = record(request:body())
  local added, err = deliveries:safe_add(reference, text)
  if added then
    return answer.success(text)
  end
  if err == "exists" then
    return answer.failure(409, ("Inbound with PO_REFERENCE '%s' already exists"):format(reference))
  end
  return answer.full("deliveries")
end

function inbound.get(reference) return deliveries:get(reference) end

function inbound.reset()
  deliveries:flush_all()
  deliveries:flush_expired()
end

return inbound
