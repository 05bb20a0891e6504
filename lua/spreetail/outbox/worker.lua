--- A worker: takes rows under a lease, sends their orders, and records what became of each.
--
-- Nothing here waits but `run`. What is to be done is seen from the state: rows that are ready to be sent,
-- orders in flight, those that have ended and are not recorded yet, and the moments from which something is
-- due.

local backoff = require "spreetail.outbox.backoff"
local core = require "spreetail.core"
local future = require "spreetail.future"
local interrupt = require "spreetail.interrupt"
local judge = require "spreetail.outbox.judge"
local kept_error = require "spreetail.outbox.kept_error"
local option = require "spreetail.options"
local order_kind = require "spreetail.order"

local LONGEST_PAUSE = 300 -- seconds between two tries of one order
local LONGEST_REST = 30 -- seconds between looks whether the server, or the database, is there again
local FAILURES_TO_REST = 3 -- in a row: one alone may be the order's bad luck
local GATHERING = 0.05 -- seconds for which results are gathered, so that one commit records many
local GRACE = 5 -- seconds that orders in flight have when the worker is to stop
local SHORTEST_POLL = 0.05
local LONGEST_WAIT = 0.25 -- between two looks whether to stop

-- It is the outbox that says whether an order is new, and one that the server has already is a success.
local SETTLING = { on_duplicate = "return" }

local Worker = {}
Worker.__index = Worker

local M = {}

--- Of the box's `rows`, under a random `name` that no other worker has. The options are those of
-- `box:worker`.
function M.new(box, name, options)
  local seed = tonumber(name:match "%x%x%x%x%x%x$", 16)
  return setmetatable({
    box = box,
    rows = box.rows,
    database = box.database,
    now = box.clock or core.now,
    random = backoff.random(seed),
    owner = options.name and options.name .. " " .. name or name,
    client = options.client,
    concurrency = options.concurrency or 16,
    lease = options.lease or 60,
    poll_interval = options.poll_interval or 1,
    on_result = options.on_result or function() end,
    on_error = options.on_error or function() end,
    ready = {}, -- rows that were claimed and not begun
    flights = {}, -- a set of { row =, future =, refusal =, is_lost = }
    in_flight = 0,
    ended = {}, -- { row =, verdict = } that is to be recorded
    record_by = math.huge,
    untold = {}, -- { reference, state, err } that on_result is to hear
    counts = { accepted = 0, rejected = 0, unknown = 0, pending = 0 },
    claim_at = 0, -- when to look for rows
    seen_added = box.added, -- what was added by this program when we looked
    is_drained = false, -- then there was none, and none that will be due
    renew_at = 0,
    failures = 0, -- of the server, in a row
    rest_until = 0, -- the server is left alone
    database_failures = 0, -- in a row
    database_at = 0, -- the database is left alone until then
    stopping = false,
    err = nil, -- why it can't go on
    waiter = nil, -- of `run`, where waiting is done by a loop
  }, Worker)
end

