-- luasocket and luasec with lua-cjson: HTTP/1.1 by hand on one connection, since socket.http closes it
-- after each request.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cjson = require "cjson"
local socket = require "socket"
local ssl = require "ssl"
local run = require "run"

local host, port, base = run.url:match "^https://([^:/]+):(%d+)(.*)$"

local connection = assert(socket.connect(host, tonumber(port)))
assert(connection:setoption("tcp-nodelay", true))
connection = assert(ssl.wrap(connection, {
  mode = "client", protocol = "tlsv1_3", cafile = run.ca_file, verify = "peer", options = "all",
}))
assert(connection:dohandshake())

local function post(path, headers, value)
  local body = cjson.encode(value)
  assert(connection:send(table.concat({
    "POST " .. base .. path .. " HTTP/1.1",
    "Host: " .. host .. ":" .. port,
    "Content-Type: application/json",
    "Content-Length: " .. #body,
    headers,
    body,
  }, "\r\n")))
  local status = assert(connection:receive()):match "^HTTP/1.1 (%d+)"
  local length
  for line in function() return assert(connection:receive()) end do
    if line == "" then
      break
    end
    length = tonumber(line:lower():match "^content%-length: *(%d+)") or length
  end
  local answer = assert(connection:receive(length))
  assert(status == "200", answer)
  return cjson.decode(answer)
end

local login = post("/auth/login", "", run.credentials())
local authorization = "Authorization: Bearer " .. login.data.access_token .. "\r\n"

run.measure(socket.gettime, function(first, last)
  local accepted = 0
  for number = first, last do
    accepted = accepted + (post("/outbound", authorization, run.order(number)).success and 1 or 0)
  end
  return accepted
end)
