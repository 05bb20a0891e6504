--- POST /outbound, GET /order/{reference}, POST /order/cancel.

local answer = require "sandbox.answer"
local json = require "sandbox.json"
local order_rules = require "sandbox.order_rules"
local order_store = require "sandbox.order_store"
local stats = require "sandbox.stats"

local orders = {}

local LONGEST_REFERENCE = 8192

local function not_found(reference)
  return answer.failure(404, ("Order with ReferenceNumber '%s' not found"):format(reference))
end

function orders.create(request)
  local order = request:object()
  if not order then
    return answer.failure(400, "Request body is not a JSON object")
  end
  local field, message = order_rules.problem(order)
  if field then
    return answer.refusal(field, message)
  end
  local reference = order.ReferenceNumber
  if #reference > LONGEST_REFERENCE then
    return answer.refusal("ReferenceNumber", "ReferenceNumber is too long")
  end
  local record, err = order_store.add(request:body(), order)
  if record then
    return answer.success(record)
  end
  if err ~= "exists" then
    return answer.full("orders")
  end
  stats.count("duplicates")
  return answer.failure(409, ("Order with ReferenceNumber '%s' already exists"):format(reference))
end

function orders.get(request)
  local reference = request.order_segment
  local record = #reference <= LONGEST_REFERENCE and order_store.get(reference)
  return record and answer.success(record) or not_found(reference)
end

local function cancellation_problem(object)
  local reference, refund, note = object.referenceNumber, object.refund, object.note
  if type(reference) ~= "string" or reference == "" then
    return "referenceNumber", "referenceNumber is required"
  end
  if refund ~= nil and refund ~= json.null and (type(refund) ~= "number" or refund < 0) then
    return "refund", "refund must be a number that is not negative"
  end
  if note ~= nil and note ~= json.null and type(note) ~= "string" then
    return "note", "note must be a string"
  end
end

function orders.cancel(request)
  local object = request:object()
  if not object then
    return answer.failure(400, "Request body is not a JSON object")
  end
  local field, message = cancellation_problem(object)
  if field then
    return answer.refusal(field, message)
  end
  local reference = object.referenceNumber
  if #reference > LONGEST_REFERENCE or not order_store.get(reference) then
    return not_found(reference)
  end
  local cancelled, err = order_store.cancel(reference, object.refund, object.note)
  if not cancelled and err ~= "exists" then
    return answer.full("cancellations")
  end
  if not cancelled and order_store.final_status(reference) ~= "Cancelled" then
    return answer.refusal("referenceNumber",
      ("Order with ReferenceNumber '%s' is already processed and cannot be cancelled"):format(reference))
  end
  return answer.success(order_store.get(reference))
end

return orders
