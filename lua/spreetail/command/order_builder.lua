--- Functions that make an order of a line's fields, written for the columns of a table: a table that is made
-- with all of its fields costs Lua a fraction of one that grows, and there are many lines.

local M = {}

local find = string.find

--
-- What the text in a column stands for.
--

-- A number. What is none stays text, and is found to be wrong when the order is checked.
local function number(text)
  return find(text, "^%-?%d+%.?%d*$") and tonumber(text) or text
end

-- The same where decimals may stand behind a comma, as they do where fields stand between semicolons. 1.234
-- may be a thousand there, or one and a bit.
local function number_with_comma(text)
  return find(text, "[.,]%d%d%d$") and text or number((text:gsub(",", ".")))
end

-- A time, or seconds since the epoch, which have ten digits. Others may well be a day: 20260131.
local function moment(text)
  return find(text, "^%d%d%d%d%d%d%d%d%d%d$") and tonumber(text) or text
end

local MOST_KNOWN, LONGEST_KNOWN = 1000, 40

-- A table that reads a text when it is asked for it, and knows it from then on, for a while.
local function reading(read)
  local count = 0
  return setmetatable({}, { __index = function(known, text)
    local value = read(text)
    if count == MOST_KNOWN then
      count = 0
      for each in pairs(known) do
        known[each] = nil
      end
    end
    if #text <= LONGEST_KNOWN then
      count = count + 1
      known[text] = value
    end
    return value
  end })
end

--
-- Code.
--

-- A table with these columns' fields, those that are empty left out.
local function constructor(columns)
  local fields = {}
  for i, column in ipairs(columns) do
    local value = column.type and "%s[f[%d]]" or "f[%d]"
    value = column.type and value:format(column.type, column.index) or value:format(column.index)
    fields[i] = ('%s = f[%d] ~= "" and %s or nil'):format(column.key, column.index, value)
  end
  return fields
end

-- Whether one of these columns has something.
local function condition(columns)
  local terms = {}
  for i, column in ipairs(columns) do
    terms[i] = ('f[%d] ~= ""'):format(column.index)
  end
  return table.concat(terms, " or ")
end

local function braced(fields)
  return "{ " .. table.concat(fields, ", ") .. " }"
end

local function order_code(columns)
  local fields = constructor(columns.tables[""])
  for name, inner in pairs(columns.tables) do
    if name ~= "" then
      fields[#fields + 1] = ("%s = (%s) and %s or nil")
        :format(name, condition(inner), braced(constructor(inner)))
    end
  end
  fields[#fields + 1] = "OrderItems = {}"
  return "return " .. braced(fields)
end

local function items_code(columns)
  local lines = {}
  for i, item in ipairs(columns.items) do
    lines[i] = ("if %s then items[#items + 1] = %s end"):format(condition(item), braced(constructor(item)))
  end
  return table.concat(lines, "\n")
end

-- Whether each of the order's own columns is empty in a line `f`, or as in its first one.
local function sameness(columns)
  local terms = {}
  for _, inner in pairs(columns.tables) do
    for _, column in ipairs(inner) do
      local index = column.index
      terms[#terms + 1] = ('(f[%d] == "" or f[%d] == first[%d])'):format(index, index, index)
    end
  end
  return table.concat(terms, " and ")
end

-- Of Lua 5.1 to 5.4, `load` takes a function that returns code.
local function compile(code)
  return assert(load(function()
    local part = code
    code = nil
    return part
  end))
end

--- For columns (order_columns.lua) of a table with this delimiter, three functions of a line's fields: makes
-- an order of them, without items; adds the items that they are to a list; tells whether they say the same
-- of the order as those of its first line, or nothing.
function M.new(columns, delimiter)
  local make = compile(([[
    local number, moment = ...
    return function(f) %s end, function(f, items) %s end, function(f, first) return %s end
  ]]):format(order_code(columns), items_code(columns), sameness(columns)))
  return make(reading(delimiter == "," and number or number_with_comma), reading(moment))
end

return M
