-- What examples/nginx.conf serves: POST /orders creates an order, given as JSON with either spelling of
-- the keys; GET /orders/REFERENCE shows it. Every answer is JSON. Posting the same order again is safe:
-- it is created once, and the answer is the same.

local cjson = require "cjson.safe" -- returns nil and an error where cjson raises
local spreetail = require "spreetail"

-- One client for the worker. To make it does no I/O.
local client = spreetail.assert(spreetail.client {
  loop = "ngx",
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  timeout = 30, -- seconds until a request is answered, whatever the API does
})

local function answer(status, value)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.print(cjson.encode(value), "\n")
end

--
-- Errors: which status, and what a caller may read of them. The whole of it is in the error log, with
-- what is only ours to know: addresses, who refused whom.
--

-- Kinds for which the outcome makes no difference.
local STATUS = {
  validation = 422, -- refused here
  rejected = 422, -- refused by the API
  conflict = 409, -- another order has the reference
  not_found = 404,
  rate_limit = 429,
  auth = 500, forbidden = 500, config = 500, -- ours to mend: trying again doesn't help
}

local function status_of(err)
  if STATUS[err.kind] then
    return STATUS[err.kind]
  elseif err.outcome == "not_sent" or err.outcome == "refused" then
    return 503
  end
  return err.kind == "timeout" and 504 or 502
end

-- What an order's outcome means to who has posted it.
local MEANING = {
  not_sent = "Nothing was ordered.",
  refused = "Nothing was ordered.",
  unknown = "It may have been ordered. Post the same order again to find out: it is not ordered twice.",
}

local function refuse(err)
  local status = status_of(err)
  ngx.log(status < 500 and ngx.INFO or ngx.ERR, tostring(err))
  if status == 429 or status == 503 then
    ngx.header.retry_after = math.ceil(err.retry_after or 5)
  end
  answer(status, {
    error = err.kind,
    message = status < 500 and err.message or MEANING[err.outcome] or "The order could not be looked up.",
    outcome = err.outcome,
    reference = err.reference,
    details = err.kind == "validation" and err.details or nil, -- a list of {path=, message=}
  })
end

local function refuse_request(status, message)
  answer(status, { error = "request", message = message, outcome = "not_sent" })
end

--
-- The body of a request.
--

-- nginx puts what is larger than client_body_buffer_size into a file.
local function read_body()
  ngx.req.read_body()
  local name = ngx.req.get_body_file()
  if not name then
    return ngx.req.get_body_data() or ""
  end
  local file = assert(io.open(name, "rb"))
  local body = file:read "*a"
  file:close()
  return body
end

local function is_json(content_type)
  local media_type = (content_type or ""):match "^%s*([^;%s]*)"
  return media_type:lower() == "application/json"
end

--
-- The two requests.
--

local orders = {}

function orders.create()
  if ngx.req.get_method() ~= "POST" then
    ngx.header.allow = "POST"
    return refuse_request(405, "An order is created by POST.")
  elseif not is_json(ngx.var.content_type) then
    return refuse_request(415, "The Content-Type must be application/json.")
  end
  local order, wrong = cjson.decode(read_body())
  if type(order) ~= "table" then
    return refuse_request(400, "The body must be a JSON object" .. (wrong and ": " .. wrong or "."))
  end
  local stored, err = client:create_order(order, { on_duplicate = "return" })
  if not stored then
    return refuse(err)
  end
  ngx.header.location = "/orders/" .. ngx.escape_uri(stored.ReferenceNumber)
  answer(201, stored)
end

function orders.show(reference)
  if ngx.req.get_method() ~= "GET" then
    ngx.header.allow = "GET"
    return refuse_request(405, "An order is shown by GET.")
  end
  local stored, err = client:get_order(reference)
  if not stored then
    return refuse(err)
  end
  answer(200, stored)
end

return orders
