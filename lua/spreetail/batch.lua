--- Many orders, so many in flight at one time.

local core = require "spreetail.core"
local future = require "spreetail.future"
local interrupt = require "spreetail.interrupt"
local json = require "spreetail.json"
local order_kind = require "spreetail.order"
local rule = require "spreetail.rule"

local M = {}

-- `run` is called by the method that the program called: this is the level of the program's line.
local CALLER = 3

-- Seconds that orders in flight have to settle after an interrupt.
local GRACE = 5

-- Raises when it is no list, or one with a hole, at which it would seem to end.
local function check_list(orders)
  local count, longest = 0, 0
  for key in next, orders do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then
      error(("client:create_orders: orders must be a list of orders, and this table has the key %s: even one "
        .. "order goes into a list, { order }"):format(json.show_key(key)), CALLER + 1)
    end
    count, longest = count + 1, math.max(longest, key)
  end
  for i = 1, longest > count and count + 1 or 0 do
    if orders[i] == nil then
      error(("client:create_orders: orders[%d] is missing: a list must not have holes"):format(i), CALLER + 1)
    end
  end
end

-- An iterator over a list, or the one that was given.
local function each(orders)
  if type(orders) == "function" then
    return orders
  end
  local i = 0
  return function()
    i = i + 1
    return orders[i]
  end
end

-- Calls one of the program's functions. Its error is kept, to be raised in the end; an interrupt goes on.
local function guard(self, fn, ...)
  local ok, value, second = pcall(fn, ...)
  if ok then
    return value, second
  elseif interrupt.is(value) then
    error(value, 0)
  end
  self.raised = self.raised or { value, 0 }
  return nil
end

-- An order that was taken: a future that also knows its order. Its batch has it in `flights`, as one of
-- these:
local BEGUN, DONE, TOLD = 1, 2, 3 -- then the program is told, or being told

local Flight = {}
Flight.__index = Flight

function Flight:wake()
  local batch = self.batch
  if batch.flights[self] == BEGUN then
    batch.done[batch.last_done + 1] = self -- first, since it may run out of memory
    batch.last_done = batch.last_done + 1
    batch.flights[self] = DONE
  end
  batch.waiter:wake()
end

local function forget(self, flight)
  self.flights[flight] = nil
  self.open = self.open - 1
end

-- Takes one more order and begins to send it.
local function take(self)
  local order, failure = guard(self, self.next_order)
  if order == nil then
    self.exhausted = true
    self.raised = self.raised or (failure and { failure, 0 })
    return
  end
  self.taken = self.taken + 1
  if type(order) ~= "table" then
    local message = "client:create_orders: order %d must be a table, not %s"
    self.raised = self.raised or { message:format(self.taken, rule.show(order)), CALLER }
    return
  end
  local flight = setmetatable({
    batch = self,
    order = order,
    index = self.taken,
    call = nil, -- until it has begun
    settled = nil, -- when it failed before that: true, and `second` is why
    second = nil,
    waker = nil,
  }, Flight)
  self.flights[flight] = BEGUN -- before it begins: an interrupt may strike when it just has
  self.open = self.open + 1
  local call, err = guard(self, self.start, order)
  if not call and not err then
    forget(self, flight) -- it was raised
    return
  end
  flight.call, flight.settled, flight.second = call, not call, err
  self.client.callbacks:wake(flight, flight)
end

local function count(summary, ending, err)
  if ending == "cancelled" then
    summary.cancelled = summary.cancelled + 1
    return
  elseif ending then
    summary.accepted = summary.accepted + 1
    summary.reconciled = summary.reconciled + (ending == "reconciled" and 1 or 0)
    return
  end
  if err.outcome == "unknown" then
    table.insert(summary.unknown, err.reference)
  end
  summary.failed = summary.failed + 1
  summary.by_kind[err.kind] = (summary.by_kind[err.kind] or 0) + 1
end

local function report(self, flight)
  self.flights[flight] = TOLD
  local ending, err = future.ending(flight)
  count(self.summary, ending, err)
  if err and err.kind == "closed" and self.iterates then
    self.exhausted = true -- what is not taken is not lost
  end
  if self.on_result then
    local data, response
    if ending then
      data, response = future.take(flight)
    end
    guard(self, self.on_result, flight.order, data, err, response, flight.index)
  end
  future.release(flight)
  forget(self, flight)
end

local function report_all(self)
  while self.first_done <= self.last_done do
    local flight = self.done[self.first_done]
    self.done[self.first_done] = nil
    self.first_done = self.first_done + 1
    report(self, flight) -- meanwhile others may be done
  end
  self.first_done, self.last_done = 1, 0
