-- A server that sends just the bytes it is told to, in this process and thread: it moves on while
-- `ask` waits. (The sandbox's faults are JSON, so that it can't send what is no UTF-8.)

local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local spreetail = require "spreetail"

local LOGIN = '{"success":true,"data":{"access_token":"a-token","expires_in":86400}}'

local Server = {}
Server.__index = Server

-- What is no HTTP answer becomes the body of one.
local function write_answer(connection, text)
  if text:find "^HTTP/" then
    connection:write(text)
    return connection:flush()
  end
  local head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
  connection:write(head:format(#text) .. text) -- at once: two packets would wait for each other
  connection:flush()
end

-- The path and the body of a request; nil when the connection has ended.
local function read_request(connection)
  local line = connection:read "*l"
  local path = line and line:match "^%u+ (%S+)"
  local size = 0
  while line and line ~= "" and line ~= "\r" do
    size = tonumber(line:lower():match "^content%-length:%s*(%d+)") or size
    line = connection:read "*l"
  end
  return path, size > 0 and connection:read(size) or ""
end

local function serve(self, connection)
  connection:setmode("bf", "bf")
  connection:onerror(function(_, _, why) return why end) -- a client may hang up at any time
  while true do
    local path, body = read_request(connection)
    if not path then
      return connection:close()
    elseif path:find("/auth/login", 1, true) then
      write_answer(connection, LOGIN)
    else
      self.received = body
      write_answer(connection, self.answer)
    end
  end
end

--- Starts a server and a client of it.
local function start()
  local listener = socket.listen("127.0.0.1", 0)
  local _, _, port = listener:localname()
  local self = setmetatable({ listener = listener, loop = cqueues.new() }, Server)
  self.loop:wrap(function()
    while true do -- PUC Lua 5.1 can't yield in the iterator that cqueues has for this
      local connection = listener:accept()
      self.loop:wrap(function() serve(self, connection) end)
    end
  end)
  self.client = spreetail.assert(spreetail.client {
    base_url = ("http://127.0.0.1:%d"):format(port), allow_http = true, retries = 0, client_id = "a",
    client_secret = "b", timeout = 5,
  })
  return self
end

--- What the client makes of an answer of these bytes, or of this body: data and response, or nil and
--- an error.
function Server:ask(text, options)
  self.answer = text
  local future = self.client.async:request("POST", "/any", options)
  while not future:done() do
    self.client:poll(0.001)
    assert(self.loop:step(0))
  end
  return future:result()
end

function Server:stop()
  self.client:close()
  self.listener:close()
end

return { start = start }
