--- What a fault rule may say, and whether one fits a request.

local json = require "sandbox.json"

local fault_rule = {}

local function is_text(value) return type(value) == "string" end
local function is_boolean(value) return type(value) == "boolean" end
local function is_count(value) return type(value) == "number" and value >= 0 and value % 1 == 0 end
local function is_positive_count(value) return is_count(value) and value > 0 end
local function is_seconds(value) return type(value) == "number" and value >= 0 end
local function is_chance(value) return type(value) == "number" and value >= 0 and value <= 1 end
local function is_status(value) return is_count(value) and value >= 200 and value <= 999 end
local function is_moment(value) return value == "before" or value == "after" end
local function is_seed(value) return type(value) == "number" or type(value) == "string" end

local FIELDS = {
  name = is_text, off = is_boolean,
  path = is_text, method = is_text, reference = is_text,
  skip = is_count, times = is_count, every = is_positive_count,
  chance = is_chance, seed = is_seed,
  when = is_moment,
  delay = is_seconds, headers = json.is_object,
  status = is_status, body = is_text, content_type = is_text,
  close = is_boolean, truncate = is_boolean, size = is_count, gzip = is_boolean, drip = is_seconds,
}

--- What is wrong with a rule, or nil.
function fault_rule.problem(rule)
  if not json.is_object(rule) then
    return "a rule must be an object"
  end
  for name, value in pairs(rule) do
    if not FIELDS[name] then
      return "unknown field of a rule: " .. tostring(name)
    end
    if not FIELDS[name](value) then
      return "bad value of field " .. name
    end
  end
end

function fault_rule.fits(rule, request)
  if rule.off or not request.path then
    return false
  end
  if rule.path and request.path:sub(1, #rule.path) ~= rule.path then
    return false
  end
  if rule.method and request.method ~= rule.method then
    return false
  end
  return not rule.reference or request:reference() == rule.reference
end

-- Chance is a function of the seed and the number of the request: a run can be repeated.
local function is_lucky(rule, number)
  local hash = tonumber(ngx.md5(rule.seed .. ":" .. number):sub(1, 8), 16)
  return hash / 2 ^ 32 < rule.chance
end

--- Whether a rule wants the request that is the `number`th to fit it.
function fault_rule.wants(rule, number)
  local turn = number - (rule.skip or 0)
  if turn <= 0 or turn % (rule.every or 1) ~= 0 then
    return false
  end
  return not rule.chance or is_lucky(rule, number)
end

--- Does the rule answer by itself? Others (a delay, headers) go on to the real answer.
function fault_rule.answers(rule)
  return rule.status or rule.body or rule.close or rule.truncate or rule.size or rule.drip
end

return fault_rule