-- The row's part is over: what became of it is to be recorded.
local function finish(self, row, verdict)
  self.ended[#self.ended + 1] = { row = row, verdict = verdict }
  if #self.ended == 1 then
    self.record_by = self.now() + GATHERING
  end
end

-- Gives back what was not begun: others may be able to.
local function release(self)
  for _, row in ipairs(self.ready) do
    finish(self, row, { state = "pending", at_once = true, untried = true })
  end
  self.ready = {}
end

local function rest(self, seconds)
  self.rest_until = math.max(self.rest_until, self.now() + seconds)
  release(self)
end

-- What a verdict says about the server.
local function heed(self, verdict)
  if verdict.stops then
    self.err = self.err or verdict.err
    self:stop()
  elseif not verdict.rests then
    self.failures = verdict.at_once and self.failures or 0
  elseif self.now() >= self.rest_until then
    self.failures = self.failures + 1
    if self.failures >= FAILURES_TO_REST then
      rest(self, backoff.pause(self.failures - FAILURES_TO_REST + 1, LONGEST_REST, self.random))
    end
  end
  if verdict.err and verdict.err.retry_after then
    rest(self, verdict.err.retry_after)
  end
end

-- Has what waits woken when a call is over.
local function wake_for(self, pending)
  if self.waiter then
    self.client.callbacks:wake(pending, self.waiter)
  end
end

-- What an order that is over came to.
local function verdict_of(flight)
  if flight.refusal then
    local data, err = future.take(flight.future)
    local found = data ~= nil
    if not found and err.kind ~= "not_found" then
      found = nil
    end
    return judge.looked_up(flight.row, flight.refusal, found, err)
  end
  local ending, err = future.ending(flight.future)
  return ending and judge.accepted() or judge.failed(flight.row, err)
end

-- Takes over what is done.
local function collect(self)
  for flight in pairs(self.flights) do
    local over = flight.future
    if over:done() then
      local verdict = verdict_of(flight)
      if verdict.looks_up then
        local look = self.client.async:get_order(flight.row.reference)
        flight.refusal = verdict -- first: should an interrupt strike here, the look has failed
        flight.future = look
        wake_for(self, flight.future)
      else
        self.flights[flight] = nil
        self.in_flight = self.in_flight - 1
        if not flight.is_lost then
          finish(self, flight.row, verdict)
        end
        heed(self, verdict)
      end
      future.release(over) -- last: an interrupt may strike before
    end
  end
end

local function is_probing(self)
  return self.failures >= FAILURES_TO_REST
end

-- How many orders may be in flight: one, to see whether the server is there again.
local function allowance(self)
  return is_probing(self) and 1 or self.concurrency
end

-- How many more rows to take: so many ahead that those in flight can be replaced while results are gathered.
local function room(self)
  local most = allowance(self)
  if self.stopping or #self.ready > most / 2 then
    return 0
  end
  local ahead = is_probing(self) and 0 or most
  return math.max(0, most + ahead - self.in_flight - #self.ready)
end

-- From when on to look for rows: at once where the program has added some, and with the last result that is
-- recorded.
local function claim_at(self)
  local is_last = #self.ended > 0 and self.in_flight + #self.ready == 0
  local is_early = is_last or self.seen_added ~= self.box.added
  return math.max(is_early and 0 or self.claim_at, self.rest_until)
end

-- From when on there is something to be done with the database.
local function due_at(self, now)
  local at = math.huge
  if #self.ended > 0 then
    local is_enough = #self.ended >= self.concurrency / 2 or self.in_flight + #self.ready == 0
    at = is_enough and now or self.record_by
  end
  if room(self) > 0 then
    at = math.min(at, claim_at(self))
  end
  if self.in_flight + #self.ready > 0 then
    at = math.min(at, self.renew_at)
  end
  return math.max(at, self.database_at)
end

-- What is recorded of a row.
local function result_of(self, entry)
  local row, verdict = entry.row, entry.verdict
  local pause
  if verdict.state == "pending" then
    local least = verdict.err and verdict.err.retry_after or 0
    pause = verdict.at_once and 0 or math.max(least, backoff.pause(row.attempts, LONGEST_PAUSE, self.random))
  end
  local kind, message
  if verdict.err then
    kind, message = kept_error.of(verdict.err, verdict.found)
  end
  return {
    row_id = row.id,
    attempt = row.attempts,
    to_state = verdict.state,
    untried = verdict.untried and 1 or 0,
    doubt = verdict.doubt and 1 or 0,
    pause = pause,
    kind = kind,
    message = message,
  }
end

-- The rows whose leases are ours, as `renew` takes them.
local function held(self)
  local list = {}
  for _, row in ipairs(self.ready) do
    list[#list + 1] = { row_id = row.id, attempt = row.attempts }
  end
  for flight in pairs(self.flights) do
    list[#list + 1] = { row_id = flight.row.id, attempt = flight.row.attempts }
  end
  return list
end

-- One transaction for all that is due. Returns what came of it, or nil and an error.
local function transact(self, results, leases, count)
  return self.database:attempt(function()
    local done, err = {}, nil
    if #results > 0 then
      done.recorded, err = self.rows:record(self.owner, results)
    end
    if not err and #leases > 0 then
      done.renewed, err = self.rows:renew(self.owner, leases, self.lease)
    end
    if not err and count > 0 then
      done.claimed, err = self.rows:claim(self.owner, count, self.lease)
    end
    if done.claimed and #done.claimed < count then
      done.next_due, err = self.rows:next_due()
    end
    return not err and done or nil, err
  end)
end

local function by_id(a, b)
  return a.id < b.id
end

-- What was recorded is to be told; what was not is another worker's, since our lease had ended.
local function take_over_recorded(self, recorded)
  for _, entry in ipairs(self.ended) do
    local reference, verdict = entry.row.reference, entry.verdict
    if recorded[reference] and not verdict.untried then
      self.counts[verdict.state] = self.counts[verdict.state] + 1
      table.insert(self.untold, { reference, verdict.state, verdict.err })
    end
  end
  self.ended, self.record_by = {}, math.huge
end

local function take_over_renewed(self, renewed, now)
  local ready = {}
  for _, row in ipairs(self.ready) do
    if renewed[row.reference] then
      row.lease_ends = now + self.lease
      ready[#ready + 1] = row
    end
  end
  self.ready = ready
end

local function take_over_claimed(self, claimed, count, next_due, now)
  table.sort(claimed, by_id)
  local is_claimed = {}
  for _, row in ipairs(claimed) do
    row.lease_ends = now + self.lease
    is_claimed[row.id] = true
    table.insert(self.ready, row)
  end
  for flight in pairs(self.flights) do -- whose lease had ended: it is sent once more
    flight.is_lost = flight.is_lost or is_claimed[flight.row.id]
  end
  self.is_drained = #claimed == 0 and next_due == false
  self.claim_at = now
  if #claimed < count then
    local wait = math.min(next_due or self.poll_interval, self.poll_interval)
    self.claim_at = now + math.max(wait, SHORTEST_POLL)
  end
end

-- Does with the database what is due. Returns an error when it failed; then all is kept for another time.
local function exchange(self)
  local now = self.now()
  if now < due_at(self, now) then
    return
  end
  local results, leases = {}, now >= self.renew_at and held(self) or {}
  for i, entry in ipairs(self.ended) do
    results[i] = result_of(self, entry)
  end
  local count = now >= claim_at(self) and room(self) or 0
  local added = self.box.added
  local done, err = transact(self, results, leases, count)
  if not done then
    self.database_failures = self.database_failures + 1
    self.database_at = now + backoff.pause(self.database_failures, LONGEST_REST, self.random)
    return err
  end
  self.database_failures = 0
  take_over_recorded(self, done.recorded or {})
  if now >= self.renew_at then
    self.renew_at = now + self.lease / 3
    take_over_renewed(self, done.renewed or {}, now)
  end
  if done.claimed then
    self.seen_added = added
    take_over_claimed(self, done.claimed, count, done.next_due, now)
  end
end

-- Sends what is ready. A row whose lease has ended may be another's by now.
local function begin(self)
  local most, now = allowance(self), self.now()
  while self.in_flight < most and self.ready[1] do
    local row = table.remove(self.ready, 1)
    if now < row.lease_ends then
      local order = order_kind.written(row.body, row.reference, row.from_clock)
      local sent = self.client.async:create_order(order, SETTLING)
      row.body = nil -- it is the call's now
      self.flights[{ row = row, future = sent }] = true
      self.in_flight = self.in_flight + 1
      wake_for(self, sent)
    end
  end
end

-- Each is told once, also when the program's function raises.
local function tell(self)
  while self.untold[1] do
    local told = table.remove(self.untold, 1)
    self.on_result(told[1], told[2], told[3])
  end
end

--- Does what can be done now: takes over what has ended, records it, claims rows, sends them. Never waits for
-- the network; a commit of the database takes what its disk takes. Returns how many orders are in flight,
-- and the error of the database while that fails; nil and an error once the worker can't go on: its login
-- was refused, or its client is closed. An error in `on_result` is raised.
function Worker:step()
  collect(self)
  local err = exchange(self)
  begin(self)
  self.client:poll()
  tell(self)
  if err then
    self.on_error(err)
  elseif self.err and self:is_idle() then
    return nil, self.err
  end
  return self.in_flight, err
end

--- Takes no more rows, and gives back those that were not begun. `step` goes on with those in flight.
function Worker:stop()
  self.stopping = true
  release(self)
end

--- Whether nothing is in flight, nor to be recorded.
function Worker:is_idle()
  return self.in_flight == 0 and #self.ready == 0 and #self.ended == 0
end

-- Seconds until the next step has something to do, whatever comes over the network.
local function seconds_to_wait(self, most)
  local now = self.now()
  return math.max(0, math.min(most, due_at(self, now) - now))
end

local function wait(self, most)
  local seconds = seconds_to_wait(self, most)
  if self.waiter then
    self.waiter:wait(seconds)
  elseif self.in_flight > 0 then
    self.client:poll(seconds)
  else
    core.sleep(seconds) -- a client waits for its calls alone
  end
end

-- Whether there is nothing left to be done by anybody.
local function is_empty(self)
  return self.is_drained and self:is_idle() and self.seen_added == self.box.added
end

local function work(self, options)
  local deadline = options.seconds and self.now() + options.seconds or math.huge
  local stop = options.stop or function() end
  local most = options.stop and LONGEST_WAIT or 1
  self.claim_at, self.is_drained = 0, false
  while true do
    self:step()
    if self.stopping or self.now() >= deadline or stop() or (options.until_empty and is_empty(self)) then
      return
    end
    wait(self, math.min(most, deadline - self.now()))
  end
end

-- Hears of those in flight for a while, gives the others up, and records all.
local function wind_up(self)
  self.in_flight = 0
  for _ in pairs(self.flights) do
    self.in_flight = self.in_flight + 1 -- which an interrupt may have kept from being told
  end
  self:stop()
  local deadline = self.now() + GRACE
  self:step()
  while self.in_flight > 0 and self.now() < deadline do
    wait(self, math.max(0, deadline - self.now()))
    self:step()
  end
  for flight in pairs(self.flights) do
    flight.future:cancel()
  end
  self.client:poll()
  collect(self)
  self.record_by, self.database_at = 0, 0
  local err = exchange(self)
  tell(self)
  return err
end

--- Steps and waits. `until_empty`: until no row is pending, nor being sent by anybody; `seconds`: for so
-- long; `stop`: until this function returns true. Then those in flight have five seconds to end. Returns how
-- many rows came to each state, or nil, an error and the same: when the worker can't go on, or the database
-- can't record what became of orders, which then is settled by a later try. An interrupt is raised again
-- when that is done.
function Worker:run(options)
  options = option.check("worker:run", options, option.outbox_run, 2)
  if not self.client.loop.nests then
    local waiter, why = self.client:waiter()
    if not waiter then
      error("worker:run can't wait here: " .. why, 2)
    end
    self.waiter = waiter
  end
  self.counts = { accepted = 0, rejected = 0, unknown = 0, pending = 0 }
  local ok, raised = true, nil
  if interrupt.suspends_below_pcall or self.client.loop.nests then
    ok, raised = pcall(work, self, options)
  else
    work(self, options)
  end
  local err = wind_up(self)
  self.waiter = nil
  if not ok then
    error(raised, 0)
  elseif self.err or err then
    return nil, self.err or err, self.counts
  end
  self.stopping = false
  return self.counts
end

return M
