--- The client: endpoint methods, blocking and as futures, and moving both forward.

local batch = require "spreetail.batch"
local core = require "spreetail.core"
local errors = require "spreetail.error"
local futures = require "spreetail.future"
local json = require "spreetail.json"
local option = require "spreetail.options"

local Future, Settlement = futures.Future, futures.Settlement

-- A function of `starts` runs below the method that the program called: this is the level at which
-- `option.check` and `mistake` find the program's line.
local CALLER = 3

local function mistake(message)
  error(message, CALLER + 1)
end

--
-- Starting calls. Each of these starts one and returns its settlement.
--

local starts = {}

local function invalid(subject, path, message, reference)
  return Settlement.failed(errors.validation(subject, { { path = path, message = message } }, reference))
end

local function start(client, request)
  return Settlement.of(client.core:start(request))
end

local function check_reference(reference)
  if reference == "" then
    return "must not be empty"
  elseif reference:find "%c" then
    return "must not hold control characters"
  elseif not core.is_utf8(reference) then
    return "is not valid UTF-8"
  end
end

--- Forces a login, though the token may still be good. Returns true.
function starts.login(client, options)
  options = option.check("client:login", options, option.call, CALLER)
  return Settlement.of(client.core:login(options.timeout, options.retries))
end

--- `POST /outbound`: creates an order, given as a table in the API's keys; returns the stored one.
-- It may repeat itself without creating two, since a reference is taken once; when in doubt, the
-- stored order is looked up and compared (`response.reconciled`). With `on_duplicate = "return"`
-- an order that was there before is returned if it is the same, instead of a `conflict`.
function starts.create_order(client, order, options)
  options = option.check("client:create_order", options, option.create_order, CALLER)
  if type(order) ~= "table" then
    mistake("client:create_order: the order must be a table, not a " .. type(order))
  end
  local reference = order.ReferenceNumber
  if type(reference) ~= "string" then
    return invalid("order", "ReferenceNumber", "must be a string, not a " .. type(reference))
  end
  local wrong = check_reference(reference)
  if wrong then
    return invalid("order", "ReferenceNumber", wrong)
  end
  local body, problems = json.encode(order)
  if not body then
    return Settlement.failed(errors.validation("order '" .. reference .. "'", problems, reference))
  end
  return start(client, {
    method = "POST",
    path = "/outbound",
    body = body,
    reference = reference,
    idempotent = true, -- the server takes a reference once
    settling = "order",
    return_duplicate = options.on_duplicate == "return",
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
  })
end

--- `GET /order/{reference}`: the stored order.
function starts.get_order(client, reference, options)
  options = option.check("client:get_order", options, option.call, CALLER)
  if type(reference) ~= "string" then
    mistake("client:get_order: the reference must be a string, not a " .. type(reference))
  end
  local wrong = check_reference(reference)
  if reference == "." or reference == ".." then
    wrong = "is a path that leads elsewhere"
  end
  if wrong then
    return invalid("client:get_order", "reference", wrong)
  end
  return start(client, {
    method = "GET",
    path = "/order/" .. core.encode_segment(reference),
    reference = reference,
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
  })
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    if type(key) ~= "string" then
      return nil
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

-- "?a=1&b=2", or nil and what is wrong.
local function encode_query(query)
  local keys = sorted_keys(query)
  if not keys then
    return nil, "must have names as keys"
  end
  local pairs_ = {}
  for i, key in ipairs(keys) do
    local value = query[key]
    if type(value) ~= "string" and type(value) ~= "number" and type(value) ~= "boolean" then
      return nil, ("%s must be a string, a number or a boolean"):format(key)
    end
    if type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53 then
      value = ("%d"):format(value) -- 2, never 2.0
    end
    pairs_[i] = core.encode_segment(key) .. "=" .. core.encode_segment(tostring(value))
  end
  return #pairs_ > 0 and "?" .. table.concat(pairs_, "&") or ""
end

