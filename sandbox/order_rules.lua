--- What the API checks about an order before it stores it.

local date = require "sandbox.date"
local json = require "sandbox.json"

local order_rules = {}

local function is_absent(value)
  return value == nil or value == json.null or value == ""
end

local function is_text(value) return type(value) == "string" end
local function is_date(value) return is_text(value) and date.is_valid(value) end
local function is_currency(value) return is_text(value) and value:find("^%u%u%u$") ~= nil end
local function is_number(value) return type(value) == "number" end
local function is_quantity(value) return is_number(value) and value >= 1 and value % 1 == 0 end
local function is_price(value) return is_number(value) and value >= 0.01 end
local function is_address(value) return json.is_object(value) and next(value) ~= nil end

local NOT_TEXT = "%s must be a string"
local NOT_DATE = "Invalid date format. %s must be ISO 8601: YYYY-MM-DDTHH:mm:ssZ"
local NOT_NUMBER = "%s must be a number"

local ORDER_FIELDS = {
  { "ReferenceNumber", is_text, NOT_TEXT },
  { "ReceivedDate", is_date, NOT_DATE },
  { "DispatchBy", is_date, NOT_DATE },
  { "Currency", is_currency, "%s must be an ISO 4217 code" },
  { "PaymentStatus", is_text, NOT_TEXT },
  { "ChannelBuyerName", is_text, NOT_TEXT },
  { "DeliveryAddress", is_address, "%s must be a complete address" },
  { "BillingAddress", is_address, "%s must be a complete address" },
  { "PostalServiceCost", is_number, NOT_NUMBER, optional = true },
  { "PostalServiceTaxRate", is_number, NOT_NUMBER, optional = true },
}

local ITEM_FIELDS = {
  { "SKU", is_text, NOT_TEXT },
  { "ItemTitle", is_text, NOT_TEXT },
  { "Qty", is_quantity, "%s must be a whole number of at least 1" },
  { "PricePerUnit", is_price, "%s must be greater than 0" },
  { "TaxRate", is_number, NOT_NUMBER },
  { "OrderLineNumber", is_text, NOT_TEXT },
}

-- The first field of `object` that breaks its rule and what to say about it, or nil.
local function check(object, rules, prefix)
  for _, rule in ipairs(rules) do
    local name, is_good, complaint = rule[1], rule[2], rule[3]
    local value = object[name]
    if is_absent(value) then
      if not rule.optional then
        return prefix .. name, name .. " is required"
      end
    elseif not is_good(value) then
      return prefix .. name, complaint:format(name)
    end
  end
end

local function check_items(items)
  if not json.is_list(items) or #items == 0 then
    return "OrderItems", "OrderItems must contain at least one item"
  end
  for index, item in ipairs(items) do
    local prefix = ("OrderItems[%d]."):format(index - 1)
    if not json.is_object(item) then
      return prefix:sub(1, -2), "OrderItems must contain objects"
    end
    local field, message = check(item, ITEM_FIELDS, prefix)
    if field then
      return field, message
    end
  end
end

--- The field at fault and the message, or nil when the order is good.
function order_rules.problem(order)
  local field, message = check(order, ORDER_FIELDS, "")
  if field then
    return field, message
  end
  return check_items(order.OrderItems)
end

return order_rules
