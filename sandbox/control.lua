--- The /__sandbox/* endpoints: what tests ask and tell the sandbox. Never counted as traffic.

local faults = require "sandbox.faults"
local fault_rule = require "sandbox.fault_rule"
local feed = require "sandbox.feed"
local inbound = require "sandbox.inbound"
local json = require "sandbox.json"
local order_rules = require "sandbox.order_rules"
local order_store = require "sandbox.order_store"
local settings = require "sandbox.settings"
local stats = require "sandbox.stats"
local stock = require "sandbox.stock"
local traffic = require "sandbox.traffic"

local control = {}

local function send(status, value)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.print(type(value) == "string" and value or json.encode(value))
  ngx.print("\n")
end

local function refuse(status, message)
  if status == 507 then
    ngx.log(ngx.ERR, "the sandbox is full: ", message)
  end
  return send(status, { error = message })
end

local function body()
  ngx.req.read_body()
  return ngx.req.get_body_data() or ""
end

local function is_settings(entry)
  for name in pairs(entry) do
    if settings.is_setting(name) then
      return true
    end
  end
  return false
end

-- All or nothing: a list with a mistake in it changes nothing.
local function add_faults(entries)
  for _, entry in ipairs(entries) do
    local check = json.is_object(entry) and is_settings(entry) and settings.problem or fault_rule.problem
    local problem = check(entry)
    if problem then
      return refuse(400, problem)
    end
  end
  local ids = json.list()
  for _, entry in ipairs(entries) do
    if is_settings(entry) then
      settings.apply(entry)
    else
      ids[#ids + 1] = faults.add(entry)
    end
  end
  send(200, { rules = ids })
end

local function post_faults()
  local value = json.decode(body())
  if type(value) ~= "table" then
    return refuse(400, "the body is no JSON object or list")
  end
  if next(value) == nil then
    return send(200, { rules = json.list() })
  end
  return add_faults(json.is_object(value) and { value } or value)
end

-- {"on": false} switches one rule off, {"on": true} on and lets it count anew, {"remove": true} removes it.
local function change_fault(id)
  local wanted = json.decode(body())
  if not json.is_object(wanted) then
    return refuse(400, "the body is no JSON object")
  end
  local found
  if wanted.remove == true then
    found = faults.remove(tonumber(id))
  elseif type(wanted.on) == "boolean" then
    found = faults.switch(tonumber(id), wanted.on)
  else
    return refuse(400, "on must be true or false, or remove true")
  end
  if not found then
    return refuse(404, "no such rule")
  end
  send(200, faults.list())
end

local function clear_faults()
  faults.clear()
  send(200, { rules = json.list() })
end

local function reset()
  faults.clear()
  settings.reset()
  order_store.reset()
  inbound.reset()
  stock.seed()
  stats.reset()
  traffic.reset()
  send(200, {})
end

local function write_references()
  ngx.header["Content-Type"] = "application/json"
  stats.write_references(ngx.print)
end

local function get_order(reference)
  local record = order_store.get(reference)
  if record then
    return send(200, record)
  end
  refuse(404, "no such order")
end

-- The order is stored as if a client had sent it.
local function post_order()
  local text = body()
  local order = json.decode(text)
  if not json.is_object(order) then
    return refuse(400, "the body is no JSON object")
  end
  local _, problem = order_rules.problem(order)
  if problem then
    return refuse(400, problem)
  end
  local record, err = order_store.add(text, order)
  if record then
    return send(200, record)
  end
  refuse(err == "exists" and 409 or 507, err)
end

local function replace_order(reference)
  local text = body()
  local order = json.decode(text)
  if not json.is_object(order) or next(order) == nil then
    return refuse(400, "the body is no order")
  end
  local record, err = order_store.replace(reference, text, order)
  if record then
    return send(200, record)
  end
  refuse(err == "not found" and 404 or 507, err)
end

local function advance_order(reference)
  if not order_store.get(reference) then
    return refuse(404, "no such order")
  end
  local wanted = json.decode(body())
  if not json.is_object(wanted) then
    return refuse(400, "the body is no JSON object")
  end
  local status = wanted.status or "Processed"
  local done, err = order_store.advance(reference, status, wanted)
  if not done then
    return refuse(507, err)
  end
  send(200, order_store.get(reference))
end

local function remove_order(reference)
  if not order_store.remove(reference) then
    return refuse(404, "no such order")
  end
  send(200, {})
end

local function get_delivery(reference)
  local record = inbound.get(reference)
  if record then
    return send(200, record)
  end
  refuse(404, "no such delivery")
end

local function is_count(value) return type(value) == "number" and value >= 1 and value % 1 == 0 end

-- {"skus": 437, "locations": 3} seeds anew.
local function seed_stock()
  local wanted = json.decode(body())
  if not json.is_object(wanted) then
    return refuse(400, "the body is no JSON object")
  end
  local skus, locations = wanted.skus, wanted.locations
  if skus and skus ~= 0 and not is_count(skus) or locations and not is_count(locations) then
    return refuse(400, "skus and locations must be counts")
  end
  stock.seed(skus, locations)
  send(200, {})
end

-- {"level": 5, "reserved": 1} for one SKU.
local function set_level(sku)
  local wanted = json.decode(body())
  if not json.is_object(wanted) then
    return refuse(400, "the body is no JSON object")
  end
  if not stock.read().by_sku[sku] then
    return refuse(404, "no such SKU")
  end
  stock.change(function(content)
    local entry = content.by_sku[sku]
    entry.level, entry.reserved = wanted.level or entry.level, wanted.reserved or entry.reserved
    stock.touch(entry, "STOCK")
  end)
  send(200, {})
end

local function get_stats() send(200, stats.report()) end
local function get_faults() send(200, faults.list()) end
local function get_news() send(200, feed.news(ngx.req.get_uri_args())) end

local EXACT = {
  ["/faults"] = { GET = get_faults, POST = post_faults, DELETE = clear_faults },
  ["/news"] = { GET = get_news },
  ["/reset"] = { POST = reset },
  ["/stats"] = { GET = get_stats },
  ["/references"] = { GET = write_references },
  ["/orders"] = { POST = post_order },
  ["/stock"] = { POST = seed_stock },
}

local ONE_OF = {
  ["/orders/"] = { GET = get_order, PUT = replace_order, POST = advance_order, DELETE = remove_order },
  ["/deliveries/"] = { GET = get_delivery },
  ["/stock/"] = { POST = set_level },
  ["/faults/"] = { POST = change_fault },
}

-- The actions for a path and what follows it: a reference, percent-encoded, slashes and all.
local function route(path)
  if EXACT[path] then
    return EXACT[path]
  end
  local parent, rest = path:match("^(/%a+/)(.+)$")
  if ONE_OF[parent] then
    return ONE_OF[parent], ngx.unescape_uri((rest:gsub("%+", "%%2B")))
  end
end

function control.serve()
  local path = ngx.var.request_uri:gsub("%?.*", ""):gsub("^/__sandbox", "")
  local actions, argument = route(path)
  if not actions then
    return refuse(404, "no such control")
  end
  local action = actions[ngx.req.get_method()]
  if not action then
    return refuse(405, "method not allowed")
  end
  return action(argument)
end

return control
