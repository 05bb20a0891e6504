--- The import of orders: out of a file, one after the other, to where they are to go, which is the server or
-- an outbox; and what became of each.
--
-- Nothing is lost: an order that was read is there, or is named with the reason, and its lines are in the
-- file of rejected ones. And nothing is there twice: an import that is begun again finds what is there.

local advice = require "spreetail.command.advice"
local core = require "spreetail.core"
local exit = require "spreetail.command.exit"
local order_kind = require "spreetail.order"

local M = {}

local Import = {}
Import.__index = Import

-- Orders in a row that did not get through, before nothing will: each has been tried for as long as a call
-- may take.
local MOST_IN_A_ROW = 16

-- Kinds of errors that every other order would have, too.
local HOPELESS = { auth = true, config = true, tls = true, closed = true }

--
-- What is said.
--

local function at(self, line, column)
  return ("%s:%d:%d: "):format(self.name, line, column)
end

-- Has something said in the place of the bar.
local function say(self, lines)
  self.progress:hide()
  self.session.log:error { lines = lines }
end

-- Prints what became of an order, for programs.
local function report(self, reference, result, fields)
  if self.session.out.json then
    self.progress:hide()
    self.session:report(reference, result, fields)
  end
end

-- Problems that have a place, in words.
local function problem_words(problem)
  return problem.name and problem.name .. " " .. problem.message or problem.message
end

--
-- What became of an order.
--

-- What is said before the reason. Whoever imports again the lines of an order that may be there does no
-- harm.
local function prefix(self, result)
  return result == "unknown" and "outcome unknown: " or result == "refused" and ""
    or ("not %s: "):format(self.destination.verb)
end

-- Has an order's lines put into the file of rejected ones. When they can't be, nothing more is taken.
local function reject(self, source, reason)
  if self.rejects and not self.rejects.failure then
    local written, why = self.rejects:write(self.reader:rejected(source, reason))
    if not written then
      self.stopped = ("%s can't be written: %s. Rejected orders are named here alone from now on")
        :format(self.rejects.path, why)
      say(self, { "spreetail: " .. self.stopped })
    end
  end
end

local function count_failure(self, result, kind)
  local by_kind = self.failures[result]
  by_kind[kind] = (by_kind[kind] or 0) + 1
  self.progress:count(true)
end

-- Nothing was sent of an order: these problems are in the file.
local function refuse(self, source, reference, problems)
  local lines, reasons = {}, {}
  for i, problem in ipairs(problems) do
    reasons[i] = problem_words(problem)
    lines[i] = at(self, problem.line, problem.column) .. reasons[i]
  end
  local reason = table.concat(reasons, "; ")
  count_failure(self, "refused", "validation")
  self.status = exit.worse(self.status, exit.refused)
  say(self, lines)
  reject(self, source, reason)
  report(self, reference, "refused", {
    line = source.line, error = { kind = "validation", message = reason, details = problems },
  })
end

-- What is wrong with an order, each with its place.
local function located(self, source, found)
  local problems = {}
  for i, problem in ipairs(found) do
    local line, column, name = self.reader:locate(source, problem.path)
    problems[i] = {
      line = line, column = column, name = name ~= "" and name or nil, path = problem.path,
      message = problem.message,
    }
  end
  return problems
end

-- What an error says of the order: "refused", "unknown", or "not_sent" (or what the destination calls it) for
-- one that never got through.
local function result_of(self, status)
  return status == exit.refused and "refused" or status == exit.unknown and "unknown" or self.not_taken
end

-- When nothing gets through, nothing more is tried. What was refused did get through.
local function count_in_a_row(self, result, err)
  self.in_a_row = result == "refused" and 0 or self.in_a_row + 1
  if self.in_a_row >= MOST_IN_A_ROW or (result == self.not_taken and HOPELESS[err.kind]) then
    self.stopped = self.stopped or "nothing gets through"
  end
end

