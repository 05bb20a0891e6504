--- Errors: tables that read as a sentence.
--
-- Every run-time failure is `nil, err` with such a table. Its fields:
--   kind         what went wrong, one of the kinds below
--   message      a sentence: what happened, to what, what to do next
--   outcome      for calls that change something: "not_sent", "refused" (the server said no) or
--                "unknown" (it may have taken effect)
--   retryable    whether the same call may well succeed later
--   status       the HTTP status, when one was seen
--   details      what the server said beyond its message; for `validation` a list of
--                {path=, message=}
--   reference    the order's reference, when the call was about one
--   retry_after  seconds to wait, when the server named them
--   attempts     requests that were sent
--
-- Kinds: config, validation, auth, forbidden, not_found, conflict, rate_limit, rejected, server,
-- network, tls, timeout, protocol, cancelled, closed, database.

local check_dot = require "spreetail.dot"

local Error = { __name = "spreetail.error" }

function Error.__tostring(err)
  return err.kind .. ": " .. err.message
end

function Error.__concat(left, right)
  return tostring(left) .. tostring(right)
end

local M = {}

--- Makes an error out of its fields.
function M.new(fields)
  return setmetatable(fields, Error)
end

--- A `validation` error: `subject` is what was refused, `problems` a list of {path=, message=}.
function M.validation(subject, problems, reference)
  local lines = {}
  for i, problem in ipairs(problems) do
    lines[i] = problem.path == "" and problem.message or problem.path .. " " .. problem.message
  end
  return M.new {
    kind = "validation",
    message = subject .. ": " .. table.concat(lines, "; "),
    details = problems,
    outcome = "not_sent",
    retryable = false,
    attempts = 0,
    reference = reference,
  }
end

--- Like Lua's `assert`, for values that come with such an error, which Lua 5.1 and 5.2 can't show.
function M.assert(value, err, ...)
  check_dot("assert", M.assert, value, 2)
  if not value then
    error(err == nil and "assertion failed!" or tostring(err), 2)
  end
  return value, err, ...
end

return M
