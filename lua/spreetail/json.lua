--- JSON on the way out: Lua values as text, or everything that is wrong with them.

local check_dot = require "spreetail.dot"
local cjson = require "cjson"
local core = require "spreetail.core"

local M = {}

-- What marks lists: ours, and what the installed lua-cjson has of these.
local marks = core.list_marks
marks.array_mt, marks.empty_array_mt = cjson.array_mt, cjson.empty_array_mt
marks.empty_array = cjson.empty_array

--- A JSON `null`, for a field that must be sent as such.
M.null = cjson.null

--- Marks a table as a list, so that it is written as `[]` even when it is empty.
function M.array(list)
  check_dot("array", M.array, list, 2)
  if type(list) ~= "table" then
    error("spreetail.array: a table is needed, not " .. (list == nil and "nil" or "a " .. type(list)), 2)
  end
  return setmetatable(list, marks.list)
end

--- A key for people. It may be a table whose __tostring is not to be trusted.
function M.show_key(key)
  local kind = type(key)
  return (kind == "string" or kind == "number" or kind == "boolean") and tostring(key) or "of type " .. kind
end

local function by_path(a, b)
  return a.path < b.path
end

--- The JSON text of a value; or nil and a list of {path=, message=}, ordered by path.
function M.encode(value)
  local text, problems = core.write_json(value)
  if text then
    return text
  end
  table.sort(problems, by_path)
  return nil, problems
end

return M
