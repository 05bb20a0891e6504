-- A token store in Redis, for programs on several machines: sealed tokens, shared.
--
--     local store = dofile("redis_store.lua").new("127.0.0.1", 6379)
--     local client = spreetail.client { token_store = store }
--
-- Speaks the little of Redis' protocol that is needed, over a socket of cqueues.
local socket = require "cqueues.socket"

local Store = {}

-- Sends a command and returns the reply: a string, a number, or nil for "nothing". Raises when Redis
-- can't be reached or refuses; the client then logs in by itself.
local function command(address, ...)
  local connection = assert(socket.connect(address))
  connection:settimeout(1)
  connection:setmode("b", "bn")
  local words = { ... }
  local request = { ("*%d\r\n"):format(#words) }
  for _, word in ipairs(words) do
    table.insert(request, ("$%d\r\n%s\r\n"):format(#tostring(word), tostring(word)))
  end
  assert(connection:write(table.concat(request)))
  local line = assert(connection:read "*l")
  local kind, rest = line:match "^(.)(.-)\r?$"
  local reply
  if kind == "$" and rest ~= "-1" then
    reply = assert(connection:read(tonumber(rest)))
  elseif kind == "+" or kind == ":" then
    reply = rest
  end
  connection:close()
  assert(kind ~= "-", rest)
  return reply
end

function Store.new(host, port)
  local address = { host = host, port = port }
  return {
    get = function(key)
      return command(address, "GET", "spreetail:" .. key)
    end,
    set = function(key, sealed, seconds)
      command(address, "SET", "spreetail:" .. key, sealed, "PX", math.ceil(seconds * 1000))
    end,
    lock = function(key, seconds)
      local milliseconds = math.ceil(seconds * 1000)
      return command(address, "SET", "spreetail:" .. key .. ":lock", "1", "NX", "PX", milliseconds) ~= nil
    end,
    unlock = function(key)
      command(address, "DEL", "spreetail:" .. key .. ":lock")
    end,
  }
end

return Store