local function fail(self, source, order, err)
  local reference = order_kind.reference(order)
  if err.kind == "validation" then
    return refuse(self, source, reference, located(self, source, err.details))
  end
  local status = exit.of_error(err)
  local result, message = result_of(self, status), advice.message(err)
  self.status = exit.worse(self.status, status)
  count_failure(self, result, err.kind)
  count_in_a_row(self, result, err)
  if result == "unknown" then
    table.insert(self.unknown, reference)
  end
  if err ~= self.lost then -- else it is said once
    say(self, { at(self, source.line, 1) .. message })
  end
  reject(self, source, prefix(self, result) .. message)
  report(self, reference, result, { line = source.line, error = { kind = err.kind, message = message } })
end

local function succeed(self, source, order, result)
  self.in_a_row = 0
  self.counts[result] = self.counts[result] + 1
  self.progress:count(false)
  if result == "cancelled" then
    say(self, { ("%s%s is there, but has been cancelled since"):format(at(self, source.line, 1),
      order_kind.reference(order)) })
  end
  report(self, order_kind.reference(order), result, { line = source.line })
end

--
-- The way of all orders.
--

-- The next order that there is something to be done with; nil at the end.
local function next_order(self)
  while not self.stopped do
    self.session:check_interrupt()
    local order, source = self.reader:next()
    if order then
      return order, source
    elseif not source then
      return nil
    end
    refuse(self, source, nil, source.problems)
    self:tick()
  end
end

local function send_all(self)
  local function take()
    local order, source = next_order(self)
    if order then
      self.in_flight[order] = source
    end
    return order
  end

  local function done(order, result, err)
    local source = self.in_flight[order]
    if err then
      fail(self, source, order, err)
    else
      succeed(self, source, order, result)
    end
    self.in_flight[order] = nil
    self:tick()
  end

  self.lost = self.destination.send(take, done)
end

-- Checks orders as they are checked when they are sent. A reference that is there twice is another mistake.
local function check_all(self)
  local lines = {} -- by reference
  for order, source in next_order, self do
    local reference = order_kind.reference(order)
    local body, problems = order_kind.encode(order)
    problems = not body and problems or {}
    if reference and lines[reference] then
      table.insert(problems, { path = "ReferenceNumber",
        message = ("is that of line %d, too"):format(lines[reference]) })
    end
    if #problems > 0 then
      refuse(self, source, reference, located(self, source, problems))
    else
      lines[reference] = source.line
      self.counts.valid = self.counts.valid + 1
      self.progress:count(false)
      report(self, reference, "valid", { line = source.line })
    end
    self:tick()
  end
end

--- Says how far it is, when it is time to.
function Import:tick()
  self.progress:tick(self.offset)
end

-- Calls a function. An interrupt ends it, and so does whatever else strikes; that goes on when all has been
-- said.
local function interruptible(self, fn, ...)
  local ok, struck = pcall(fn, ...)
  self.interrupted = self.session:interrupted()
  if not ok and not (self.interrupted and tostring(struck):find "^interrupted!") then
    self.struck = struck
  end
end

-- Orders of which nothing was heard: the destination said why, or they may be there.
local function give_up_rest(self)
  self.stopped = self.stopped or self.lost and advice.message(self.lost)
  for order, source in pairs(self.in_flight) do
    fail(self, source, order, self.lost or {
      kind = "cancelled", outcome = "unknown",
      message = ("what became of %s was not waited for"):format(order_kind.reference(order) or "an order"),
    })
  end
end

--
-- The end.
--

