--- Pure: what becomes of a row of the outbox after what its order came to.

local M = {}

--- How often the outcome of a row may stay unknown before nobody tries any more: with the pauses between,
-- this is about an hour.
M.MOST_DOUBTS = 20

-- What an error says about the order, when the server is known not to have created it.
-- The same would be refused again.
local REFUSED = { state = "rejected" }
-- Nothing is wrong with the order, and no other will fare better.
local LATER = { state = "pending", rests = true }
local GIVEN_BACK = { state = "pending", at_once = true }
-- No order can be sent until a person acts.
local STOPPED = { state = "pending", at_once = true, stops = true }

--- By the error's kind, where its outcome is "not_sent" or "refused".
M.known = {
  validation = REFUSED,
  rejected = REFUSED,
  conflict = REFUSED, -- another order has the reference
  forbidden = LATER,
  not_found = LATER, -- the path, not the order
  rate_limit = LATER,
  server = LATER,
  network = LATER,
  tls = LATER,
  timeout = LATER,
  protocol = LATER,
  cancelled = GIVEN_BACK,
  auth = STOPPED,
  config = STOPPED,
  closed = STOPPED,
}

-- By the error's kind, where its outcome is "unknown": the next try settles it, unless it would come to the
-- same.
local DOUBTFUL = { state = "pending", doubt = true, rests = true }
M.unknown = {
  conflict = { state = "unknown", doubt = true }, -- too little is shown of the order that is there
  cancelled = { state = "pending", doubt = true, at_once = true },
  auth = { state = "pending", doubt = true, at_once = true, stops = true },
  config = { state = "pending", doubt = true, at_once = true, stops = true },
  closed = { state = "pending", doubt = true, at_once = true, stops = true },
}

-- Whether the reference is taken, and by which order could not be looked up: then it may well be this one.
-- (An order that was compared has its differences in the details.)
local function is_open_whose(err)
  local first = type(err.details) == "table" and err.details[1]
  return err.kind == "conflict" and not (type(first) == "table" and first.path)
end

local function with_error(rule, err)
  local verdict = { err = err }
  for name, value in pairs(rule) do
    verdict[name] = value
  end
  return verdict
end

--- What becomes of a row whose order was accepted, in whichever way (see `future.ending`).
function M.accepted()
  return { state = "accepted" }
end

--- What becomes of a row whose order came to an error. `row` has `doubts`, how often it was left open what
-- became of it: by an error, or by a worker that was never heard of again. Returns a table: `state`, `err`,
-- and where they apply
--   at_once   the next try need not wait
--   doubt     it is open whether the order was created
--   rests     the worker need not try others yet
--   stops     the worker can't go on
--   looks_up  first see whether the server holds it: a refusal says nothing about the tries before
function M.failed(row, err)
  local is_open = is_open_whose(err)
  if err.outcome ~= "unknown" and not is_open then
    local verdict = with_error(M.known[err.kind] or LATER, err)
    verdict.looks_up = verdict.state == "rejected" and err.kind ~= "conflict" and row.doubts > 0 or nil
    return verdict
  end
  local verdict = with_error(not is_open and M.unknown[err.kind] or DOUBTFUL, err)
  if row.doubts + 1 >= M.MOST_DOUBTS and not verdict.at_once then
    verdict.state = "unknown"
  end
  return verdict
end

--- What becomes of a row that was refused and in doubt, once its reference was looked up: `refusal` is what
-- `failed` said, `found` whether there is such an order, nil when that can't be told because of `err`.
function M.looked_up(row, refusal, found, err)
  if found == false then
    return { state = "rejected", err = refusal.err }
  elseif found then
    return { state = "unknown", doubt = true, err = refusal.err, found = true }
  end
  local verdict = with_error(M.known[err.kind] or LATER, err)
  verdict.state, verdict.doubt = "pending", true
  if row.doubts + 1 >= M.MOST_DOUBTS and not verdict.at_once then
    verdict.state = "unknown"
  end
  return verdict
end

return M
