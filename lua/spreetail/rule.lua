--- Rules for the values of fields: each takes a value and returns what is wrong with it, or nil.
--
-- What a value is wanted to be comes first, what was given second, so that a person can mend it.

local core = require "spreetail.core"
local json = require "spreetail.json"

local M = {}

-- The beginning of a text, without what would spoil a message.
local function readable(text)
  local most = 40
  if #text > most then
    -- Not in the middle of a character: its other bytes are 128 to 191.
    while text:byte(most + 1) >= 128 and text:byte(most + 1) < 192 and most > 36 do
      most = most - 1
    end
    text = text:sub(1, most) .. "..."
  end
  return (text:gsub(core.is_utf8(text) and "%c" or "[^ -~]", "?"))
end

--- A value for people: what was given.
function M.show(value)
  local kind = type(value)
  if kind == "string" then
    return "'" .. readable(value) .. "'"
  elseif value ~= value then
    return "nan" -- which C may show with a sign
  elseif kind == "number" or kind == "boolean" or kind == "nil" then
    return tostring(value)
  elseif rawequal(value, json.null) then
    return "null"
  end
  return "a " .. kind
end

local function wanted(what, value)
  return ("must be %s, not %s"):format(what, M.show(value))
end

--- Any text.
function M.text(value)
  if type(value) ~= "string" then
    return wanted("a string", value)
  end
end

--- What names something: a reference, a SKU, a line number.
function M.identifier(value)
  if type(value) ~= "string" then
    return wanted("a string", value)
  elseif value == "" then
    return "must not be empty"
  elseif value:find "%c" then
    return "must not hold control characters"
  elseif not core.is_utf8(value) then
    return "is not valid UTF-8"
  end
end

--- What an order is looked up by, as a segment of a path.
function M.reference(value)
  if value == "." or value == ".." then
    return ("must not be %s, which leads elsewhere in a path"):format(M.show(value))
  end
  return M.identifier(value)
end

local function is_number(value, least, most)
  return type(value) == "number" and value >= least and value <= most -- NaN is not
end

-- The largest finite number.
local MOST = 1.7976931348623157e308

--- Any number that JSON has.
function M.number(value)
  if not is_number(value, -MOST, MOST) then
    return wanted("a number", value)
  end
end

--- How much money.
function M.amount(value)
  if not is_number(value, 0, MOST) then
    return wanted("a number from 0", value)
  end
end

--- How much of something is tax.
function M.percentage(value)
  if not is_number(value, 0, 100) then
    return wanted("a percentage from 0 to 100", value)
  end
end

--- How many: 1, 2, 3, ...
function M.quantity(value)
  if not is_number(value, 1, MOST) or value % 1 ~= 0 then
    return wanted("a whole number from 1", value)
  end
end

--- What one of something costs: zero-priced orders are rejected.
function M.price(value)
  if not is_number(value, 0.01, MOST) then
    return wanted("a number of at least 0.01", value)
  end
end

--- A length or a weight.
function M.measure(value)
  if not is_number(value, 0, MOST) or value == 0 then
    return wanted("a number above 0", value)
  end
end

function M.currency(value)
  if type(value) ~= "string" or not value:find "^[A-Z][A-Z][A-Z]$" then
    return wanted("three capital letters, such as EUR", value)
  end
end

--- ISO 3166, by its form: we don't know which countries there are.
function M.country(value)
  if type(value) ~= "string" or not value:find "^[A-Z][A-Z]$" then
    return wanted("two capital letters, such as DE", value)
  end
end

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_day(year, month, day)
  if month < 1 or month > 12 or day < 1 then
    return false
  elseif month == 2 and year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) then
    return day <= 29
  end
  return day <= DAYS[month]
end

local function is_zone(zone)
  local hours, minutes = zone:match "^[+-](%d%d):(%d%d)$"
  return zone == "Z" or (hours ~= nil and tonumber(hours) < 24 and tonumber(minutes) < 60)
end

local function is_date(text)
  local year, month, day, hour, minute, second, rest =
    text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)(.*)$"
  if not year or not is_day(tonumber(year), tonumber(month), tonumber(day)) then
    return false
  end
  if tonumber(hour) > 23 or tonumber(minute) > 59 or tonumber(second) > 59 then
    return false
  end
  return is_zone(rest:match "^%.%d+(.*)$" or rest)
end

local LAST = 253402300799 -- seconds from the epoch to the end of the year 9999

--- A moment: ISO 8601. (Seconds since the epoch have become that before.)
function M.date(value)
  if type(value) ~= "string" or not is_date(value) then
    local wrong = wanted("a time such as 2026-01-31T12:00:00Z, or seconds since the epoch", value)
    local in_milliseconds = is_number(value, LAST, LAST * 1000)
    return in_milliseconds and wrong .. ", which would be milliseconds" or wrong
  end
end

--- Seconds since the epoch as a date, UTC; what can't be one is returned as it is.
function M.to_date(value)
  if is_number(value, 0, LAST) then
    return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(value))
  end
  return value
end

return M
