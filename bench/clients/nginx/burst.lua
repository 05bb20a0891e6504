-- burst.lua PORT PATH FIRST COUNT DELAY: opens COUNT connections, and after so many seconds asks for
-- PATH?REFERENCE on all of them at once. Prints how many were answered with 200.

local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local port, path = tonumber(arg[1]), arg[2]
local first, count, delay = tonumber(arg[3]), tonumber(arg[4]), tonumber(arg[5])
local began = cqueues.monotime()
local connections, good = {}, 0

local function open()
  local connection = assert(socket.connect("127.0.0.1", port))
  assert(connection:connect())
  connection:setmode("b", "bf")
  return connection
end

local function burst()
  for i = 1, count do
    connections[i] = open()
  end
  cqueues.sleep(began + delay - cqueues.monotime())
  local request = "GET %s?BENCH-%07d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
  for i, connection in ipairs(connections) do
    assert(connection:write(request:format(path, first + i)))
    assert(connection:flush())
  end
  for _, connection in ipairs(connections) do
    io.stderr:write("")
    good = good + (connection:read "*l":match " 200 " and 1 or 0)
  end
end

local controller = cqueues.new()
controller:wrap(burst)
assert(controller:loop())
print(good)
