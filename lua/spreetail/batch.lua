--- Many orders, so many in flight at one time.

local core = require "spreetail.core"
local json = require "spreetail.json"

local M = {}

-- `run` is called by the method that the program called: this is the level of the program's line.
local CALLER = 3

-- Raises when it is no list, or one with a hole, at which it would seem to end.
local function check_list(orders)
  local count, longest = 0, 0
  for key in next, orders do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then
      error(("client:create_orders: orders must be a list of orders, and this one has the key %s"):format(
        json.show_key(key)), CALLER + 1)
    end
    count, longest = count + 1, math.max(longest, key)
  end
  for i = 1, longest > count and count + 1 or 0 do
    if orders[i] == nil then
      error(("client:create_orders: orders[%d] is missing"):format(i), CALLER + 1)
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

-- Calls one of the program's functions. Its error is kept, to be raised in the end.
local function guard(self, fn, ...)
  local ok, value, second = pcall(fn, ...)
  if ok then
    return value, second
  end
  self.raised = self.raised or { value, 0 }
  return nil
end

-- An order in flight, woken when it is done.
local Flight = {}
Flight.__index = Flight

function Flight:wake()
  local batch = self.batch
  if not self.done then
    table.insert(batch.done, self)
    batch.in_flight = batch.in_flight - 1
    self.done = true
  end
  batch.waiter:wake()
end

-- Takes one more order and begins to send it.
local function take(self)
  local order, err = guard(self, self.next_order)
  if order == nil then
    self.exhausted = true
    self.raised = self.raised or (err and { err, 0 })
    return
  end
  self.taken = self.taken + 1
  if type(order) ~= "table" then
    local message = "client:create_orders: order %d must be a table, not a %s"
    self.raised = self.raised or { message:format(self.taken, type(order)), CALLER }
    return
  end
  local settlement = guard(self, self.start, order)
  if settlement then
    self.in_flight = self.in_flight + 1
    local flight = setmetatable({
      batch = self, order = order, settlement = settlement, done = false,
    }, Flight)
    self.client.callbacks:wake(settlement, flight)
  end
end

local function count(summary, err, response)
  if not err then
    summary.accepted = summary.accepted + 1
    summary.reconciled = summary.reconciled + (response.reconciled and 1 or 0)
    return
  end
  summary.failed = summary.failed + 1
  summary.by_kind[err.kind] = (summary.by_kind[err.kind] or 0) + 1
  if err.outcome == "unknown" then
    table.insert(summary.unknown, err.reference)
  end
end

local function report(self, flight)
  local data, second = flight.settlement:results()
  local err, response = nil, second
  if data == nil then
    err, response = second, nil
  end
  count(self.summary, err, response)
  if self.on_result then
    guard(self, self.on_result, flight.order, data, err, response)
  end
end

local function report_all(self)
  local done = self.done
  self.done = {}
  for _, flight in ipairs(done) do
    report(self, flight)
  end
end

--- Sends the orders (a list, or an iterator that returns one at a time), `concurrency` at one time,
-- and calls `on_result(order, data, err, response)` in the order in which they are done. `start`
-- begins one and returns its settlement; `waiter` is what to wait with. An error in the iterator, raised
-- or returned behind a nil, or in `on_result`, or an order that is no table, stops the taking of further
-- orders; it is raised when those in flight are done. Returns the summary.
function M.run(client, waiter, orders, concurrency, on_result, start)
  if type(orders) == "table" then
    check_list(orders)
  end
  local began = core.now()
  local hasten = client.loop.hasten
  local self = {
    client = client,
    waiter = waiter,
    next_order = each(orders),
    start = start,
    on_result = on_result,
    taken = 0,
    in_flight = 0,
    done = {}, -- orders that are done and not yet reported
    exhausted = false,
    raised = nil, -- the first error of the program's functions, and its level
    summary = { accepted = 0, reconciled = 0, failed = 0, by_kind = {}, unknown = {} },
  }
  repeat
    while self.in_flight + #self.done < concurrency and not self.exhausted and not self.raised do
      take(self)
      if hasten then
        hasten(client) -- the iterator may take its time, and nobody else moves the client on
        report_all(self)
      end
    end
    if #self.done == 0 and self.in_flight > 0 then
      waiter:wait(math.huge)
    end
    report_all(self)
  until self.in_flight == 0 and #self.done == 0 and (self.exhausted or self.raised)
  self.summary.elapsed = core.now() - began
  if self.raised then
    error(self.raised[1], self.raised[2])
  end
  return self.summary
end

return M
