-- The sandbox as these specs use it: clients for it, its faults, and what it has counted.

local cjson = require "cjson"
local socket = require "cqueues.socket"
local spreetail = require "spreetail"

local sandbox = {}

if os.getenv "SPEC_GC" == "aggressive" then
  -- A new cycle begins as soon as one has ended, and every so many instructions a whole one is
  -- made: what is not anchored does not live long.
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", 400)
  debug.sethook(function() collectgarbage() end, "", 20000)
end

--- How many of something: few where a run is slow by nature (under valgrind).
function sandbox.count(many, few)
  return os.getenv "SPEC_COUNTS" == "small" and few or many
end

function sandbox.variable(name)
  return assert(os.getenv(name), name .. " is not set: run this under sandbox/run")
end

--- A request to /__sandbox, made apart from the client under test. Returns the decoded answer.
function sandbox.control(method, path, value)
  local host, port = sandbox.variable "SANDBOX_CONTROL_URL":match "//(.*):(%d+)$"
  local body = type(value) == "table" and cjson.encode(value) or value or ""
  local connection = assert(socket.connect(host, tonumber(port)))
  connection:setmode("b", "bf")
  -- To HTTP/1.0 nothing is sent in chunks, and the connection is closed.
  assert(connection:write(("%s /__sandbox%s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s")
    :format(method, path, #body, body)))
  assert(connection:flush())
  local answer = connection:read "*a" or ""
  connection:close()
  local status, text = answer:match "^HTTP/1.1 (%d+).-\r\n\r\n(.*)$"
  assert(status == "200", answer)
  return cjson.decode(text)
end

--- As if freshly started: no orders, no faults; tokens issued before are invalid.
function sandbox.reset()
  sandbox.control("POST", "/reset")
end

--- Adds a fault, or changes a setting of the server.
function sandbox.fault(rule)
  sandbox.control("POST", "/faults", rule)
end

function sandbox.stats()
  return sandbox.control("GET", "/stats")
end

--- Moves the client on until such a request ("POST /outbound") has arrived.
function sandbox.await(client, request, count)
  repeat
    client:poll(0.01)
  until (sandbox.stats().requests[request] or 0) >= (count or 1)
end

local function client_for(defaults, options)
  for name, value in pairs(options or {}) do
    defaults[name] = value
  end
  return spreetail.assert(spreetail.client(defaults))
end

--- A client of the sandbox without TLS, which is quicker.
function sandbox.client(options)
  return client_for({ base_url = sandbox.variable "SANDBOX_PLAIN_URL", allow_http = true }, options)
end

--- A client of the sandbox over TLS, with HTTP/2.
function sandbox.tls_client(options)
  return client_for({ ca_file = sandbox.variable "SPREETAIL_CA_FILE" }, options)
end

--- An order that the API accepts.
function sandbox.order(reference, changes)
  local address = {
    FullName = "Erika Muster", Address1 = "Weg 1", Town = "Rheine", PostCode = "48429", CountryCode = "DE",
  }
  local order = {
    ReferenceNumber = reference or "R-1",
    ReceivedDate = "2025-03-01T10:00:00Z",
    DispatchBy = "2025-03-02T10:00:00Z",
    Currency = "EUR",
    PaymentStatus = "PAID",
    ChannelBuyerName = "Erika Muster",
    DeliveryAddress = address,
    BillingAddress = address,
    OrderItems = {
      {
        SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99, TaxRate = 19,
        OrderLineNumber = "1",
      },
    },
  }
  for name, value in pairs(changes or {}) do
    order[name] = value
  end
  return order
end

return sandbox
