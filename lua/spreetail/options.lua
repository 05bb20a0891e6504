--- What options there are, and checking them: a wrong one is a mistake in the program, and raises.

local json = require "spreetail.json"
local show = require("spreetail.rule").show
local spelling = require "spreetail.spelling"

local M = {}

local NONE = {}

local function is_bytes(value)
  return type(value) == "string"
end

local function is_text(value)
  return type(value) == "string" and not value:find("\0", 1, true)
end

local function is_table(value)
  return type(value) == "table"
end

local function is_flag(value)
  return type(value) == "boolean"
end

local function is_function(value)
  return type(value) == "function"
end

local function is_seconds(value)
  return type(value) == "number" and value > 0 and value < math.huge
end

local function is_whole(least)
  return function(value)
    return type(value) == "number" and value >= least and value % 1 == 0 and value < 2 ^ 31
  end
end

local function is_store(value)
  return type(value) == "table" and type(value.get) == "function" and type(value.set) == "function"
    and type(value.lock) == "function" and type(value.unlock) == "function"
end

local function is_connection(value)
  return type(value) == "userdata" or type(value) == "table"
end

local function is_driver(value)
  return value == "SQLite3" or value == "PostgreSQL"
end

local STATES = { pending = true, sending = true, accepted = true, rejected = true, unknown = true }

local function is_state(value)
  return STATES[value] == true
end

local function is_failed_state(value)
  return value == "rejected" or value == "unknown"
end

local LOOPS = { cqueues = true, copas = true, luv = true, ngx = true, coroutine = true }

local function is_loop(value)
  if type(value) == "table" then
    return type(value.waiter) == "function" and type(value.drive) == "function"
  end
  return LOOPS[value] == true
end

local text = { is_text, "a string without a NUL character" }
local flag = { is_flag, "true or false" }
local callback = { is_function, "a function" }
local seconds = { is_seconds, "a positive number of seconds" }
local count = { is_whole(1), "a whole number from 1" }
local count_or_none = { is_whole(0), "a whole number from 0" }

--- Options of `spreetail.client`.
M.client = {
  --- string; default: SPREETAIL_CLIENT_ID of the environment
  client_id = text,
  --- string; default: client_secret_file, else client_secret_command, else SPREETAIL_CLIENT_SECRET, else
  --- SPREETAIL_SECRET_COMMAND; all these the core reads itself
  client_secret = text,
  --- string, a path: the secret is read from there by the core, and never becomes a Lua string
  client_secret_file = text,
  --- string, a command of sh: the first line that it prints is the secret, read by the core as well
  client_secret_command = text,
  --- string; default: SPREETAIL_BASE_URL, else the vendor's
  base_url = text,
  --- seconds for a whole call: queueing, name look-up, login, repeats (60)
  timeout = seconds,
  --- seconds for one HTTP exchange (30)
  attempt_timeout = seconds,
  --- seconds for name look-up, TCP and TLS (10)
  connect_timeout = seconds,
  --- attempts of a call after its first (4), and of a login that it waits for; 0: none. One after a 401,
  --- with a new token, is not counted
  retries = count_or_none,
  --- seconds ahead of a token's end at which it is renewed (300)
  refresh_margin = seconds,
  --- connections to the API at one time (8); a login has one of its own
  max_connections = count,
  --- calls sent and not yet answered (256); others queue, in order
  max_in_flight = count,
  --- bytes of an answer, after decompression (16 MiB)
  max_response = { is_whole(1), "a whole number of bytes, from 1" },
  --- string, a path: PEM bundle of the CAs to trust, instead of the system's
  ca_file = text,
  --- string, a path: directory of hashed CA certificates
  ca_path = text,
  --- string, a path: PEM certificate to show to a server that asks for one, and its key
  client_cert = text,
  client_key = text,
  --- string: "environment", or a URL; default: no proxy, whatever the environment says
  proxy = text,
  --- string, put before our own
  user_agent = text,
  --- boolean: permits http:// to loopback addresses, for tests
  allow_http = flag,
  --- how to wait: nil (the program stands still), "cqueues", "copas", "luv", "ngx", "coroutine", or a
  --- table as described in loop/block.lua
  loop = {
    is_loop, '"cqueues", "copas", "luv", "ngx", "coroutine", or a table with waiter and drive', word = true,
  },
  --- a table with the four functions of sharing.lua: shares tokens with other clients, sealed. For
  --- example spreetail.store.keyring or spreetail.store.file (for programs that follow one another), or
  --- spreetail.store.ngx_shdict
  token_store = { is_store, "a table with get, set, lock and unlock" },
  --- function(event): a table with a `type`, "login", "login_failed", "renewal", "retry",
  --- "reconcile" or "call"; and, where they have a meaning, `method`, `path`, `reference`, `status`,
  --- `kind` and `reason` (of a failure), `attempt` (how many were made so far), `elapsed` and `pause`
  --- (seconds). Never a secret
  on_event = callback,
  --- function(line): what libcurl says and hears, without secrets, for debugging
  on_trace = callback,
}

