--- The outbox: orders are put into a table of a database, and sent from there until it is known what became
-- of each, whatever crashes meanwhile.
--
--     local outbox = require "spreetail.outbox"
--     local box = spreetail.assert(outbox.open { path = "orders.db" })
--     spreetail.assert(box:add(order))
--     local counts = spreetail.assert(box:worker { client = client }:run { until_empty = true })

local check_dot = require "spreetail.dot"
local cjson = require "cjson"
local databases = require "spreetail.outbox.database"
local errors = require "spreetail.error"
local option = require "spreetail.options"
local order_kind = require "spreetail.order"
local rows = require "spreetail.outbox.rows"
local rule = require "spreetail.rule"
local same = require "spreetail.outbox.same"
local schema = require "spreetail.outbox.schema"
local workers = require "spreetail.outbox.worker"

local MOST_ORDERS, MOST_BYTES = 500, 1024 * 1024 -- that are added by one statement

local Box = { __name = "spreetail.outbox" }
Box.__index = Box

local M = {}

local function check_self(self, name)
  if getmetatable(self) ~= Box then
    error(("box:%s(...) is to be called with a colon, on an outbox"):format(name), 3)
  end
end

-- The module of the dialect that the options are about. Raises at the program's line when they are about
-- none.
local function dialect_of(options)
  local given = (options.path and 1 or 0) + (options.database and 1 or 0) + (options.connection and 1 or 0)
  if given ~= 1 then
    error("outbox.open: give one of path (SQLite), database (PostgreSQL), and connection (your own)", 3)
  elseif options.connection and not options.driver then
    error('outbox.open: say with driver what the connection is: "SQLite3" or "PostgreSQL"', 3)
  end
  local is_sqlite = options.path or options.driver == "SQLite3"
  return require("spreetail.outbox." .. (is_sqlite and "sqlite" or "postgresql"))
end

--- Opens an outbox, whose tables are made when they are not there. Returns it, or nil and an error of kind
-- `database`.
function M.open(options)
  check_dot("open", M.open, options, 2)
  options = option.check("outbox.open", options, option.outbox, 2)
  local database = databases.new(dialect_of(options), options)
  local ready, err = schema.prepare(database)
  if not ready then
    database:close()
    return nil, err
  end
  return setmetatable({
    database = database,
    rows = rows.new(database),
    clock = options.clock,
    added = 0, -- orders, since it was opened: its workers look for them at once
  }, Box)
end

-- The row to be of an order, checked; or nil and an error.
local function written(order)
  local reference = order_kind.reference(order)
  local body, second = order_kind.encode(order)
  if body then
    return { reference = reference, body = body, from_clock = second and 1 or 0 }
  end
  local subject = reference and "order " .. rule.show(reference) or "order"
  return nil, errors.validation(subject, second, reference)
end

local function conflict(reference, state)
  return errors.new {
    kind = "conflict",
    message = ("another order is in the outbox under the reference %s, and is %s: give each order its own "
      .. "reference"):format(rule.show(reference), state),
    reference = reference,
    outcome = "not_sent",
    retryable = false,
    attempts = 0,
  }
end

-- What becomes of an order whose reference is there: returns "present" or "added" (in place of one that was
-- rejected, and that is known never to have been created); a `conflict`; or nil and the database's error.
local function meet(self, order)
  local row, err = self.rows:find(order.reference)
  if row == nil then
    return nil, err
  elseif row == false then
    return nil, conflict(order.reference, "being removed")
  elseif same.orders({ body = order.body, from_clock = order.from_clock == 1 }, row) then
    return "present"
  elseif row.state ~= "rejected" then
    return conflict(order.reference, row.state)
  end
  local replaced
  replaced, err = self.rows:replace(order)
  if not replaced then
    return nil, err
  end
  return replaced[order.reference] and "added" or conflict(order.reference, "being sent")
end

-- Adds orders, a list of what `written` makes. Returns for each, in their order, "added", "present" or a
-- `conflict`; or nil and the database's error.
local function insert(self, orders)
  local added, err = self.rows:insert(orders)
  if not added then
    return nil, err
  end
  local results = {}
  for i, order in ipairs(orders) do
    if added[order.reference] then
      results[i] = "added"
      added[order.reference] = nil -- once: another one in this list may have the same reference
    else
      results[i], err = meet(self, order)
      if not results[i] then
        return nil, err
      end
    end
  end
  return results