local function total(by_kind)
  local sum, kinds = 0, {}
  for kind, count in pairs(by_kind) do
    sum = sum + count
    kinds[#kinds + 1] = ("%d %s"):format(count, kind)
  end
  table.sort(kinds)
  return sum, sum > 0 and (" (%s)"):format(table.concat(kinds, ", ")) or ""
end

local function summary(self, elapsed)
  local counts, parts = self.counts, {}
  if self.is_dry then
    parts[1] = ("%d valid"):format(counts.valid)
  else
    local before = counts.reconciled + counts.present
    local there = before > 0 and (" (%d of them there already)"):format(before) or ""
    parts[1] = ("%d %s%s"):format(counts.created + counts.added + before, self.destination.taken, there)
  end
  local function add(count, word, kinds)
    if count > 0 then
      parts[#parts + 1] = ("%d %s%s"):format(count, word, kinds or "")
    end
  end
  local refused, refused_kinds = total(self.failures.refused)
  local not_taken, not_taken_kinds = total(self.failures[self.not_taken])
  add(counts.cancelled, "cancelled since")
  parts[#parts + 1] = ("%d refused%s"):format(refused, refused_kinds)
  add(not_taken, "not " .. self.destination.verb, not_taken_kinds)
  add(#self.unknown, "unknown")
  return ("%s; %.1f s"):format(table.concat(parts, ", "), elapsed)
end

-- Of what can't be read again, has what was read be among the rejected lines.
local function reject_rest(self, why)
  local reason = prefix(self, self.not_taken) .. why
  local partial = self.reader:take_partial()
  if partial then
    reject(self, partial, reason)
  end
  repeat
    local _, source = self.reader:next()
    if source then
      reject(self, source, reason)
    end
  until not source
end

-- Says why something was not read, and what to do.
local function end_early(self, why)
  local place = at(self, self.reader:line(), 1)
  local todo = self.destination.again
  if self.source:finish() and self.rejects and not self.is_dry then
    reject_rest(self, why)
    todo = "what was read of it is in " .. self.rejects.path
  end
  say(self, {
    ("%s%s; nothing from here on was %s"):format(place, why, self.destination.verb),
    not self.is_dry and "spreetail: " .. todo or nil,
  })
  if self.reader.failure then
    self.status = exit.worse(self.status, exit.refused)
  end
end

local function say_end(self, elapsed)
  self.progress:hide()
  local why = self.interrupted and "interrupted" or self.reader.failure or self.stopped
  if why then
    end_early(self, why)
  end
  if #self.unknown > 0 then
    say(self, { ("spreetail: these may have been created, and importing them again tells: %s"):format(
      table.concat(self.unknown, ", ")) })
  end
  if self.session.out.json then
    self.session.log:say(summary(self, elapsed))
  else
    self.session.out:say(summary(self, elapsed))
  end
end

--- Imports what `reader` reads (order_rows.lua, json_lines.lua), or checks it only. Options: `session`;
-- `source`, the file; `destination`; `is_dry`: check only; `rejects`, where rejected lines go, or nil;
-- `progress`. Returns an import.
--
-- A destination is a table:
--   send   function(take, done): takes orders and says of each once what became of it: done(order, result),
--          or done(order, nil, err). Returns an error when all of which nothing was said are lost to that
--   verb   what is done with orders: "sent"
--   taken  what those are called that are there in the end: "accepted"
--   again  what to do when not all were read
function M.new(reader, options)
  local not_taken = "not_" .. options.destination.verb
  local self = setmetatable({
    reader = reader,
    session = options.session,
    source = options.source,
    name = options.source.name,
    destination = options.destination,
    not_taken = not_taken,
    is_dry = options.is_dry,
    rejects = options.rejects,
    progress = options.progress,
    in_flight = {}, -- by order: its source
    lost = nil, -- the error that has ended all
    in_a_row = 0, -- how many have not got through
    stopped = nil, -- why nothing more is taken
    interrupted = false,
    struck = nil, -- an error in this program
    counts = { created = 0, reconciled = 0, cancelled = 0, added = 0, present = 0, valid = 0 },
    failures = { refused = {}, unknown = {}, [not_taken] = {} }, -- how many, by kind
    unknown = {}, -- references
    status = exit.done,
  }, Import)
  self.offset = function() return reader:offset() end
  return self
end

--- Does it, says what came of it, and returns the exit status.
function Import:run()
  local began = core.now()
  if self.is_dry then
    interruptible(self, check_all, self)
  else
    interruptible(self, send_all, self)
  end
  give_up_rest(self)
  say_end(self, core.now() - began)
  if self.struck then
    error(self.struck, 0)
  end
  return self.status
end

return M
