--- JSON as people write it into files: read with the place of every value, so that a mistake can be shown
-- where it stands.
--
-- Whole numbers stay exact, empty lists stay lists, and a name that an object has twice is a mistake.

local json = require "spreetail.json"

local M = {}

-- Deeper ones are no record of ours, and would exhaust the stack.
local DEEPEST = 100

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local WORDS = { ["true"] = true, ["false"] = false, null = json.null }

-- Raised within this file alone: what is wrong, and at which byte.
local function fail(at, message)
  error({ at = at, message = message }, 0)
end

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local function shown(text, at)
  local found = text:sub(at, at)
  return found == "" and "the end of the file" or "'" .. found .. "'"
end

local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64)
  elseif code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

-- A character written as \uXXXX, or as a pair of them; and where it ends.
local function read_code(text, at)
  local high = tonumber(text:match("^\\u(%x%x%x%x)", at) or fail(at, "\\u needs four hexadecimal digits"), 16)
  if high < 0xD800 or high > 0xDFFF then
    return utf8_of(high), at + 6
  end
  local low = tonumber(text:match("^\\u(%x%x%x%x)", at + 6) or "0", 16)
  if high > 0xDBFF or low < 0xDC00 or low > 0xDFFF then
    fail(at, "half of a surrogate pair, which is no character")
  end
  return utf8_of(0x10000 + (high - 0xD800) * 1024 + low - 0xDC00), at + 12
end

