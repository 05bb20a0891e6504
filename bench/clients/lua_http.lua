-- lua-http on cqueues with lua-cjson: so many coroutines, each of which sends one order after the other
-- on a connection of its own. (Where coroutines shared an HTTP/2 connection, some were never woken.)

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cjson = require "cjson"
local cqueues = require "cqueues"
local http_client = require "http.client"
local http_headers = require "http.headers"
local http_tls = require "http.tls"
local x509 = require "openssl.x509"
local x509_store = require "openssl.x509.store"
local run = require "run"

local host, port, base = run.url:match "^https://([^:/]+):(%d+)(.*)$"

local function new_context()
  local file = assert(io.open(run.ca_file))
  local store = x509_store.new()
  store:add(x509.new(file:read "*a"))
  file:close()
  local context = http_tls.new_client_context()
  context:setStore(store)
  return context
end

local context = new_context()

local function connect()
  local connection = assert(http_client.connect { host = host, port = port, tls = true, ctx = context })
  assert(connection:connect())
  return connection
end

local function post(connection, path, authorization, value)
  local headers = http_headers.new()
  headers:append(":method", "POST")
  headers:append(":scheme", "https")
  headers:append(":authority", host .. ":" .. port)
  headers:append(":path", base .. path)
  headers:append("content-type", "application/json")
  if authorization then
    headers:append("authorization", authorization, true)
  end
  local body = cjson.encode(value)
  headers:append("content-length", tostring(#body))
  local stream = assert(connection:new_stream())
  assert(stream:write_headers(headers, false))
  assert(stream:write_body_from_string(body))
  local status = assert(stream:get_headers()):get ":status"
  local answer = assert(stream:get_body_as_string())
  assert(status == "200", answer)
  return cjson.decode(answer)
end

local controller = cqueues.new()
local connections, authorization = {}, nil

local function prepare()
  for i = 1, run.in_flight do
    connections[i] = connect()
  end
  local login = post(connections[1], "/auth/login", nil, run.credentials())
  authorization = "Bearer " .. login.data.access_token
end

local function send_orders(first, last)
  local number, accepted = first, 0
  local function worker(connection)
    while number <= last do
      number = number + 1
      local stored = post(connection, "/outbound", authorization, run.order(number - 1))
      accepted = accepted + (stored.success and 1 or 0)
    end
  end
  for _, connection in ipairs(connections) do
    controller:wrap(worker, connection)
  end
  assert(controller:loop())
  return accepted
end

controller:wrap(prepare)
assert(controller:loop())
run.measure(cqueues.monotime, send_orders)
