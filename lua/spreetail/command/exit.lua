--- What the command's exit status says.

local M = {}

--- All is done.
M.done = 0
--- Something was refused, here or by the server: the same again would be refused again.
M.refused = 1
--- The command was called in a way, or configured so, that it could not begin; or the outbox can't be used
-- unless somebody does something about it.
M.usage = 2
--- It can't be told what became of something that was sent: it may have taken effect.
M.unknown = 3
--- The server, or the outbox's database, could not be reached, let nobody in, or did not answer: nothing has
-- taken effect, and it may well work later.
M.unreachable = 4

-- Beyond these, a command that a signal stops ends by that signal (a shell shows 130 for Ctrl-C), once
-- all that was under way has settled.

local BY_KIND = {
  validation = M.refused,
  forbidden = M.refused,
  not_found = M.refused,
  conflict = M.refused,
  rejected = M.refused,
  config = M.usage,
  auth = M.unreachable,
  rate_limit = M.unreachable,
  server = M.unreachable,
  network = M.unreachable,
  tls = M.unreachable,
  timeout = M.unreachable,
  protocol = M.unreachable,
  cancelled = M.unreachable,
  closed = M.unreachable,
}

--- The status for an error of the client.
function M.of_error(err)
  if err.outcome == "unknown" then
    return M.unknown
  elseif err.kind == "database" then
    return err.retryable and M.unreachable or M.usage
  end
  return BY_KIND[err.kind] or M.unreachable
end

-- What weighs more, where several things went wrong.
local WEIGHT = { [M.done] = 0, [M.refused] = 1, [M.usage] = 2, [M.unreachable] = 3, [M.unknown] = 4 }

--- The status that two things together have.
function M.worse(a, b)
  return WEIGHT[a] >= WEIGHT[b] and a or b
end

return M