--- Options of every call, in place of the client's.
M.call = {
  timeout = seconds,
  attempt_timeout = seconds,
  retries = count_or_none,
}

local function extended(rules)
  for name, rule in pairs(M.call) do
    rules[name] = rule
  end
  return rules
end

--- Options of `client:create_order`, beside those of every call.
M.create_order = extended {
  --- string: "error" (default), or "return": an order that exists already is returned if it is the same
  on_duplicate = {
    function(value) return value == "error" or value == "return" end, '"error" or "return"', word = true,
  },
}

--- Options of `client:create_orders`, beside those of every order.
M.create_orders = extended {
  on_duplicate = M.create_order.on_duplicate,
  --- whole number: orders in flight at one time (16)
  concurrency = count,
  --- function(order, data, err, response, index): called for each order when it is done; `index` is its place
  --- in the list
  on_result = callback,
}

--- Options of `client:cancel_order`, beside those of every call.
M.cancel_order = extended {
  --- number: how much to give back, in the order's currency
  refund = { function(value) return type(value) == "number" end, "a number" },
  --- string: why
  note = text,
}

local page_size = {
  function(value) return is_whole(1)(value) and value <= 200 end,
  "a whole number from 1 to 200",
}

--- Options of `client:inventory`, beside those of every call.
M.inventory = extended {
  --- whole number from 1 (1)
  page = count,
  --- whole number, at most 200 (25; 25 to 50 is what the vendor recommends)
  page_size = page_size,
}

--- Options of `client:each_sku`, beside those of every call.
M.each_sku = extended {
  --- SKUs a request (25)
  page_size = page_size,
  --- how many pages to ask for before they are needed (1); 0: none
  ahead = count_or_none,
}

--- Options of `client:request` beside those of every call.
M.request = extended {
  --- table: name = string, number or boolean
  query = { is_table, "a table" },
  --- table: sent as JSON
  json = { is_table, "a table" },
  --- string: sent as it is
  body = { is_bytes, "a string" },
  --- table: name = string or number
  headers = { is_table, "a table" },
  --- boolean: sending it twice does no harm
  idempotent = flag,
}


--- Options of `outbox.open`: either `path`, or `database` and what belongs to it, or `connection` and
-- `driver`.
M.outbox = {
  --- string, a path: the file of SQLite, which is made when there is none
  path = text,
  --- string: the database of PostgreSQL, or a connection string of libpq's, a URI
  database = text,
  --- string: the server's name or address, or the directory of its socket; default: as libpq has it, PGHOST
  host = text,
  --- whole number: the server's port; default: as libpq has it, PGPORT
  port = count,
  --- string: the role; default: as libpq has it, PGUSER
  user = text,
  --- string, a path: the role's password is its first line; default: as libpq has it, PGPASSFILE or ~/.pgpass
  password_file = text,
  --- an open connection of LuaDBI, which stays the program's
  connection = { is_connection, "a connection of LuaDBI" },
  --- string: what kind of connection that is
  driver = { is_driver, '"SQLite3" or "PostgreSQL"', word = true },
  --- seconds to wait for another program's lock (5)
  lock_timeout = seconds,
  --- function: the time, in seconds since the epoch, instead of the database's; for tests
  clock = callback,
}