-- A string whose quote is at `at`; and where it ends.
local function read_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('["\\%c]', from) or fail(at, "a string without an end")
    parts[#parts + 1] = text:sub(from, stop - 1)
    local found = text:sub(stop, stop)
    if found == '"' then
      return table.concat(parts), stop + 1
    elseif found ~= "\\" then
      fail(stop, found == "\127" and "a control character in a string, to be written as \\u007f"
        or "a line break or control character in a string, which is written as \\n or \\u00XX")
    end
    local escaped = text:sub(stop + 1, stop + 1)
    if escaped == "u" then
      parts[#parts + 1], from = read_code(text, stop)
    else
      parts[#parts + 1] = ESCAPES[escaped] or fail(stop, "\\" .. escaped .. " means nothing in JSON")
      from = stop + 2
    end
  end
end

local function read_number(text, at)
  local digits = text:match("^-?%d+", at)
  local whole = digits and digits:match "^-?0$" or digits and digits:match "^-?[1-9]%d*$"
  if not whole then
    fail(at, digits and "a number that begins with 0" or "'-' without a number")
  end
  local stop = at + #whole
  local fraction = text:match("^%.%d+", stop) or ""
  local exponent = text:match("^[eE][+-]?%d+", stop + #fraction) or ""
  stop = stop + #fraction + #exponent
  local value = tonumber(whole .. fraction .. exponent)
  local is_exact = fraction .. exponent ~= "" or math.abs(value) < 2 ^ 53
    or (math.type and math.type(value) == "integer")
  if not is_exact then
    fail(at, "a number with more digits than can be kept: write it in quotes, as a string")
  elseif math.abs(value) == math.huge then
    fail(at, "a number too large to be one")
  end
  return value, stop
end

local read_value

local function read_list(text, at, place, depth)
  local list = json.array {}
  local next_at = skip(text, at + 1)
  if text:sub(next_at, next_at) == "]" then
    return list, next_at + 1
  end
  while true do
    local i = #list + 1
    list[i], next_at, place.children[i] = read_value(text, next_at, depth)
    next_at = skip(text, next_at)
    local found = text:sub(next_at, next_at)
    if found == "]" then
      return list, next_at + 1
    elseif found ~= "," then
      fail(next_at, "',' or ']' expected, not " .. shown(text, next_at))
    end
    next_at = skip(text, next_at + 1)
  end
end

local function read_object(text, at, place, depth)
  local object = {}
  local next_at = skip(text, at + 1)
  if text:sub(next_at, next_at) == "}" then
    return object, next_at + 1
  end
  while true do
    local key_at = next_at
    if text:sub(key_at, key_at) ~= '"' then
      fail(key_at, "a name in quotes expected, not " .. shown(text, key_at))
    end
    local key
    key, next_at = read_string(text, key_at)
    if object[key] ~= nil then
      fail(key_at, ("'%s' for a second time in one object"):format(key))
    end
    next_at = skip(text, next_at)
    if text:sub(next_at, next_at) ~= ":" then
      fail(next_at, "':' expected, not " .. shown(text, next_at))
    end
    object[key], next_at, place.children[key] = read_value(text, skip(text, next_at + 1), depth)
    place.children[key].at = key_at -- people look for the name
    next_at = skip(text, next_at)
    local found = text:sub(next_at, next_at)
    if found == "}" then
      return object, next_at + 1
    elseif found ~= "," then
      fail(next_at, "',' or '}' expected, not " .. shown(text, next_at))
    end
    next_at = skip(text, next_at + 1)
  end
end

-- The value that begins at `at`, where it ends, and its place.
function read_value(text, at, depth)
  local place, first = { at = at, children = {} }, text:sub(at, at)
  if depth == 0 then
    fail(at, ("more than %d levels deep"):format(DEEPEST))
  end
  local value, stop
  if first == "{" then
    value, stop = read_object(text, at, place, depth - 1)
  elseif first == "[" then
    value, stop = read_list(text, at, place, depth - 1)
  elseif first == '"' then
    value, stop = read_string(text, at)
  elseif first:find "[%d-]" then
    value, stop = read_number(text, at)
  else
    local word = text:match("^%a+", at) or ""
    value, stop = WORDS[word], at + #word
    if value == nil then
      fail(at, "a value expected, not " .. (word ~= "" and "'" .. word .. "'" or shown(text, at)))
    end
  end
  return value, stop, place
end

--- Line and column (in characters) of a byte in a text.
function M.line_and_column(text, at)
  local before = text:sub(1, at - 1)
  local _, breaks = before:gsub("\n", "")
  local beginning = before:match "[^\n]*$"
  return breaks + 1, #beginning:gsub("[\128-\191]", "") + 1
end

--- The value that a text holds, and the places of all that is in it, for `locate`. Or nil and what is wrong:
-- a table of `line`, `column` and `message`.
function M.read(text)
  local start = text:sub(1, 3) == "\239\187\191" and 4 or 1 -- a byte order mark, as some editors write
  local ok, value, stop, place = pcall(function()
    return read_value(text, skip(text, start), DEEPEST)
  end)
  local wrong = not ok and value
  if ok and skip(text, stop) <= #text then
    local at = skip(text, stop)
    wrong = { at = at, message = "nothing more expected, and here is " .. shown(text, at) }
  elseif wrong and type(wrong) ~= "table" then
    error(wrong, 0)
  end
  if wrong then
    local line, column = M.line_and_column(text, wrong.at)
    return nil, { line = line, column = column, message = wrong.message }
  end
  return value, { text = text, root = place }
end

local function letters(key)
  return tostring(key):gsub("_", ""):lower()
end

local function child_of(place, step)
  local number = step:match "^%[(%d+)%]$"
  if number then
    return place.children[tonumber(number)]
  elseif place.children[step] then
    return place.children[step]
  end
  for key, child in pairs(place.children) do
    if letters(key) == letters(step) then
      return child
    end
  end
end

--- Line and column of what a path such as "OrderItems[2].Qty" leads to, in either spelling; where it leads
-- to nothing, of what it should stand in.
function M.locate(places, path)
  local place = places.root
  for step in path:gsub("%[", ".["):gmatch "[^.]+" do
    local child = child_of(place, step)
    if not child then
      break
    end
    place = child
  end
  return M.line_and_column(places.text, place.at)
end

return M
