--- Rules for the values of fields, in words.

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

--- What is wrong with a value by the rule of that name, or nil. What it is wanted to be comes first, what was
-- given second, so that a person can mend it.
function M.breach(name, value)
  local words = core.breach(name, value)
  return words and words:format(M.show(value))
end

return M
