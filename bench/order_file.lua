--- Files of the order that is measured (order.lua), for `spreetail orders import`.

local cjson = require "cjson"
local order = require "order"

local M = {}

local ORDER = {
  "ReferenceNumber", "ReceivedDate", "DispatchBy", "Currency", "PaymentStatus", "ChannelBuyerName", "Notes",
}
local ADDRESS = { "FullName", "Company", "Address1", "Town", "PostCode", "CountryCode" }
local ITEM = { "SKU", "ItemTitle", "Qty", "PricePerUnit", "TaxRate", "OrderLineNumber" }

-- Calls `put(name, value)` for each field of an order.
local function each_field(fields, put)
  for _, name in ipairs(ORDER) do
    put(name, fields[name])
  end
  for _, address in ipairs { "DeliveryAddress", "BillingAddress" } do
    for _, name in ipairs(ADDRESS) do
      put(address .. "." .. name, fields[address][name])
    end
  end
  for i, item in ipairs(fields.OrderItems) do
    for _, name in ipairs(ITEM) do
      put(("OrderItems[%d].%s"):format(i, name), item[name])
    end
  end
end

local function cell(value)
  local text = tostring(value)
  return text:find '[",]' and '"' .. text:gsub('"', '""') .. '"' or text
end

--- The header of a table, and the line of an order.
function M.header()
  local names = {}
  each_field(order.whole "", function(name) names[#names + 1] = name end)
  return table.concat(names, ",") .. "\n"
end

function M.csv(reference)
  local cells = {}
  each_field(order.whole(reference), function(_, value) cells[#cells + 1] = cell(value) end)
  return table.concat(cells, ",") .. "\n"
end

--- The same order as a line of JSON.
function M.json(reference)
  return cjson.encode(order.whole(reference)) .. "\n"
end

--- Writes a file with so many orders: `format` is "csv" or "json", `reference` a pattern with a number in it.
function M.write(path, format, count, reference)
  local file = assert(io.open(path, "w"))
  file:write(format == "csv" and M.header() or "")
  for i = 1, count do
    file:write(M[format](reference:format(i)))
  end
  assert(file:close())
end

return M
