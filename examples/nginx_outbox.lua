-- What examples/nginx_outbox.conf serves: POST /orders puts an order, given as JSON, into the outbox and
-- answers 202, whether the API can be reached or not; GET /orders/REFERENCE tells what became of it. Posting
-- the same order again is safe: it is there once.
--
-- LuaDBI waits for the disk, and with it all requests of that worker. Measured with SQLite on a virtual
-- machine, 2,000 orders one by one: 0.1 ms each, once 13 ms; where two programs wrote at the same time, 0.1
-- and 0.4 ms, and once 340 ms, since SQLite sleeps while another writes. A disk that takes longer to sync
-- takes that much longer. Where that is too long, a program beside nginx can add the orders.

local cjson = require "cjson.safe" -- returns nil and an error where cjson raises
local outbox = require "spreetail.outbox"
local shdict = require "spreetail.store.ngx_shdict"
local spreetail = require "spreetail"

local SLICE = 60 -- seconds for which a timer sends: nginx frees what belongs to one when it ends
local PAUSE = 10 -- seconds after which it is tried again when it can't go on
local LOCK_TIMEOUT = 0.5 -- seconds that this worker stands still at most while another one writes

local box -- this worker's; made in start

local function answer(status, value)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.print(cjson.encode(value), "\n")
end

local function refuse(status, kind, message, details)
  if status == 503 then
    ngx.header.retry_after = 1
  end
  answer(status, { error = kind, message = message, details = details })
end

--
-- The two requests.
--

local STATUS = { validation = 422, conflict = 409, database = 503 }

local function refuse_order(err)
  if err.kind == "database" then
    ngx.log(ngx.ERR, tostring(err))
    return refuse(503, "database", "The order could not be kept. Post it again: it is not ordered twice.")
  end
  refuse(STATUS[err.kind], err.kind, err.message, err.details)
end

local orders = {}

function orders.add()
  ngx.req.read_body()
  local order, wrong = cjson.decode(ngx.req.get_body_data() or "")
  if ngx.req.get_method() ~= "POST" then
    return refuse(405, "request", "An order is created by POST.")
  elseif type(order) ~= "table" then
    return refuse(400, "request", "The body must be a JSON object" .. (wrong and ": " .. wrong or "."))
  end
  local added, err = box:add(order) -- true: it is on the disk
  if not added then
    return refuse_order(err)
  end
  local reference = spreetail.order(order).ReferenceNumber
  ngx.header.location = "/orders/" .. ngx.escape_uri(reference)
  answer(202, { reference = reference })
end

function orders.show(reference)
  local row, err = box:get(reference)
  if err then
    return refuse_order(err)
  elseif not row then
    return refuse(404, "not_found", "There is no such order.")
  end
  answer(200, {
    reference = reference,
    state = row.state, -- "accepted" and "rejected" are final; "unknown" is for a person to look at
    attempts = row.attempts,
    error = row.last_error and row.last_error.message,
  })
end

--
-- Sending.
--

-- Sends what is in the outbox, also what other workers have left there when they were killed. When nginx
-- ends this, what has not been begun is handed back, and the next nginx, or another worker, goes on.
local function send(premature, worker)
  if premature or ngx.worker.exiting() then -- an exiting worker takes new timers for overdue
    return
  end
  local counts, err = worker:run { seconds = SLICE, stop = ngx.worker.exiting }
  if not counts then
    ngx.log(ngx.ERR, "orders are not sent: ", tostring(err))
  end
  ngx.timer.at(counts and 0 or PAUSE, send, worker)
end

local function log_result(reference, state, err)
  if state ~= "accepted" then
    ngx.log(ngx.WARN, "order ", reference, " is ", state, ": ", tostring(err))
  end
end

-- To be called as each worker starts: a database can't be taken along through a fork.
function orders.start(path)
  box = spreetail.assert(outbox.open { path = path, lock_timeout = LOCK_TIMEOUT })
  local client = spreetail.assert(spreetail.client {
    loop = "ngx",
    ca_file = os.getenv "SPREETAIL_CA_FILE",
    token_store = shdict.new "spreetail",
  })
  local worker = spreetail.assert(box:worker {
    client = client,
    name = "nginx " .. ngx.worker.id(),
    on_result = log_result,
    on_error = function(err) ngx.log(ngx.ERR, tostring(err)) end,
  })
  assert(ngx.timer.at(0, send, worker))
end

return orders
