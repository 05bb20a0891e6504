--- The client: the endpoints as methods, blocking and as futures, and moving both forward.

local batch = require "spreetail.batch"
local Callbacks = require "spreetail.callbacks"
local check_dot = require "spreetail.dot"
local core = require "spreetail.core"
local endpoint = require "spreetail.endpoint"
local errors = require "spreetail.error"
local future = require "spreetail.future"
local option = require "spreetail.options"
local rule = require "spreetail.rule"
local stock = require "spreetail.stock"

local CALLER = 3 -- the program's line, for `error` in a function that a method calls

local Client = { __name = "spreetail.client" }
Client.__index = Client

local Async = {}
Async.__index = Async

-- Raises at the program's line when `self` is not what a method of `class` is for.
local function check_self(self, class, name)
  if getmetatable(self) ~= class then
    error(("client:%s(...) is to be called with a colon, on a client"):format(name), CALLER)
  end
end

--- Something to wait with for the code that runs now; where it can't be suspended, nil and why. For
-- this library's parts.
function Client:waiter()
  if not self.loop.nests and self.callbacks:is_telling_here() then
    return nil, "a function given to on_done or on_event would keep all others waiting; start a coroutine in "
      .. "it, or use client.async"
  end
  local waiter, why = self.loop.waiter(self)
  return waiter, why -- no tail call: loops look at who has called
end

-- The same; raises at the program's line.
local function waiter_for(self, name)
  if self.only_waiter then
    return self.only_waiter
  end
  local waiter, why = self:waiter()
  if not waiter then
    error(("client:%s can't wait here: %s"):format(name, why), CALLER)
  end
  return waiter
end

-- Waits until a call is done.
local function wait_for(self, call, waiter)
  if not self.loop.nests then
    self:await(future.of(self, call), waiter, math.huge)
    return
  end
  while not call:done() do
    waiter:wait(math.huge, call)
  end
end

for name, begin in pairs(endpoint) do
  Client[name] = function(self, ...)
    check_self(self, Client, name)
    local waiter = waiter_for(self, name)
    local call, second = begin(self, ...)
    if not call then
      return nil, second
    end
    wait_for(self, call, waiter)
    local data, response = future.read(call, second)
    call:release()
    return data, response
  end
  Async[name] = function(self, ...)
    check_self(self, Async, name)
    local client = self.client
    local pending = future.of(client, begin(client, ...))
    client.loop.drive(client)
    return pending
  end
end

--- Waits for a future, at most `seconds`; returns whether it is done. For this library's parts.
function Client:await(pending, waiter, seconds)
  local call, nests = pending.call, self.loop.nests
  if pending.settled or (not nests and call:done()) then
    return true
  end
  local deadline = seconds < math.huge and core.now() + seconds
  if not nests then
    self.callbacks:wake(pending, waiter)
    self.loop.drive(self) -- also what was begun where nothing drives
  end
  local left, done
  repeat
    left = deadline and math.max(deadline - core.now(), 0) or math.huge
    waiter:wait(left, call) -- a loop that nests ends it when the call is done
    done = pending.settled or call:done() -- others may have taken the result meanwhile
  until done or left == 0
  if not nests then
    self.callbacks.forget(pending, waiter)
  end
  return done
end

--- Creates many orders, so many in flight at one time. `orders` is a list, or a function that
-- returns one order at a time and nil at the end. Beside the options of `create_order`:
-- `concurrency` (16) and `on_result`, a function(order, data, err, response, index) that is called for
-- each order when it is done. Returns a summary: `accepted`, `reconciled` (of those), `cancelled` (created,
-- but cancelled since; not among those accepted), `failed`, `by_kind`
-- (how many of each error kind), `unknown` (the references of those whose outcome is), `elapsed`.
-- An error in `orders` (raised, or returned behind a nil) or `on_result` is raised again when the orders
-- in flight are done, Ctrl-C after five seconds at most; orders whose outcome is unknown are named behind it.
function Client:create_orders(orders, options)
  check_self(self, Client, "create_orders")
  options = option.check("client:create_orders", options, option.create_orders, 2)
  if type(orders) ~= "table" and type(orders) ~= "function" then
    error("client:create_orders: orders must be a list or a function, not " .. rule.show(orders), 2)
  end
  local each = {
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
    on_duplicate = options.on_duplicate,
  }
  each = next(each) and each
  local waiter = waiter_for(self, "create_orders")
  local concurrency = options.concurrency or 16
  local summary = batch.run(self, waiter, orders, concurrency, options.on_result, function(order)
    local call, err = endpoint.create_order(self, order, each)
    self.loop.drive(self)
    return call, err
  end)
  return summary -- no tail call: `batch.run` counts levels
end

--- Walks through the stock, page by page, all locations: `for sku, location in client:each_sku() do`.
-- Options: `page_size`, and `ahead`, how many pages to ask for before they are needed (1; the server
-- takes seconds for each). `sku` and `location` are as the server sent them; in the old dialect of the
-- API there is no location. An error is raised by the `for`. Where a `for` can't be used (it can't
-- yield in a coroutine loop on PUC Lua 5.1), or an error is to be handled, keep the walk:
-- `walk:next()` returns the next SKU and its location, nil at the end, or nil and an error, after
-- which it may be called again. `walk:close()` ends it early; a `for` of Lua 5.4 does that by itself.
function Client:each_sku(options)
  check_self(self, Client, "each_sku")
  options = option.check("client:each_sku", options, option.each_sku, 2)
  local page_size = options.page_size or 25
  local walk = stock.walk(self, page_size, options.ahead or 1, function(page)
    return self.async:inventory {
      page = page,
      page_size = page_size,
      timeout = options.timeout,
      attempt_timeout = options.attempt_timeout,
      retries = options.retries,
    }
  end)
  return walk, nil, nil, walk