-- A list of header lines and the content type, or nil and what is wrong.
local function header_lines(headers)
  local keys = sorted_keys(headers)
  if not keys then
    return nil, "must have names as keys"
  end
  local lines, content_type = {}, nil
  for _, name in ipairs(keys) do
    local value = headers[name]
    if type(value) ~= "string" and type(value) ~= "number" then
      return nil, ("%s must be a string"):format(name)
    elseif tostring(value):find "%c" or name:find "[%c:%s]" then
      return nil, ("%s must not hold control characters"):format((name:gsub("%c", "?")))
    elseif name:lower() == "content-type" then
      content_type = value
    else
      lines[#lines + 1] = name .. ": " .. value
    end
  end
  return lines, content_type
end

--- Any endpoint below base_url. Options: `query`, `json` or `body`, `headers`, `idempotent`.
function starts.request(client, method, path, options)
  local subject = "client:request"
  options = option.check(subject, options, option.request, CALLER)
  if type(method) ~= "string" or type(path) ~= "string" then
    mistake("client:request: method and path must be strings")
  elseif options.json and options.body then
    mistake("client:request: json and body exclude each other")
  end
  if path:find "[%c%s]" or path:sub(1, 1) ~= "/" then
    return invalid(subject, "path", "must begin with '/' and be percent-encoded")
  elseif not method:find "^%u+$" then
    return invalid(subject, "method", "must be a word in capitals, such as GET")
  end
  local query, wrong = encode_query(options.query or {})
  if not query then
    return invalid(subject, "query", wrong)
  end
  local lines, content_type = header_lines(options.headers or {})
  if not lines then
    return invalid(subject, "headers", content_type)
  end
  local body, problems = options.body, nil
  if options.json then
    body, problems = json.encode(options.json)
    if not body then
      return Settlement.failed(errors.validation(subject .. " json", problems))
    end
  end
  return start(client, {
    method = method,
    path = path .. query,
    body = body,
    content_type = content_type,
    headers = lines,
    idempotent = options.idempotent,
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
  })
end

--
-- The client itself.
--

local Client = { __name = "spreetail.client" }
Client.__index = Client

local Async = {}
Async.__index = Async

for name, begin in pairs(starts) do
  Client[name] = function(self, ...)
    local settlement = begin(self, ...)
    while not settlement:done() do
      self:poll(math.huge)
    end
    return settlement:results()
  end
  Async[name] = function(self, ...)
    local settlement = begin(self.client, ...)
    return Future.new(self.client, settlement)
  end
end

--- Creates many orders, so many in flight at one time. `orders` is a list, or a function that
-- returns one order at a time and nil at the end. Beside the options of `create_order`:
-- `concurrency` (16) and `on_result`, a function(order, data, err, response) that is called for each
-- order when it is done. Returns a summary: `accepted`, `reconciled` (of those), `failed`, `by_kind`
-- (how many of each error kind), `unknown` (the references of those whose outcome is), `elapsed`.
-- An error in `orders` or `on_result` is raised again when the orders in flight are done.
function Client:create_orders(orders, options)
  options = option.check("client:create_orders", options, option.create_orders, 2)
  if type(orders) ~= "table" and type(orders) ~= "function" then
    error("client:create_orders: orders must be a list or a function, not a " .. type(orders), 2)
  end
  local each = {
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
    on_duplicate = options.on_duplicate,
  }
  return batch.run(self, orders, options.concurrency or 16, options.on_result, function(order)
    return self.async:create_order(order, each)
  end)
end

-- Runs one of the program's functions; an error in it must not undo what the core has done.
local function call_back(self, name, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then
    return
  end
  self.callback_errors = self.callback_errors + 1
  if io and io.stderr then
    io.stderr:write("spreetail: error in ", name, ": ", tostring(err), "\n")
  end
end

local function tell_settled(self, watch)
  for _, fn in ipairs(watch.functions) do
    call_back(self, "on_done", fn, watch.settlement:results())
  end
end

local function tell_events(self)
  local event = self.core:next_event()
  while event do
    if event.type == "trace" then
      call_back(self, "on_trace", self.on_trace, event.reason)
    elseif self.on_event then
      call_back(self, "on_event", self.on_event, event)
    end
    event = self.core:next_event()
  end
end

-- Calls the program's functions for all that has happened. They may use the client in turn: what
-- happens meanwhile is told by the outermost of these.
local function tell(self)
  if self.telling then
    return
  end
  self.telling = true
  repeat
    if self.on_event or self.on_trace then
      tell_events(self)
    end
    local watch = table.remove(self.ready, 1)
    local id = not watch and self.core:next_settled()
    if id then
      watch = self.watched[id]
      self.watched[id] = nil
    end
    if watch then
      tell_settled(self, watch)
    end
  until not watch
  self.telling = false
end

--- Has `fn` called with the results of a settlement, by whatever moves the client on.
function Client:watch(settlement, fn)
  local call = settlement.call
  if not call then
    table.insert(self.ready, { settlement = settlement, functions = { fn } })
    return
  end
  local id = call:id()
  local watch = self.watched[id]
  if watch then
    table.insert(watch.functions, fn)
  else
    self.watched[id] = { settlement = settlement, functions = { fn } }
    call:watch()
  end
end

--- Moves everything forward, and waits until something happens, at most `seconds` (default: 0).
-- Returns how many calls are pending.
function Client:poll(seconds)
  if seconds ~= nil and type(seconds) ~= "number" then
    error("client:poll: seconds must be a number, not a " .. type(seconds), 2)
  end
  self.core:run(#self.ready > 0 and 0 or seconds or 0)
  tell(self)
  return self.core:pending() -- those that the program's functions have started included
end

--- For foreign event loops: a descriptor that becomes readable when `poll` is due.
function Client:pollfd()
  return self.core:pollfd()
end

--- For foreign event loops: seconds until `poll` is due whatever the descriptor says; nil: no such
-- time.
function Client:next_timeout()
  if #self.ready > 0 then
    return 0
  end
  return self.core:next_timeout()
end

--- Counters since the client was made: `logins`, `logins_failed`, `calls`, `attempts`, `retries`,
-- `connections` (opened), `reused`, `bytes_sent`, `bytes_received`, `events_dropped`,
-- `callback_errors`; and of now: `queued`, `in_flight`.
function Client:stats()
  local stats = self.core:stats()
  stats.callback_errors = self.callback_errors
  return stats
end

--- Closes the client: pending calls settle with an error of kind `closed`, credentials are wiped.
-- Harmless when repeated.
function Client:close()
  self.core:close()
  tell(self)
end

Client.__close = Client.close -- of Lua 5.4's `local client <close>`

function Client:__tostring()
  return ("spreetail.client (%d in flight)"):format(self.core:stats().in_flight)
end

local M = {}

--- Makes a client; does no network I/O. Returns it, or nil and an error of kind `config`.
function M.new(options)
  options = option.check("spreetail.client", options, option.client, 2)
  local given = {}
  for name, value in pairs(options) do
    if type(value) ~= "function" then
      given[name] = value
    end
  end
  given.events = options.on_event ~= nil
  given.trace = options.on_trace ~= nil
  local handle, err = core.open(given)
  if not handle then
    return nil, errors.new(err)
  end
  local client = setmetatable({
    core = handle,
    watched = {}, -- by id: calls whose settlement is to be told, and to whom
    ready = {}, -- the same for what failed before it became a call
    on_event = options.on_event,
    on_trace = options.on_trace,
    callback_errors = 0,
  }, Client)
  client.async = setmetatable({ client = client }, Async)
  return client
end

return M
