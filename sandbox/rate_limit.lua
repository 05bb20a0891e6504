--- The documented 429, when a test sets a rate: so many requests in each second of the clock.

local answer = require "sandbox.answer"
local settings = require "sandbox.settings"

local dict = ngx.shared.settings

local rate_limit = {}

--- The answer that refuses the request, or nil.
function rate_limit.refuse()
  local rate = settings.rate()
  if not rate then
    return nil
  end
  local seen = assert(dict:incr("second:" .. ngx.time(), 1, 0, 2))
  if seen <= rate then
    return nil
  end
  local reply = answer.failure(429)
  reply.headers = { ["Retry-After"] = "1" }
  return reply
end

return rate_limit
