-- Requests to one URL at a steady pace, whatever becomes of those before: how long each took, counted
-- from when it was due, so that a server that stands still is not asked less often.

local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local pace = {}

local function open(host, port)
  local connection = assert(socket.connect(host, port))
  connection:setmode("b", "bf")
  return connection
end

local function ask(connection, path)
  assert(connection:write("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
  assert(connection:flush())
  local status, length = (connection:read "*l" or ""):match " (%d+)", 0
  local chunked = false
  for line in connection:lines "*l" do
    line = line:gsub("\r$", "")
    length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: (%d+)") or length
    chunked = chunked or line:lower() == "transfer-encoding: chunked"
    if line == "" then
      break
    end
  end
  while chunked do
    local size = tonumber(connection:read "*l":match "%x+", 16)
    connection:read(size + 2)
    chunked = size > 0
  end
  if length > 0 then
    connection:read(length)
  end
  return status
end

--- Starts `rate` requests a second within the running controller, for as long as `goes_on()` says;
-- returns a function that waits for the last, and returns the list of seconds, sorted.
function pace.start(host, port, path, rate, goes_on)
  local idle, times, running = {}, {}, 0
  local controller = cqueues.running()
  local began, count = cqueues.monotime(), 0
  local function one(due)
    local connection = table.remove(idle) or open(host, port)
    assert(ask(connection, path) == "200")
    times[#times + 1] = cqueues.monotime() - due
    idle[#idle + 1] = connection
    running = running - 1
  end
  local ended = false
  controller:wrap(function()
    while goes_on() do
      local due = began + count / rate
      count = count + 1
      cqueues.sleep(math.max(due - cqueues.monotime(), 0))
      running = running + 1
      controller:wrap(one, due)
    end
    ended = true
  end)
  return function()
    while running > 0 or not ended do
      cqueues.sleep(0.002)
    end
    for _, connection in ipairs(idle) do
      connection:close()
    end
    table.sort(times)
    return times
  end
end

--- Requests for PATH1, PATH2, ... up to `count`, each on a connection of its own: `rate` a second, or
-- all at once. Returns a table: status -> how often.
function pace.each(host, port, path, count, rate)
  local statuses, running, began = {}, count, cqueues.monotime()
  local function one(i)
    local ok, status = pcall(function()
      local connection = open(host, port)
      connection:settimeout(60)
      local got = ask(connection, path .. i)
      connection:close()
      return got
    end)
    status = ok and status or "none"
    statuses[status] = (statuses[status] or 0) + 1
    running = running - 1
  end
  for i = 1, count do
    if rate then
      cqueues.sleep(math.max(began + i / rate - cqueues.monotime(), 0))
    end
    cqueues.running():wrap(one, i)
  end
  while running > 0 do
    cqueues.sleep(0.005)
  end
  return statuses
end

return pace