end

-- Moves the core forward, and what shares tokens with it. Returns whether there may be something to be told.
local function move_with_sharing(self, seconds, call)
  local sharing = self.sharing
  if sharing:is_idle() then -- the core's wait ends when it asks for a token
    local news = self.core:run(seconds, call)
    return sharing:step() or news
  end
  self.core:run(0)
  sharing:step()
  self.core:run(sharing:limit(seconds), call)
  sharing:step()
  return true
end

--- Moves everything forward, and waits until something happens, or `call` is done, at most `seconds`.
-- For this library's parts.
function Client:advance(seconds, call)
  local callbacks = self.callbacks
  local idle = callbacks:is_idle()
  local news
  if self.sharing then
    news = move_with_sharing(self, idle and seconds or 0, call)
  else
    news = self.core:run(idle and seconds or 0, call)
  end
  if news or not idle or callbacks.settled then
    callbacks:collect()
    callbacks:tell()
  end
  if self.loop.resume then
    self.loop.resume(self)
  end
end

--- Moves everything forward, and waits until something happens, at most `seconds` (default: 0).
-- Returns how many calls are pending.
function Client:poll(seconds)
  check_self(self, Client, "poll")
  if seconds ~= nil and (type(seconds) ~= "number" or seconds ~= seconds) then
    error("client:poll: seconds must be a number, not " .. rule.show(seconds), 2)
  end
  self:advance(seconds or 0)
  return self.core:pending() -- those that the program's functions have started included
end

--- For foreign event loops: a descriptor that becomes readable when `poll` is due.
function Client:pollfd()
  check_self(self, Client, "pollfd")
  return self.core:pollfd()
end

--- For foreign event loops: seconds until `poll` is due whatever the descriptor says; nil: no such
-- time.
function Client:next_timeout()
  check_self(self, Client, "next_timeout")
  if not self.callbacks:is_idle() then
    return 0
  end
  local seconds = self.core:next_timeout()
  if self.sharing then
    seconds = self.sharing:limit(seconds)
  end
  local woken = self.loop.next_timeout and self.loop.next_timeout(self)
  return woken and math.min(woken, seconds or math.huge) or seconds
end

--- For loops: whether `poll` has something to do now or soon: calls are pending, a token is being
-- renewed beside them, or a function of the program waits to be called.
function Client:busy()
  check_self(self, Client, "busy")
  return self.core:pending() > 0 or self.core:logging_in() or self:next_timeout() == 0
end

--- Counters since the client was made: `logins`, `logins_failed`, `calls`, `attempts`, `retries`,
-- `connections` (opened), `reused`, `bytes_sent`, `bytes_received`, `events_dropped`,
-- `callback_errors`, `store_errors`; and of now: `queued`, `in_flight`, `in_flight_limit`.
function Client:stats()
  check_self(self, Client, "stats")
  local stats = self.core:stats()
  stats.callback_errors = self.callbacks.errors
  stats.store_errors = self.sharing and self.sharing.errors or 0
  return stats
end

--- Closes the client: pending calls settle with an error of kind `closed`, credentials are wiped.
-- Harmless when repeated.
function Client:close()
  check_self(self, Client, "close")
  if self.loop.release then
    self.loop.release(self)
  end
  self.core:close()
  self:poll()
end

Client.__close = Client.close -- of Lua 5.4's `local client <close>`

function Client:__tostring()
  return ("spreetail.client (%d in flight)"):format(self.core:stats().in_flight)
end

-- The loop that an option names; libraries of event loops are loaded only when they are used. Raises at
-- the program's line where there is none.
local function find_loop(option_value)
  if type(option_value) == "table" then
    return option_value
  end
  local loaded, loop = pcall(require, "spreetail.loop." .. (option_value or "block"))
  if not loaded then
    local why = tostring(loop):match "module '[^']+' not found" or tostring(loop) -- without all the paths
    error(('spreetail.client: loop = "%s" can\'t be used: %s'):format(option_value, why), CALLER)
  end
  return loop
end

local M = {}

--- Makes a client; does no network I/O. Returns it, or nil and an error of kind `config`.
function M.new(options)
  check_dot("client", M.new, options, 2)
  options = option.check("spreetail.client", options, option.client, 2)
  local loop = find_loop(options.loop)
  local given = {}
  for name, value in pairs(options) do
    if type(value) ~= "function" and name ~= "loop" and name ~= "token_store" then
      given[name] = value
    end
  end
  given.events = options.on_event ~= nil
  given.trace = options.on_trace ~= nil
  given.shared_tokens = options.token_store ~= nil
  local handle, err = core.open(given)
  if not handle then
    return nil, errors.new(err)
  end
  local client = setmetatable({
    core = handle,
    loop = loop,
    callbacks = Callbacks.new(handle, options.on_event, options.on_trace, loop.context),
  }, Client)
  client.async = setmetatable({ client = client }, Async)
  if options.token_store then
    client.sharing = require "spreetail.sharing".new(handle, options.token_store)
  end
  return client
end

return M
