--- Dates in the form of the API.

local date = {}

local PATTERN = [[\A(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])]]
  .. [[T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\z]]
local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

function date.is_valid(text)
  local parts = ngx.re.match(text, PATTERN, "jo")
  if not parts then
    return false
  end
  local year, month, day = tonumber(parts[1]), tonumber(parts[2]), tonumber(parts[3])
  return day <= DAYS[month] or (month == 2 and day == 29 and is_leap(year))
end

--- Seconds since the epoch as a date, UTC.
function date.format(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)
end

return date