end

-- The same in a transaction of its own, once more if the connection breaks: what is there already is
-- "present" then.
local function store(self, orders)
  local results, err = self.database:attempt(function() return insert(self, orders) end)
  if results then
    self.added = self.added + #orders
  end
  return results, err
end

--- Adds an order, which is checked as `client:create_order` does. Returns true and "added", or "present" when
-- the same order is there already; or nil and an error: `validation`; `conflict` when another order is there
-- under its reference, unless that was rejected, whose place it takes; `database`, after which it may be
-- added again.
--
-- What is to be sent is written now: what is filled in from the clock stays the same, however often it is
-- tried. With `transaction = "mine"` the order is there when the program commits.
function Box:add(order, options)
  check_self(self, "add")
  options = option.check("box:add", options, option.outbox_add, 2)
  if type(order) ~= "table" then
    error("box:add: the order must be a table, not " .. rule.show(order), 2)
  elseif options.transaction and not self.database.is_theirs then
    error('box:add: transaction = "mine" is for an outbox that was opened with your connection', 2)
  end
  local row, err = written(order)
  if not row then
    return nil, err
  end
  local add = options.transaction and insert or store
  local results
  results, err = add(self, { row })
  if not results then
    return nil, err
  elseif type(results[1]) == "table" then
    return nil, results[1]
  end
  return true, results[1]
end

-- An iterator over a list, or the one that was given.
local function each_order(orders)
  if type(orders) == "function" then
    return orders
  end
  local i = 0
  return function()
    i = i + 1
    return orders[i]
  end
end

-- Stores what was gathered, and tells the program of each.
local function flush(self, batch, summary, on_result)
  if #batch.rows == 0 then
    return true
  end
  local results, err = store(self, batch.rows)
  if not results then
    return nil, err
  end
  for i, result in ipairs(results) do
    local order, index = batch.orders[i], batch.indices[i]
    if type(result) == "table" then
      summary.failed = summary.failed + 1
      on_result(order, nil, result, index)
    else
      summary[result] = summary[result] + 1
      on_result(order, result, nil, index)
    end
  end
  return true
end

local function new_batch()
  return { rows = {}, orders = {}, indices = {}, bytes = 0 }
end

-- Puts the next order into the batch, unless it is refused. Returns whether that is full.
local function take(batch, order, index, summary, on_result)
  if type(order) ~= "table" then
    error(("box:add_all: order %d must be a table, not %s"):format(index, rule.show(order)), 3)
  end
  local row, err = written(order)
  if not row then
    summary.failed = summary.failed + 1
    on_result(order, nil, err, index)
    return false
  end
  local place = #batch.rows + 1
  batch.rows[place], batch.orders[place], batch.indices[place] = row, order, index
  batch.bytes = batch.bytes + #row.body
  return place >= MOST_ORDERS or batch.bytes >= MOST_BYTES
end

--- Adds many orders, a list or an iterator that returns one at a time, some hundred in each transaction.
-- Calls `on_result(order, result, err, index)` for each when that is committed: `result` is "added" or
-- "present", or nil and there is an error. Returns a summary: how many were `added`, `present` (the same were
-- there already) and `failed`; or nil, the database's error, and the summary of those before: adding all once
-- more is safe. An error that the iterator returns behind a nil is raised when those before it are stored.
function Box:add_all(orders, options)
  check_self(self, "add_all")
  options = option.check("box:add_all", options, option.outbox_add_all, 2)
  if type(orders) ~= "table" and type(orders) ~= "function" then
    error("box:add_all: orders must be a list or a function, not " .. rule.show(orders), 2)
  end
  local on_result = options.on_result or function() end
  local summary = { added = 0, present = 0, failed = 0 }
  local next_order, batch, index = each_order(orders), new_batch(), 0
  local order, why, is_full
  repeat
    order, why = next_order()
    index = index + 1
    if order ~= nil then
      is_full = take(batch, order, index, summary, on_result)
    end
    if is_full or order == nil then
      local done, err = flush(self, batch, summary, on_result)
      if not done then
        return nil, err, summary
      end
      batch, is_full = new_batch(), false
    end
  until order == nil
  if why ~= nil then
    error(why, 0)
  end
  return summary
