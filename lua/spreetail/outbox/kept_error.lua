--- Pure: what of an error is kept with a row. What the server shows of an order that is stored there may be
-- about somebody else, and whoever reads a row is told of its order alone.

local core = require "spreetail.core"

local MOST_BYTES = 500
local MOST_PATHS = 10

local M = {}

-- Where another order differs, without what it says there.
local function differences(details)
  local paths = {}
  for i, detail in ipairs(type(details) == "table" and details or {}) do
    if i > MOST_PATHS then
      paths[i] = "..."
      break
    end
    paths[i] = tostring(detail.path)
  end
  return table.concat(paths, ", ")
end

-- Text that JSON and a database take, of a bounded length.
local function printable(text)
  text = (core.is_utf8(text) and text or text:gsub("[^ -~]", "?")):gsub("%c", " ")
  if #text <= MOST_BYTES then
    return text
  end
  local last = MOST_BYTES
  while text:byte(last + 1) >= 128 and text:byte(last + 1) < 192 do
    last = last - 1 -- not in the middle of a character
  end
  return text:sub(1, last) .. "..."
end

--- The kind and the message of an error as they are kept. `found`: a refused order's reference is taken, and
-- whether by this order nobody knows.
function M.of(err, found)
  local message = err.message
  if err.kind == "conflict" and err.details then
    local what = err.outcome == "unknown" and "an order that shows too little to be compared"
      or "another order, which differs,"
    message = ("%s is stored under this reference: %s"):format(what, differences(err.details))
  elseif found then
    message = message .. "; yet an order is stored under this reference, and a try before may have created it"
  end
  return err.kind, printable(message)
end

return M
