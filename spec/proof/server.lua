-- The sandbox, asked and told through its control URL by the curl program, so that what a proof
-- says about our client doesn't rest on our client; and what every proof sends to it.

local cjson = require "cjson"

local here = debug.getinfo(1, "S").source:match "^@(.*)/" or "."

local server = {}

function server.variable(name)
  local value = os.getenv(name)
  return value or error(name .. " is not set: run this under sandbox/run", 2)
end

server.tree = here .. "/../.."
server.ca_file = server.variable "SPREETAIL_CA_FILE"
server.http2_url = server.variable "SPREETAIL_BASE_URL"
server.http1_url = server.variable "SANDBOX_HTTP1_URL"

function server.quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- Runs a shell command; returns what it printed. Raises when it fails.
function server.shell(command)
  local pipe = assert(io.popen(command, "r"))
  local output = pipe:read "a"
  local ok, _, status = pipe:close()
  assert(ok, ("status %s of: %s"):format(status, command))
  return output
end

local function control(method, path, body)
  local words = { "curl --silent --show-error --fail --max-time 60 --request", method }
  if body then
    words[#words + 1] = "--data-binary " .. server.quote(cjson.encode(body))
  end
  words[#words + 1] = server.quote(server.variable "SANDBOX_CONTROL_URL" .. "/__sandbox" .. path)
  return server.shell(table.concat(words, " "))
end

--- Puts everything back; counters are zero and no token is valid.
function server.reset()
  control("POST", "/reset")
end

--- Adds a fault or changes a setting.
function server.set(entry)
  control("POST", "/faults", entry)
end

--- Seeds the stock anew: so many SKUs, numbered in order, at so many locations.
function server.seed_stock(skus, count)
  control("POST", "/stock", { skus = skus, locations = count })
end

--- The faults, each with how often it was `seen` and has `fired`.
function server.faults()
  return cjson.decode(control("GET", "/faults"))
end

function server.clear_faults()
  control("DELETE", "/faults")
end

function server.stats()
  return cjson.decode(control("GET", "/stats"))
end

--- Requests to the API, logins apart.
function server.requests()
  local sum = 0
  for name, count in pairs(server.stats().requests) do
    sum = sum + (name == "POST /auth/login" and 0 or count)
  end
  return sum
end

--- reference -> how often an order of that reference was posted.
function server.references()
  return cjson.decode(control("GET", "/references"))
end

--- A token that the sandbox takes, made without the client.
function server.token()
  local credentials = cjson.encode {
    client_id = server.variable "SPREETAIL_CLIENT_ID",
    client_secret = server.variable "SPREETAIL_CLIENT_SECRET",
  }
  local answer = server.shell("curl --silent --fail --data-binary " .. server.quote(credentials) .. " "
    .. server.quote(server.variable "SANDBOX_PLAIN_URL" .. "/auth/login"))
  return cjson.decode(answer).data.access_token
end

--- An order that the sandbox takes.
function server.order(reference)
  local address = {
    FullName = "Erika Muster", Address1 = "Weg 1", Town = "Rheine", PostCode = "48429", CountryCode = "DE",
  }
  return {
    ReferenceNumber = reference,
    ReceivedDate = "2025-03-01T10:00:00Z",
    DispatchBy = "2025-03-02T10:00:00Z",
    Currency = "EUR",
    PaymentStatus = "PAID",
    ChannelBuyerName = "Erika Muster",
    DeliveryAddress = address,
    BillingAddress = address,
    OrderItems = { {
      SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99, TaxRate = 19,
      OrderLineNumber = "1",
    } },
  }
end

--- The same proof in a sandbox of its own, started with these options; returns whether it passed.
function server.run_again(options, ...)
  local words = { server.quote(server.tree .. "/sandbox/run"), options, "--", server.quote(arg[0]) }
  for _, argument in ipairs { ... } do
    words[#words + 1] = server.quote(argument)
  end
  return (os.execute(table.concat(words, " ")))
end

return server