end

local function work(self)
  local hasten = self.client.loop.hasten
  repeat
    while self.open < self.concurrency and not self.exhausted and not self.raised do
      take(self)
      if hasten then
        hasten(self.client) -- the iterator may take its time, and nobody else moves the client on
        report_all(self)
      end
    end
    if self.last_done == 0 and self.open > 0 then
      self.waiter:wait(math.huge)
    end
    report_all(self)
  until self.open == 0 and (self.exhausted or self.raised)
end

-- Calls `work`. Returns whether it came to its end, or false and the error that struck.
local function try_work(self)
  if interrupt.suspends_below_pcall or self.client.loop.nests then
    return pcall(work, self)
  end
  work(self)
  return true
end

-- Reports the order if it is done, or is given up; returns whether it is still on its way.
local function is_on_its_way(self, flight, give_up)
  local call = flight.call
  if not (call or flight.settled) or self.flights[flight] == TOLD then
    return false -- the interrupt has struck while it was begun, or while the program was told
  elseif give_up and call and not call:done() then
    call:cancel()
  end
  if flight.settled or call:done() then
    report(self, flight)
    return false
  end
  return true
end

-- Reports what an interrupt has left in flight: as it settles, and then what has not. Each is asked, since
-- the interrupt may have struck when one was to be woken.
local function settle(self)
  local deadline = core.now() + GRACE
  local waits
  repeat
    local left = deadline - core.now()
    waits = false
    for flight in pairs(self.flights) do
      waits = is_on_its_way(self, flight, left <= 0) or waits
    end
    if waits then
      self.waiter:wait(left)
    end
  until not waits
end

-- The error, and behind it the orders that it must not make forget.
local function with_unknown(err, unknown)
  if #unknown == 0 then
    return err
  end
  local text = ("These orders may have been created: %s. Send them again with on_duplicate = "
    .. '"return": that is safe'):format(table.concat(unknown, ", "))
  if type(err) == "string" then
    return err .. (err:find "%p$" and " " or ". ") .. text
  elseif io and io.stderr then
    io.stderr:write("spreetail: ", text, "\n")
  end
  return err
end

-- Goes on with an error that has struck amid the work, such as Ctrl-C, when those in flight have been
-- heard of. It names those that the program has not been told of, too.
local function break_off(self, err)
  pcall(settle, self) -- which another one ends
  local unknown, named = self.summary.unknown, {}
  for _, reference in ipairs(unknown) do
    named[reference] = true
  end
  for flight in pairs(self.flights) do
    local reference = order_kind.reference(flight.order) or "number " .. flight.index
    if not named[reference] then
      table.insert(unknown, reference)
    end
  end
  error(with_unknown(err, unknown), 0)
end

--- Sends the orders (a list, or an iterator that returns one at a time), `concurrency` at one time,
-- and calls `on_result(order, data, err, response, index)` in the order in which they are done; `index`
-- counts them as they were taken. `start` begins one and returns its call, or nil and the error; `waiter`
-- is what to wait with. An error in the iterator, raised or returned behind a nil, or in `on_result`, or an
-- order that is no table, stops the taking of further orders; it is raised when those in flight are done. So
-- does any other error, such as Ctrl-C, which does not wait long for them. Behind either stand the references
-- of orders whose outcome is unknown. From an iterator nothing more is taken once the client is closed.
-- Returns the summary.
function M.run(client, waiter, orders, concurrency, on_result, start)
  if type(orders) == "table" then
    check_list(orders)
  end
  local began = core.now()
  local self = {
    client = client,
    waiter = waiter,
    concurrency = concurrency,
    next_order = each(orders),
    iterates = type(orders) == "function",
    start = start,
    on_result = on_result,
    taken = 0,
    flights = {}, -- those that are not reported, and how far they are
    open = 0, -- how many these are
    done = {}, -- a queue: those of them that are done
    first_done = 1,
    last_done = 0,
    exhausted = false,
    raised = nil, -- the first error of the program's functions, and its level
    summary = { accepted = 0, reconciled = 0, cancelled = 0, failed = 0, by_kind = {}, unknown = {} },
  }
  local ok, struck = try_work(self)
  if not ok then
    break_off(self, struck)
  elseif self.raised then
    error(with_unknown(self.raised[1], self.summary.unknown), self.raised[2])
  end
  self.summary.elapsed = core.now() - began
  return self.summary
end

return M
