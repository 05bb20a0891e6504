-- What holds of `validate` and the server, for any record: `validate` never raises; what passes it is
-- accepted, and what the server rejects it had rejected. Here the sandbox is the server.

local json = require "spreetail.json"
local random_record = require "spec.lua.random_record"
local spreetail = require "spreetail"

-- Where we are stricter than the server, on purpose: such orders would be taken and then be trouble.
local STRICTER = {
  "must not hold control characters", "each item needs its own", "is given twice", "leads elsewhere",
  "must be a percentage", "must be two capital letters", "leave it out and it is filled in",
  "is given as",
}

-- `lacks`: what a record may go without until it is sent.
local KINDS = {
  order = { build = spreetail.order, method = "create_order", path = "/outbound", key = "ReferenceNumber",
    short = "reference_number",
    lacks = function(order)
      return { ReceivedDate = "2025-03-01T10:00:00Z", BillingAddress = order.DeliveryAddress }
    end },
  delivery = { build = spreetail.inbound, method = "create_inbound", path = "/inbound", key = "PO_REFERENCE",
    short = "po_reference" },
}

local function describe_problems(err)
  local lines = {}
  for i, problem in ipairs(err.details) do
    assert(type(problem.path) == "string" and type(problem.message) == "string", "a problem without words")
    lines[i] = problem.path .. " " .. problem.message
  end
  assert(#lines > 0, "refused without a problem")
  return table.concat(lines, "; ")
end

local function is_stricter(problems)
  for _, words in ipairs(STRICTER) do
    if problems:find(words, 1, true) then
      return true
    end
  end
  return false
end

-- Another reference for each, else the server refuses the second; what is no text stays what it is.
local function make_unique(kind, record, number)
  for _, name in ipairs { kind.key, kind.short } do
    local reference = rawget(record, name)
    if type(reference) == "string" and reference ~= "" then
      rawset(record, name, reference .. "-" .. number)
    end
  end
end

-- Whether the server takes the JSON of the record, unchecked, with what it may lack of an order; nil when
-- no JSON can be made of it.
local function is_taken_raw(client, kind, built)
  for name, value in pairs(kind.lacks and kind.lacks(built) or {}) do
    if built[name] == nil then
      built[name] = value
    end
  end
  local body = json.encode(built)
  if not body then
    return nil
  end
  local data, err = client:request("POST", kind.path, { body = body })
  if data == nil and err.kind ~= "rejected" then
    error("neither taken nor rejected: " .. tostring(err))
  end
  return data ~= nil
end

local function try(client, kind, record)
  local built
  local ok, raised = pcall(function() built = kind.build(record) end)
  assert(ok or tostring(raised):find("is given twice", 1, true), "building raised: " .. tostring(raised))
  local valid, err
  if built then
    valid, err = built:validate()
  end
  if valid then
    local data, refusal = client[kind.method](client, record)
    assert(data, "valid, and not accepted: " .. tostring(refusal))
    return "accepted"
  end
  local data, refusal = client[kind.method](client, record)
  assert(data == nil and refusal.kind == "validation", "invalid, and sent: " .. tostring(refusal))
  describe_problems(refusal)
  if not built then
    return "mistaken"
  end
  local problems = describe_problems(err)
  local taken = is_taken_raw(client, kind, built)
  assert(not taken or is_stricter(problems), "refused here, and taken by the server: " .. problems)
  return taken == nil and "unwritable" or taken and "stricter" or "rejected"
end

local M = {}

M.kinds = { "order", "delivery" }

--- Tries `count` records of a kind. Returns how often what came of them, and a list of what should not
-- be, each with the number of its record.
function M.run(client, kind_name, seed, count)
  local kind, random = KINDS[kind_name], random_record.random(seed)
  local counts, failures = {}, {}
  for number = 1, count do
    local record = random_record.make(random, kind_name)
    make_unique(kind, record, number)
    local ok, outcome = pcall(try, client, kind, record)
    if ok then
      counts[outcome] = (counts[outcome] or 0) + 1
    else
      failures[#failures + 1] = ("seed %d, %s %d: %s"):format(seed, kind_name, number, tostring(outcome))
    end
  end
  return counts, failures
end

return M
