--- What the page shows of what came in: the last requests, logins and changed orders, and what each second of
-- the last two minutes held. It is written down whether somebody looks or not, because people look when
-- something has happened; so it costs a few operations, and what is old makes room.

local clock = require "sandbox.clock"
local ring = require "sandbox.ring"

local dict = ngx.shared.traffic

local traffic = {}

--- Seconds that a chart may look back.
traffic.WINDOW = 120

-- Times are counted in steps of a quarter of an octave from 10 us up: what is read back is right to 9 %.
local STEPS, SHORTEST = 4, 1e-5
traffic.HIGHEST_STEP = 100

--- How many requests of a second are listed with their paths, of each outcome: more than anybody reads. All
-- are counted.
traffic.MOST_A_SECOND = 50

local LONGEST_PATH = 240

local requests = ring.new(dict, "request", 256)
local logins = ring.new(dict, "login", 64)
local orders = ring.new(dict, "order", 128)

traffic.requests, traffic.logins, traffic.orders = requests, logins, orders

--- How an answer is counted: "ok", "refused" (the request's fault) or "failed".
local function outcome(status)
  if status >= 200 and status < 400 then
    return "ok"
  end
  return status >= 400 and status < 500 and status ~= 444 and status ~= 499 and "refused" or "failed"
end

local function step_of(seconds)
  local step = math.ceil(math.log(seconds / SHORTEST) / math.log(2) * STEPS)
  return math.max(0, math.min(step, traffic.HIGHEST_STEP))
end

--- The seconds in the middle of a step.
function traffic.step_seconds(step)
  return SHORTEST * 2 ^ ((step - 0.5) / STEPS)
end

function traffic.second_key(second, what) return second .. ":" .. what end

-- Returns how often it was counted in this second.
local function count(second, what)
  return dict:incr(traffic.second_key(second, what), 1, 0, traffic.WINDOW + 10) or 0
end

--- A request to the API has come.
function traffic.arrived() ngx.ctx.arrived = clock.now() end

--- These fault rules fired for the current request.
function traffic.met(rules)
  local rule = rules[#rules]
  ngx.ctx.fault = rule.name or "rule " .. rule.id
end

--- The current request is over: answered, or not.
function traffic.departed()
  local ctx = ngx.ctx
  if not ctx.arrived then
    return
  end
  local seconds = clock.now() - ctx.arrived
  local status = ngx.status
  local second = ngx.time()
  count(second, step_of(seconds))
  if count(second, outcome(status)) <= traffic.MOST_A_SECOND then
    requests:add(ngx.now() .. "\t" .. status .. "\t" .. seconds .. "\t" .. ngx.req.get_method() .. "\t"
      .. ngx.var.request_uri:sub(1, LONGEST_PATH) .. "\t" .. (ctx.fault or ""))
  end
end

--- An order was stored, changed or forgotten.
function traffic.order_changed(reference) orders:add(reference) end

--- Somebody tried to log in; `entry` is JSON, without the secret, the token shortened.
function traffic.login(entry) logins:add(entry) end

function traffic.reset()
  dict:flush_all()
  dict:flush_expired()
end

return traffic