--- Options of `box:add`.
M.outbox_add = {
  --- string: "mine": the order is there when the program commits the transaction that is open on its
  -- connection
  transaction = { function(value) return value == "mine" end, '"mine"', word = true },
}

--- Options of `box:add_all`.
M.outbox_add_all = {
  --- function(order, result, err, index): called for each order once it is stored, or known not to be
  on_result = callback,
}

--- Options of `box:worker`.
M.outbox_worker = {
  --- the client to send with
  client = { is_table, "a client" },
  --- whole number: orders in flight at one time (16)
  concurrency = count,
  --- seconds after which a row is another worker's, if this one is not heard of (60)
  lease = seconds,
  --- string: what others see as the owner of a row that is being sent, before a random name
  name = text,
  --- seconds between looks for new rows while there are none (1)
  poll_interval = seconds,
  --- function(reference, state, err): called when what became of an order was recorded
  on_result = callback,
  --- function(err): called each time when the database has failed
  on_error = callback,
}

--- Options of `worker:run`.
M.outbox_run = {
  --- boolean: ends when no row is pending, nor being sent by anybody
  until_empty = flag,
  --- seconds after which it ends
  seconds = seconds,
  --- function: it ends when that returns true
  stop = callback,
}

--- Options of `box:retry`: one of the two.
M.outbox_retry = {
  --- list of strings: the rows of these references, whether rejected, unknown or pending
  references = { is_table, "a list of strings" },
  --- string: all rows of this state, "rejected" or "unknown"
  state = { is_failed_state, '"rejected" or "unknown"', word = true },
}

--- Options of `box:each`.
M.outbox_each = {
  --- string: rows of this state alone
  state = { is_state, '"pending", "sending", "accepted", "rejected" or "unknown"', word = true },
}

local function describe_unknown(name, rules)
  if type(name) ~= "string" then
    return ("options have names, as in { timeout = 10 }, and one has the key %s"):format(json.show_key(name))
  end
  local meant = spelling.nearest(name, rules)
  if meant then
    return ("unknown option '%s' (did you mean '%s'?)"):format(name, meant)
  end
  local known = {}
  for each in pairs(rules) do
    known[#known + 1] = each
  end
  table.sort(known)
  return ("unknown option '%s'; there are %s"):format(name, table.concat(known, ", "))
end

-- What was given, without what may be a secret: any text, and all where text is wanted. A word where
-- another is wanted is none.
local function given(value, rule)
  if rule == text then
    return type(value) == "string" and "one with a NUL character" or "a " .. type(value)
  elseif type(value) == "string" and not (rule and rule.word) then
    return "a string"
  end
  return show(value)
end

--- Checks `options` (nil: none) of `subject` against `rules`; raises at `level`, counted as for
-- `error` from the caller of this function. Returns the options.
function M.check(subject, options, rules, level)
  if options == nil then
    return NONE
  end
  level = level + 1
  if type(options) ~= "table" then
    error(("%s: options must be a table, not %s"):format(subject, given(options)), level)
  end
  for name, value in pairs(options) do
    local rule = rules[name]
    if not rule then
      error(("%s: %s"):format(subject, describe_unknown(name, rules)), level)
    elseif not rule[1](value) then
      error(("%s: option '%s' must be %s, not %s"):format(subject, name, rule[2], given(value, rule)), level)
    end
  end
  return options
end

return M
