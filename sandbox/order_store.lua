--- The orders. What a client sent is kept as the text it sent, so that every digit survives;
-- what the server adds is spliced in behind it.
--
-- Two dictionaries, so that each change is one atomic operation: `orders` holds what never
-- changes (its flags: when it was created), `order_progress` how the order went on.

local date = require "sandbox.date"
local json = require "sandbox.json"
local stats = require "sandbox.stats"
local traffic = require "sandbox.traffic"

local orders = ngx.shared.orders
local progress = ngx.shared.order_progress

local order_store = {}

local SERVER_FIELDS = {}
for _, name in ipairs {
  "Status", "OrderId", "NumOrderId", "CreatedDate", "LastUpdatedDate", "TrackingNumber", "Carrier",
  "TrackingURL", "DispatchedDate", "CancelledDate", "RefundAmount", "CancelNote",
} do
  SERVER_FIELDS[name] = true
end

local PENDING = '"Status":"Pending","LastUpdatedDate":"%s","TrackingNumber":null,"Carrier":null,'
  .. '"TrackingURL":null,"DispatchedDate":null'

local function client_members(text, order)
  for name in pairs(SERVER_FIELDS) do
    if order[name] ~= nil then
      return json.members_without(text, SERVER_FIELDS)
    end
  end
  return json.members(text)
end

local function identifiers(number)
  local hex = ngx.md5("order " .. number)
  return ('"OrderId":"%s-%s-%s-%s-%s","NumOrderId":%d'):format(hex:sub(1, 8), hex:sub(9, 12),
    hex:sub(13, 16), hex:sub(17, 20), hex:sub(21), 100000 + number)
end

local function assemble(members, created, advance)
  local created_date = date.format(created)
  return "{" .. members .. ',"CreatedDate":"' .. created_date .. '",'
    .. (advance or PENDING:format(created_date)) .. "}"
end

--- The stored record as JSON text, or nil.
function order_store.get(reference)
  local members, created = orders:get(reference)
  if members then
    return assemble(members, created, progress:get(reference))
  end
end

--- Stores a new order; `text` is what was sent and `order` its decoded form.
-- Returns the record, or nil and "exists" or "no memory".
function order_store.add(text, order)
  local number = assert(ngx.shared.settings:incr("order_number", 1, 0))
  local members = client_members(text, order) .. "," .. identifiers(number)
  local now = ngx.time()
  local added, err = orders:safe_add(order.ReferenceNumber, members, 0, now)
  if not added then
    return nil, err
  end
  stats.count("orders")
  traffic.order_changed(order.ReferenceNumber)
  return assemble(members, now)
end

--- Replaces what the client sent, to play a server that stores something else.
function order_store.replace(reference, text, order)
  local members, created = orders:get(reference)
  if not members then
    return nil, "not found"
  end
  local kept = members:match('"OrderId":"[%x-]+","NumOrderId":%d+$')
  local stored, err = orders:safe_set(reference, client_members(text, order) .. "," .. kept, 0, created)
  if not stored then
    return nil, err
  end
  traffic.order_changed(reference)
  return order_store.get(reference)
end

function order_store.remove(reference)
  if not orders:get(reference) then
    return false
  end
  orders:delete(reference)
  progress:delete(reference)
  stats.count("orders", -1)
  traffic.order_changed(reference)
  return true
end

--- The state that an order ended in: "Cancelled", "Processed"..., or nil while it is pending.
function order_store.final_status(reference)
  local advance = progress:get(reference)
  return advance and advance:match('^"Status":"([^"]*)"')
end

local function encode_advance(status, fields)
  local text = json.encode(fields)
  return '"Status":' .. json.encode(status) .. "," .. text:sub(2, -2)
end

local function tracking_fields(tracking)
  return {
    LastUpdatedDate = date.format(ngx.time()),
    TrackingNumber = tracking.tracking_number or json.null,
    Carrier = tracking.carrier or json.null,
    TrackingURL = tracking.tracking_url or json.null,
    DispatchedDate = tracking.tracking_number and date.format(ngx.time()) or json.null,
  }
end

--- One order ends once: the first of "cancel" and "process" wins. Returns nil and "exists" or
-- "no memory" when it was not this one.
function order_store.cancel(reference, refund, note)
  local fields = tracking_fields {}
  fields.CancelledDate = date.format(ngx.time())
  fields.RefundAmount, fields.CancelNote = refund, note
  local added, err = progress:safe_add(reference, encode_advance("Cancelled", fields))
  if added then
    traffic.order_changed(reference)
  end
  return added, err
end

--- What happens in the warehouse, without asking what happened before.
function order_store.advance(reference, status, tracking)
  traffic.order_changed(reference)
  if status == "Pending" then
    progress:delete(reference)
    return true
  end
  local fields = tracking_fields(tracking)
  fields.CancelledDate = status == "Cancelled" and date.format(ngx.time()) or nil
  return progress:safe_set(reference, encode_advance(status, fields))
end

function order_store.reset()
  for _, dict in ipairs { orders, progress } do
    dict:flush_all()
    dict:flush_expired()
  end
end

return order_store
