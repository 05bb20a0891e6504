--- What the header of a table of orders says: which column is which field of an order.
--
-- A field is named in the API's spelling or in snake_case: `ReferenceNumber`, `reference_number`. What is in
-- another table stands behind its name: `DeliveryAddress.Town`, `order_items.sku`; an item's fields also
-- stand alone: `SKU`. Where a line has several items, their columns are numbered (`sku`, `qty`, `sku_2`,
-- `qty_2`, or `OrderItems[2].SKU`), or are there as often as there are items.

local order_kind = require "spreetail.order"
local rule = require "spreetail.rule"
local spelling = require "spreetail.spelling"

local M = {}

--- The column that tells why a line was rejected. It is none of an order's.
M.REASON = "rejected_because"

local NUMBERS = { number = true, amount = true, percentage = true, quantity = true, price = true }

-- Those that the schema, which does not check them, says nothing of.
local TYPES = { Discount = "number" }

-- What the text in a column stands for: a "number", a "moment" (which may be its text, too), or itself.
local function type_of(field)
  return TYPES[field[1]] or NUMBERS[field[2]] and "number" or field.date and "moment" or nil
end

-- Whatever is misspelt most often left out.
local function letters(name)
  return (name:gsub("_", ""):lower())
end

local known = {} -- by name: { table = "DeliveryAddress", key = "Town", type = nil }
local nearby = {} -- by letters: the name that is meant

local function add(prefix, suggested, name, field, table_name)
  known[prefix .. name] = { table = table_name, key = field[1], type = type_of(field) }
  nearby[letters(prefix .. name)] = suggested .. field.short
end

for _, field in ipairs(order_kind.schema) do
  for _, outer in ipairs { field[1], field.short } do
    for _, inner in ipairs(field.of or field.each or {}) do
      for _, name in ipairs { inner[1], inner.short } do
        add(outer .. ".", field.short .. ".", name, inner, field[1])
        if field.each then
          add("", "", name, inner, field[1])
        elseif field.required then
          nearby[letters(name)] = field.short .. "." .. inner.short
        end
      end
    end
    if not field.of and not field.each then
      add("", "", outer, field, "")
    end
  end
end

-- The field that a name names, and of which item, when it says so.
local function find(name)
  if known[name] then
    return known[name]
  end
  local outer, number, inner = name:match "^(%a[%a_]*)%[([1-9]%d?%d?)%]%.(.+)$"
  local base = outer and outer .. "." .. inner
  if not base then
    base, number = name:match "^(.+)_([1-9]%d?%d?)$"
  end
  local field = known[base or ""]
  if field and field.table == "OrderItems" then
    return field, tonumber(number)
  end
end

local function unknown(name)
  if name == "" then
    return "a column has no name"
  end
  local near = spelling.nearest(letters(name), nearby)
  local base, number = name:match "^(.+)(_%d+)$"
  local suggestion = near and nearby[near]
  if not near and base then
    near = spelling.nearest(letters(base), nearby)
    suggestion = near and nearby[near] .. number
  end
  return ("%s is no field of an order%s"):format(rule.show(name), suggestion
    and (": is %s meant?"):format(suggestion) or "; a column that is of no use is named by --ignore")
end

-- Puts a column where it belongs. Returns what is wrong with it.
local function place(columns, taken, index, name)
  local field, number = find(name)
  if not field then
    return unknown(name)
  end
  local path = field.table .. "." .. field.key
  local is_item = field.table == "OrderItems"
  local slot = is_item and (number or 1) or field.table
  taken[path] = taken[path] or {}
  while is_item and not number and taken[path][slot] do
    slot = slot + 1
  end
  if taken[path][slot] then
    return ("%s is there already, as column %d"):format(rule.show(name), taken[path][slot])
  end
  taken[path][slot] = index
  local group = is_item and columns.items or columns.tables
  group[slot] = group[slot] or {}
  table.insert(group[slot], { index = index, key = field.key, type = field.type })
end

-- What must be there and is not.
local function missing(taken)
  local problems = {}
  local function check(fields, table_name)
    for _, field in ipairs(fields) do
      if field.each then
        check(field.each, field[1])
      elseif field.required and not field.of and not taken[table_name .. "." .. field[1]] then
        table.insert(problems, { message = "there is no column " .. field.short })
      end
    end
  end
  check(order_kind.schema, "")
  return problems
end

-- The items' columns one behind the other, without those that no column has.
local function close_up(items)
  local slots, numbers = {}, {}
  for number in pairs(items) do
    numbers[#numbers + 1] = number
  end
  table.sort(numbers)
  for i, number in ipairs(numbers) do
    slots[i] = items[number]
  end
  return slots
end

--- Reads a header, a list of names. `ignored` has the names of columns that are of no use. Returns the
-- columns, and a list of what is wrong, each { index = of the column, or nil, message = }. Columns are:
--   names      the header
--   tables     by the name of the table in an order, "" for the order itself: a list of columns
--   items      the same for each item of a line
--   reference  which column has the reference
--   reason     which one tells why a line was rejected
-- A column is { index, key, type }: where it is, the field's name, and its type (nil: text).
function M.read(names, ignored)
  local columns = { names = names, tables = {}, items = {} }
  local taken, problems = {}, {}
  for index, name in ipairs(names) do
    name = name:match "^%s*(.-)%s*$"
    if name == M.REASON then
      columns.reason = index
    elseif not ignored[name] then
      local message = place(columns, taken, index, name)
      table.insert(problems, message and { index = index, message = message })
    end
  end
  columns.items = close_up(columns.items)
  columns.reference = taken[".ReferenceNumber"] and taken[".ReferenceNumber"][""]
  if #problems == 0 then -- else what is missing is probably misspelt
    problems = missing(taken)
  end
  return columns, problems
end

return M
