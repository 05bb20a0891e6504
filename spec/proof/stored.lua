-- What the sandbox holds, compared with what was sent.

local cjson = require "cjson"
local server = require "server"

local stored = {}

-- Whether all that was sent is stored so; what the server has added doesn't matter.
local function is_part_of(sent, found)
  if type(sent) ~= "table" or type(found) ~= "table" then
    return sent == found
  end
  for name, value in pairs(sent) do
    if not is_part_of(value, found[name]) then
      return false
    end
  end
  return true
end

--- Of the orders PREFIX1 to PREFIX`count`, how many can be read, and how many of these are not what
-- `order(number)` is.
function stored.compare(prefix, count, order)
  local url = server.variable "SANDBOX_CONTROL_URL" .. "/__sandbox/orders/" .. prefix .. "[1-" .. count .. "]"
  local pipe = assert(io.popen("curl --silent " .. server.quote(url)))
  local found, different, number = 0, 0, 0
  for line in pipe:lines() do
    local record = cjson.decode(line)
    number = number + 1
    if record.ReferenceNumber then
      found = found + 1
      different = different + (is_part_of(order(number), record) and 0 or 1)
    end
  end
  pipe:close()
  return found, different
end

return stored
