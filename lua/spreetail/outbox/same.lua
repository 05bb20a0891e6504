--- Pure: whether the texts of two orders, written by us, say the same. A table's keys are written in the
-- order in which Lua has them, which differs from one process to the next.

local canonical

local function text_end(json, at)
  local stop = at
  repeat
    stop = json:find('["\\]', stop + 1)
    local is_escape = json:byte(stop) == 92
    stop = is_escape and stop + 1 or stop
  until not is_escape
  return stop
end

-- The members of an object, or the items of a list, from behind its bracket: their texts, and the place
-- behind it.
local function parts(json, at, closing, ignored)
  local list = {}
  while json:sub(at, at) ~= closing do
    local key = ""
    if closing == "}" then
      local stop = text_end(json, at)
      key = json:sub(at, stop + 1) -- the colon with it
      at = stop + 2
    end
    local value
    value, at = canonical(json, at)
    if key ~= ignored then
      list[#list + 1] = key .. value
    end
    at = json:sub(at, at) == "," and at + 1 or at
  end
  return list, at + 1
end

-- A value that begins there, its keys sorted, and the place behind it. `ignored`: a key of it that is left
-- out.
function canonical(json, at, ignored)
  local first = json:sub(at, at)
  if first == '"' then
    local stop = text_end(json, at)
    return json:sub(at, stop), stop + 1
  elseif first == "{" then
    local members, behind = parts(json, at + 1, "}", ignored)
    table.sort(members)
    return "{" .. table.concat(members, ",") .. "}", behind
  elseif first == "[" then
    local items, behind = parts(json, at + 1, "]")
    return "[" .. table.concat(items, ",") .. "]", behind
  end
  local word = json:match("^[^,%]}]+", at)
  return word, at + #word
end

local M = {}

--- Whether two orders are the same: { body =, from_clock = }. A date that one of them has from the clock is
-- not compared.
function M.orders(a, b)
  if a.body == b.body then
    return true
  end
  local ignored = (a.from_clock or b.from_clock) and '"ReceivedDate":' or nil
  return canonical(a.body, 1, ignored) == canonical(b.body, 1, ignored)
end

return M