end

--- How many rows there are of each state: `pending`, `sending`, `accepted`, `rejected`, `unknown`; and
-- `oldest_pending_seconds`, if any is pending, and `next_due_seconds`, if a worker is to take any. Or nil and
-- an error.
function Box:status()
  check_self(self, "status")
  local status, err = self.rows:count()
  local seconds
  if status then
    seconds, err = self.rows:next_due()
  end
  if seconds == nil then
    return nil, err
  end
  status.next_due_seconds = seconds and math.max(seconds, 0) or nil
  return status
end

-- A row as programs see it.
local function shown(row)
  return {
    reference = row.reference,
    state = row.state,
    attempts = row.attempts,
    last_error = row.error_kind and { kind = row.error_kind, message = row.error_message } or nil,
    next_attempt_at = row.state == "pending" and row.due_at or nil,
    lease_ends_at = row.state == "sending" and row.due_at or nil,
    worker = row.state == "sending" and row.owner or nil,
    added_at = row.added_at,
    settled_at = row.settled_at,
    json = row.body,
    order = cjson.decode(row.body),
  }
end

--- The row of a reference as a table: `state`, `attempts`, `last_error` ({ kind =, message = }),
-- `next_attempt_at`, `order`, the `json` that is sent, and when it was what (see the reference). Or nil; and
-- an error, if it could not be looked up.
function Box:get(reference)
  check_self(self, "get")
  if type(reference) ~= "string" then
    error("box:get: the reference must be a string, not " .. rule.show(reference), 2)
  end
  local row, err = self.rows:find(reference)
  if row then
    return shown(row)
  end
  return nil, err
end

--- Walks over the rows, in the order in which they were added: `for row in box:each { state = "rejected" }
-- do`. Rows are as from `get`. An error is raised.
function Box:each(options)
  check_self(self, "each")
  options = option.check("box:each", options, option.outbox_each, 2)
  local page, place, after = {}, 0, 0
  return function()
    place = place + 1
    if not page[place] and (place == 1 or place > 100) then
      local err
      page, err = self.rows:page(after, options.state)
      if not page then
        error(tostring(err), 2)
      end
      place = 1
    end
    local row = page[place]
    if not row then
      return nil
    end
    after = row.id
    return shown(row)
  end
end

-- Does `work`, which handles at most a thousand rows, in transactions until it finds fewer. Returns how many
-- it has found.
local function in_batches(self, work)
  local total = 0
  while true do
    local count, err = self.database:attempt(work)
    if not count then
      return nil, err
    end
    total = total + count
    if count < 1000 then
      return total
    end
  end
end

--- Makes rows pending again: those of `state`, "rejected" or "unknown", or those of a list of `references`
-- that are either, or pending, which are then tried at once. Returns how many.
function Box:retry(options)
  check_self(self, "retry")
  options = option.check("box:retry", options, option.outbox_retry, 2)
  if (options.state == nil) == (options.references == nil) then
    error("box:retry: give either a state or references", 2)
  end
  local count, err
  if options.state then
    count, err = in_batches(self, function() return self.rows:retry(options.state) end)
  else
    count, err = self.database:attempt(function() return self.rows:retry_named(options.references) end)
  end
  self.added = self.added + (count or 0)
  return count, err
end

--- Removes the rows, and all that they say about people, that were accepted or rejected so many seconds ago
-- or longer. Those whose outcome is unknown stay. Returns how many were removed.
function Box:purge(seconds)
  check_self(self, "purge")
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    error("box:purge: seconds must be a number from 0, not " .. rule.show(seconds), 2)
  end
  return in_batches(self, function() return self.rows:purge(seconds) end)
end

--- A worker that sends with `client`. Returns it, or nil and an error of kind `database`.
function Box:worker(options)
  check_self(self, "worker")
  options = option.check("box:worker", options, option.outbox_worker, 2)
  if not options.client then
    error("box:worker: a client is needed to send with", 2)
  end
  local name, err = self.rows:random_name()
  if not name then
    return nil, err
  end
  return workers.new(self, name, options)
end

--- Closes the database; the program's own connection stays open. Harmless when repeated.
function Box:close()
  check_self(self, "close")
  self.database:close()
end

Box.__close = Box.close -- of Lua 5.4's `local box <close>`

return M
