--- The endpoints: each function starts a call and returns it, and a function that turns its data into what
-- the program gets, where that differs. When there is nothing to be sent, it returns nil and the error.
--
-- Called by the methods of the client, which hand on what the program gave them.

local core = require "spreetail.core"
local deliveries = require "spreetail.inbound"
local errors = require "spreetail.error"
local json = require "spreetail.json"
local option = require "spreetail.options"
local orders = require "spreetail.order"
local rule = require "spreetail.rule"
local skus = require "spreetail.sku"

-- A function of `M` runs below the method that the program called: this is the level at which
-- `option.check` and `mistake` find the program's line.
local CALLER = 3

local function mistake(message)
  error(message, CALLER + 1)
end

local M = {}

local function invalid(subject, path, message)
  return nil, errors.validation(subject, { { path = path, message = message } })
end

local function refused(subject, problems, reference)
  if reference then
    subject = ("%s %s"):format(subject, rule.show(reference))
  end
  return nil, errors.validation(subject, problems, reference)
end

local function check_table(subject, value)
  if type(value) ~= "table" then
    error(("%s must be a table, not %s"):format(subject, rule.show(value)), CALLER + 1)
  end
end

-- Returns true, or nil and the error.
local function check_reference(subject, reference)
  if type(reference) ~= "string" then
    error(("%s: the reference must be a string, not %s"):format(subject, rule.show(reference)), CALLER + 1)
  end
  local wrong = rule.breach("reference", reference)
  if wrong then
    return invalid(subject, "reference", wrong)
  end
  return true
end

--- Forces a login, though the token may still be good. Returns true.
function M.login(client, options)
  options = option.check("client:login", options, option.call, CALLER)
  return client.core:login(options.timeout, options.attempt_timeout, options.retries)
end

local CREATE_ORDER = core.request {
  method = "POST",
  path = "/outbound",
  idempotent = true, -- the server takes a reference once
  settling = "order",
}

--- `POST /outbound`: creates an order, given as a table that `spreetail.order` accepts; returns the
-- stored one. It is checked first, and not sent when anything is wrong with it. It may repeat itself
-- without creating two, since a reference is taken once; when in doubt, the stored order is looked up
-- and compared (`response.reconciled`). With `on_duplicate = "return"` an order that was there before
-- is returned if it is the same, instead of a `conflict`.
function M.create_order(client, order, options)
  options = option.check("client:create_order", options, option.create_order, CALLER)
  check_table("client:create_order: the order", order)
  return orders.send(order, client.core, CREATE_ORDER, options)
end

--- `GET /order/{reference}`: the stored order.
function M.get_order(client, reference, options)
  options = option.check("client:get_order", options, option.call, CALLER)
  local fine, err = check_reference("client:get_order", reference)
  if not fine then
    return nil, err
  end
  local path = "/order/" .. core.encode_segment(reference)
  return client.core:start({ method = "GET", path = path }, nil, reference, options)
end

local CANCEL_ORDER = core.request { method = "POST", path = "/order/cancel", idempotent = true }

--- `POST /order/cancel`: cancels an order that is not processed yet. Options: `refund`, `note`.
-- Cancelling twice harms nothing, so it may repeat itself; when a repeat is refused, the outcome is
-- "unknown", since an attempt before may have cancelled the order.
function M.cancel_order(client, reference, options)
  options = option.check("client:cancel_order", options, option.cancel_order, CALLER)
  local fine, err = check_reference("client:cancel_order", reference)
  if not fine then
    return nil, err
  end
  local wrong = options.refund and rule.breach("amount", options.refund)
  if wrong then
    return invalid("client:cancel_order", "refund", wrong)
  end
  local body, problems = json.encode {
    referenceNumber = reference,
    refund = options.refund,
    note = options.note,
  }
  if not body then
    return refused("client:cancel_order", problems, reference)
  end
  return client.core:start(CANCEL_ORDER, body, reference, options)
end

--- `GET /inventory`: one page of stock levels, as the server sent it. Options: `page`, `page_size`.
function M.inventory(client, options)
  options = option.check("client:inventory", options, option.inventory, CALLER)
  local path = ("/inventory?page=%d&page_size=%d"):format(options.page or 1, options.page_size or 25)
  return client.core:start({ method = "GET", path = path }, nil, nil, options)
end

local CREATE_INBOUND = core.request {
  method = "POST",
  path = "/inbound",
  idempotent = true,
  settling = "delivery",
}

