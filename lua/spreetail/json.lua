--- JSON on the way out: Lua values as text, or everything that is wrong with them.
--
-- lua-cjson does the writing. What it can't write exactly is found before, with its path: that is
-- rare, so the core is asked first whether there is any.

local cjson = require "cjson"
local check_dot = require "spreetail.dot"
local core = require "spreetail.core"

local writer = cjson.new()

local function write(value)
  if writer.encode(0.5) ~= "0.5" then
    writer = cjson.new() -- which asks what the locale puts before decimals; it was set since
  end
  return writer.encode(value)
end

local M = {}

--- A JSON `null`, for a field that must be sent as such.
M.null = cjson.null

--- Marks a table as a list, so that it is written as `[]` even when it is empty.
function M.array(list)
  check_dot("array", M.array, list, 2)
  if type(list) ~= "table" then
    error("spreetail.array: a table is needed, not " .. (list == nil and "nil" or "a " .. type(list)), 2)
  end
  return setmetatable(list, core.array_metatable)
end

--- Whether a table is marked so.
function M.is_array(list)
  return rawequal(getmetatable(list), core.array_metatable)
end

-- lua-cjson writes an empty table as {}. So an empty list is written as this string first, which
-- nobody else can come up with.
local empty_list = "empty list " .. tostring {} .. os.time()
local empty_list_text = '"' .. empty_list .. '"'

local MOST_LEVELS = 100 -- nothing in the API is nested deeper
-- Tables that refer to each other in many ways would keep us for ever.
local MOST_PROBLEMS, MOST_VALUES = 1000, 5000000
-- lua-cjson writes 14 digits: all of a whole number below the first limit, two decimals below the other.
local FIRST_INEXACT, FIRST_INEXACT_FRACTION = 1e14, 1e12

local function problem(problems, path, message)
  problems[#problems + 1] = { path = path, message = message }
end

local function below(path, key)
  if type(key) == "number" then
    return ("%s[%d]"):format(path, key)
  end
  return path == "" and key or path .. "." .. key
end

-- A key for people. It may be a table whose __tostring is not to be trusted.
function M.show_key(key)
  local kind = type(key)
  return (kind == "string" or kind == "number" or kind == "boolean") and tostring(key) or "of type " .. kind
end

local function check_text(text, path, problems)
  if not core.is_utf8(text) then
    problem(problems, path, "is not valid UTF-8")
  end
end

local function check_name(name, path, problems)
  if not core.is_utf8(name) then
    problem(problems, path, "has a key that is not valid UTF-8")
  elseif name:find("\0", 1, true) then
    problem(problems, path, "has a key with a NUL in it, which could not be read in an answer")
  end
end

local function check_number(number, path, problems)
  if number ~= number or number == math.huge or number == -math.huge then
    problem(problems, path, ("is %s, which JSON has no number for"):format(tostring(number)))
    return
  end
  local size = number < 0 and -number or number -- the smallest integer stays below zero
  if number % 1 ~= 0 and size >= FIRST_INEXACT_FRACTION then
    problem(problems, path, ("is %.17g, a number with decimals behind 13 digits or more, which can't be "
      .. "written exactly: give it as a string"):format(number))
  elseif size >= FIRST_INEXACT or size < 0 then
    local digits = math.type and math.type(number) == "integer" and "%d" or "%.0f"
    problem(problems, path, ("is %s, a number of 15 digits or more, which can't be written "
      .. "exactly: give it as a string"):format(digits:format(number)))
  end
end

--- Whether the table is a list (nil when it is neither list nor object), and how long.
local function shape(value, path, problems)
  local count, longest, named = 0, 0, false
  for key in next, value do
    if type(key) == "string" then
      named = true
    elseif type(key) == "number" and key >= 1 and key % 1 == 0 then
      count, longest = count + 1, math.max(longest, key)
    else
      problem(problems, path, ("has a key (%s) that is neither a name nor 1, 2, 3, ..."):format(
        M.show_key(key)))
      return nil
    end
  end
  local marked = M.is_array(value)
  if named and (count > 0 or marked) then
    problem(problems, path, "mixes list items with named fields")
    return nil
  end
  if longest > count then
    local hole = 1
    while rawget(value, hole) ~= nil do
      hole = hole + 1
    end
    problem(problems, below(path, hole),
      "is missing: a list must not have holes (spreetail.null holds a place)")
    return nil
  end
  return marked or count > 0, count
end

local check

-- `around`: the tables that this one is in, outermost first.
local function check_table(value, path, problems, around)
  for _, outer in ipairs(around) do
    if rawequal(outer, value) then
      problem(problems, path, "contains itself")
      return value
    end
  end
  if #around == MOST_LEVELS then
    problem(problems, path, "is nested more than 100 levels deep")
    return value
  elseif #problems >= MOST_PROBLEMS then
    return value
  end
  local is_list, count = shape(value, path, problems)
  if is_list == nil then
    return value
  elseif is_list and count == 0 then
    return empty_list
  end
  local copy
  around[#around + 1] = value
  for key, item in next, value do
    if type(key) == "string" then
      check_name(key, path, problems)
    end
    local checked = check(item, below(path, key), problems, around)
    if not rawequal(checked, item) then
      if not copy then
        copy = {}
        for k, v in next, value do
          copy[k] = v
        end
      end
      copy[key] = checked
    end
  end
  around[#around] = nil
  return copy or value
end

-- Notes what is wrong with the value; returns what is to be written for it.
function check(value, path, problems, around)
  local kind = type(value)
  problems.seen = problems.seen + 1
  if problems.seen > MOST_VALUES then
    if problems.seen == MOST_VALUES + 1 then
      problem(problems, "", ("holds more than %d values"):format(MOST_VALUES))
    end
  elseif kind == "string" then
    check_text(value, path, problems)
  elseif kind == "number" then
    check_number(value, path, problems)
  elseif kind == "table" then
    return check_table(value, path, problems, around)
  elseif kind ~= "boolean" and not rawequal(value, M.null) then
    problem(problems, path, ("is a %s, which JSON has nothing for"):format(kind))
  end
  return value
end

local function by_path(a, b)
  return a.path < b.path
end

--- Everything that JSON can't hold of a table, as a list of {path=, message=} ordered by path.
function M.problems(value)
  if core.is_plain(value) then
    return {}
  end
  local problems = { seen = 0 } -- and how many values were
  check(value, "", problems, {})
  problems.seen = nil
  table.sort(problems, by_path)
  return problems
end
--- The JSON text of a table in which there are no problems.
function M.write(value)
  if core.is_plain(value) then
    return write(value)
  end
  local checked = check(value, "", { seen = 0 }, {})
  if checked == empty_list then
    return "[]"
  end
  -- Plain, and only the first result of gsub.
  local text = write(checked):gsub(empty_list_text, "[]")
  return text
end

--- The JSON text of a table; or nil and its problems.
function M.encode(value)
  local problems = M.problems(value)
  if #problems > 0 then
    return nil, problems
  end
  return M.write(value)
end

return M
