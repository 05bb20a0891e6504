--- From a request to its answer: route, token, endpoint, and the faults around them.

local answer = require "sandbox.answer"
local auth = require "sandbox.auth"
local faults = require "sandbox.faults"
local fault_effect = require "sandbox.fault_effect"
local inbound = require "sandbox.inbound"
local inventory = require "sandbox.inventory"
local orders = require "sandbox.orders"
local rate_limit = require "sandbox.rate_limit"
local request_type = require "sandbox.request"
local stats = require "sandbox.stats"
local traffic = require "sandbox.traffic"

local api = {}

local ENDPOINTS = {
  ["/auth/login"] = { POST = auth.login },
  ["/outbound"] = { POST = orders.create },
  ["/order/cancel"] = { POST = orders.cancel, GET = orders.get },
  ["/inventory"] = { GET = inventory.list, POST = inventory.change },
  ["/inbound"] = { POST = inbound.create },
}
local ORDER = { GET = orders.get }

local function method_not_allowed(methods)
  local allowed = {}
  for method in pairs(methods) do allowed[#allowed + 1] = method end
  table.sort(allowed)
  local reply = answer.failure(405)
  reply.headers = { Allow = table.concat(allowed, ", ") }
  return reply
end

local function process(request)
  local methods = ENDPOINTS[request.path] or (request.order_segment and ORDER)
  if not methods then
    return answer.failure(404)
  end
  local endpoint = methods[request.method]
  if not endpoint then
    return method_not_allowed(methods)
  end
  if endpoint ~= auth.login then
    local refusal = auth.refuse()
    if refusal then
      return refusal
    end
  end
  return rate_limit.refuse() or endpoint(request)
end

-- Returns whether the request is counted by its reference.
local function count(request)
  stats.arrived(request)
  if request.method ~= "POST" or request.path ~= "/outbound" then
    return true
  end
  local reference = request:reference()
  return not reference or stats.count_reference(reference)
end

--- Answers the current request.
function api.serve()
  traffic.arrived()
  local request = request_type.current()
  if not count(request) then
    return answer.send(answer.full("references"))
  end
  local before, after = faults.matching(request)
  if before or after then
    traffic.met(after or before)
  end
  if before and fault_effect.apply(before) then
    return
  end
  ngx.req.read_body()
  local reply = process(request)
  if after and fault_effect.apply(after, reply) then
    return
  end
  answer.send(reply)
end

--- The current request is over.
function api.ended()
  stats.departed()
  traffic.departed()
end

return api
