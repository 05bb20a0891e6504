-- Logs what the client does behind each call: logins, repeats, look-ups, and how calls ended.
--
--     lua log_events.lua REFERENCE...     fetches these orders, and logs how
--
-- Events hold no secrets, so they can go to any log.
-- Credentials: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET in the environment.
local spreetail = require "spreetail"

local FIELDS = { "method", "path", "status", "kind", "attempt", "pause", "elapsed", "reason" }

local function log(event)
  local words = { os.date "!%Y-%m-%dT%H:%M:%SZ", event.type }
  for _, name in ipairs(FIELDS) do
    local value = event[name]
    if name == "elapsed" or name == "pause" then
      value = value and ("%.3f"):format(value)
    elseif name == "reason" then
      value = value and ("%q"):format(value)
    end
    if value then
      words[#words + 1] = name .. "=" .. value
    end
  end
  io.stderr:write(table.concat(words, " "), "\n")
end

local client = spreetail.assert(spreetail.client {
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  on_event = log,
})

local failed = false
for _, reference in ipairs(arg) do
  local order, err = client:get_order(reference)
  print(reference, order and order.Status or err.kind)
  failed = failed or not order
end

local stats = client:stats()
print(("%d calls, %d attempts, %d retries, %d logins; %d connections, used again %d times"):format(
  stats.calls, stats.attempts, stats.retries, stats.logins, stats.connections, stats.reused))
os.exit(failed and 1 or 0)