--- `POST /inbound`: announces a delivery, given as a table that `spreetail.inbound` accepts. Its
-- PO_REFERENCE is unique, so it may repeat itself.
function M.create_inbound(client, delivery, options)
  options = option.check("client:create_inbound", options, option.call, CALLER)
  check_table("client:create_inbound: the delivery", delivery)
  return deliveries.send(delivery, client.core, CREATE_INBOUND, options)
end

local CHANGE_SKUS = core.request { method = "POST", path = "/inventory" }

-- The three operations of `POST /inventory`. They are not repeated once sent: the server would refuse
-- what it has done already, in the same words as what it refuses to do.
local function change_skus(name, kind)
  local subject = "client:" .. name
  return function(client, items, options)
    options = option.check(subject, options, option.call, CALLER)
    check_table(subject .. ": the items", items)
    local body, problems = kind.encode { items = items }
    if not body then
      return refused("SKUs", problems)
    end
    return client.core:start(CHANGE_SKUS, body, nil, options), skus.reader(items)
  end
end

--- `POST /inventory`: creates SKUs, given as a list of records; returns a table by sku: true where it
-- was done, or what the server said.
M.create_skus = change_skus("create_skus", skus.create)

--- The same, for changing SKUs.
M.update_skus = change_skus("update_skus", skus.update)

--- The same, for deleting SKUs.
M.delete_skus = change_skus("delete_skus", skus.delete)

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    if type(key) ~= "string" then
      return nil
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

-- "a=1&b=2", or nil and what is wrong.
local function encode_query(query)
  local keys = sorted_keys(query)
  if not keys then
    return nil, "must have names as keys"
  end
  local pairs_ = {}
  for i, key in ipairs(keys) do
    local value = query[key]
    if type(value) ~= "string" and type(value) ~= "number" and type(value) ~= "boolean" then
      return nil, ("%s must be a string, a number or a boolean"):format(rule.show(key))
    end
    if type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53 then
      value = ("%d"):format(value) -- 2, never 2.0
    elseif type(value) == "number" then
      value = tostring(value):gsub(",", ".") -- whatever the locale says
    end
    pairs_[i] = core.encode_segment(key) .. "=" .. core.encode_segment(tostring(value))
  end
  return table.concat(pairs_, "&")
end

-- A list of header lines and the content type, or nil and what is wrong.
local function header_lines(headers)
  local keys = sorted_keys(headers)
  if not keys then
    return nil, "must have names as keys"
  end
  local lines, content_type = {}, nil
  for _, name in ipairs(keys) do
    local value = headers[name]
    if type(value) ~= "string" and type(value) ~= "number" then
      return nil, ("%s must be a string or a number"):format(rule.show(name))
    elseif not name:find "^[%w!#$%%&'*+.^_`|~-]+$" then
      return nil, ("%s is no name of a header, which is a word such as X-Note"):format(rule.show(name))
    elseif tostring(value):find "%c" then
      return nil, ("%s must not hold control characters"):format(rule.show(name))
    elseif name:lower() == "content-type" then
      content_type = tostring(value)
    else
      lines[#lines + 1] = name .. ": " .. value
    end
  end
  return lines, content_type
end

--- Any endpoint below base_url. Options: `query`, `json` or `body`, `headers`, `idempotent`.
function M.request(client, method, path, options)
  local subject = "client:request"
  options = option.check(subject, options, option.request, CALLER)
  if type(method) ~= "string" or type(path) ~= "string" then
    mistake("client:request: method and path must be strings, as in client:request('GET', '/order/R-1')")
  elseif options.json and options.body then
    mistake("client:request: json and body exclude each other: give the one or the other")
  end
  if path:find "[%c%s]" or path:sub(1, 1) ~= "/" then
    return invalid(subject, "path", "must begin with '/' and be percent-encoded")
  elseif not method:find "^%u+$" then
    return invalid(subject, "method", "must be a word in capitals, such as GET")
  end
  local query, wrong = encode_query(options.query or {})
  if not query then
    return invalid(subject, "query", wrong)
  end
  local lines, content_type = header_lines(options.headers or {})
  if not lines then
    return invalid(subject, "headers", content_type)
  end
  local body = options.body
  if options.json then
    local problems
    body, problems = json.encode(options.json)
    if not body then
      return refused(subject .. " json", problems)
    end
  end
  if query ~= "" then
    path = path .. (path:find("?", 1, true) and "&" or "?") .. query
  end
  local request = {
    method = method,
    path = path,
    content_type = content_type,
    headers = lines,
    idempotent = options.idempotent,
  }
  return client.core:start(request, body, nil, options)
end

return M
