--- `spreetail outbox run`: sends what is in the outbox.

local advice = require "spreetail.command.advice"
local core = require "spreetail.core"
local exit = require "spreetail.command.exit"

-- Seconds between two lines about failures that pass by themselves.
local QUIET = 10

-- Seconds for which the database may fail before a run that is no service gives up; and the longest time
-- between two failures of a row of them.
local PATIENCE, LONGEST_GAP = 30, 35

-- Whether the database has failed for too long: told of each failure.
local function new_patience()
  local began, last = nil, -math.huge
  return function(err)
    local now = core.now()
    if now - last > LONGEST_GAP then
      began = now
    end
    last = now
    return not err.retryable or now - began >= PATIENCE
  end
end

-- Says what passes by itself now and then, and not each time.
local function new_remarks(log, progress)
  local next_at = 0
  return function(err, sentence)
    if core.now() >= next_at then
      next_at = core.now() + QUIET
      progress:hide()
      log:say(sentence .. ": " .. advice.message(err))
    end
  end
end

local SENTENCES = {
  rejected = "order '%s' was rejected: %s",
  unknown = "what became of order '%s' is unknown: %s",
}

-- What to do with each order of which something is known.
local function teller(session, progress, remark)
  return function(reference, state, err)
    local message = err and advice.message(err)
    if state == "pending" then
      remark(err, ("order '%s' will be tried again"):format(reference))
    else
      progress:count(state ~= "accepted")
    end
    if session.out.json then
      session:report(reference, state, { error = err and { kind = err.kind, message = message } })
    elseif SENTENCES[state] then
      progress:hide()
      session.log:error(SENTENCES[state]:format(reference, message))
    end
  end
end

-- The counts in the end, and what of it all the exit status says.
local function finish(box, session, counts, err)
  local left = box:status()
  local waiting = left and left.pending + left.sending
  local status = err and exit.of_error(err) or exit.done
  if counts.unknown > 0 then
    status = exit.worse(status, exit.unknown)
  end
  if counts.rejected > 0 then
    status = exit.worse(status, exit.refused)
  end
  if waiting ~= 0 and counts.pending > 0 then
    status = exit.worse(status, exit.unreachable)
  end
  session.log:say(("%d accepted, %d rejected, %d unknown; %s left in the outbox"):format(counts.accepted,
    counts.rejected, counts.unknown, waiting or "nobody can say how many are"))
  return status
end

-- A service has no end that it could be near to.
local function progress_of(session, arguments, status)
  local progress = session:progress(status.pending + status.sending)
  progress.is_quiet = progress.is_quiet or arguments.forever
  return progress
end

-- Has the worker work. Returns what it has counted, and an error when it can't go on.
local function work(session, arguments, worker, progress, has_given_up)
  local function offset()
    return progress.done
  end
  local function stop()
    progress:tick(offset)
    return has_given_up() or session:interrupted()
  end
  local counts, err, counted = worker:run {
    until_empty = not arguments.forever,
    seconds = arguments.seconds,
    stop = stop,
  }
  progress:hide()
  return counts or counted, err
end

return function(box, arguments, session)
  local status, err = box:status()
  if not status then
    return session:fail(err)
  end
  local concurrency = arguments.concurrency or 16
  local client
  client, err = session:client { max_in_flight = math.max(256, concurrency) }
  if not client then
    return session:fail(err)
  end
  local progress = progress_of(session, arguments, status)
  local remark, is_too_much = new_remarks(session.log, progress), new_patience()
  local worker, given_up
  worker, err = box:worker {
    client = client,
    concurrency = concurrency,
    lease = arguments.lease,
    on_result = teller(session, progress, remark),
    on_error = function(failure)
      given_up = not arguments.forever and is_too_much(failure) and failure or nil
      if not given_up then
        remark(failure, "trying again")
      end
    end,
  }
  if not worker then
    return session:fail(err)
  end
  local counts
  counts, err = work(session, arguments, worker, progress, function() return given_up end)
  err = err or given_up
  if err then
    session.log:error(err)
  end
  return finish(box, session, counts, err)
end
