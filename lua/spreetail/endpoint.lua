--- The endpoints: each function starts a call and returns its settlement.
--
-- Called by the methods of the client, which hand on what the program gave them.

local core = require "spreetail.core"
local errors = require "spreetail.error"
local json = require "spreetail.json"
local option = require "spreetail.options"
local Settlement = require "spreetail.settlement"

-- A function of `M` runs below the method that the program called: this is the level at which
-- `option.check` and `mistake` find the program's line.
local CALLER = 3

local function mistake(message)
  error(message, CALLER + 1)
end

local M = {}

local function invalid(subject, path, message, reference)
  return Settlement.failed(errors.validation(subject, { { path = path, message = message } }, reference))
end

local function start(client, request)
  return Settlement.of(client.core:start(request))
end

local function check_reference(reference)
  if reference == "" then
    return "must not be empty"
  elseif reference:find "%c" then
    return "must not hold control characters"
  elseif not core.is_utf8(reference) then
    return "is not valid UTF-8"
  end
end

--- Forces a login, though the token may still be good. Returns true.
function M.login(client, options)
  options = option.check("client:login", options, option.call, CALLER)
  return Settlement.of(client.core:login(options.timeout, options.retries))
end

--- `POST /outbound`: creates an order, given as a table in the API's keys; returns the stored one.
-- It may repeat itself without creating two, since a reference is taken once; when in doubt, the
-- stored order is looked up and compared (`response.reconciled`). With `on_duplicate = "return"`
-- an order that was there before is returned if it is the same, instead of a `conflict`.
function M.create_order(client, order, options)
  options = option.check("client:create_order", options, option.create_order, CALLER)
  if type(order) ~= "table" then
    mistake("client:create_order: the order must be a table, not a " .. type(order))
  end
  local reference = order.ReferenceNumber
  if type(reference) ~= "string" then
    return invalid("order", "ReferenceNumber", "must be a string, not a " .. type(reference))
  end
  local wrong = check_reference(reference)
  if wrong then
    return invalid("order", "ReferenceNumber", wrong)
  end
  local body, problems = json.encode(order)
  if not body then
    return Settlement.failed(errors.validation("order '" .. reference .. "'", problems, reference))
  end
  return start(client, {
    method = "POST",
    path = "/outbound",
    body = body,
    reference = reference,
    idempotent = true, -- the server takes a reference once
    settling = "order",
    return_duplicate = options.on_duplicate == "return",
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
  })
end

--- `GET /order/{reference}`: the stored order.
function M.get_order(client, reference, options)
  options = option.check("client:get_order", options, option.call, CALLER)
  if type(reference) ~= "string" then
    mistake("client:get_order: the reference must be a string, not a " .. type(reference))
  end
  local wrong = check_reference(reference)
  if reference == "." or reference == ".." then
    wrong = "is a path that leads elsewhere"
  end
  if wrong then
    return invalid("client:get_order", "reference", wrong)
  end
  return start(client, {
    method = "GET",
    path = "/order/" .. core.encode_segment(reference),
    reference = reference,
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
  })
end

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
      return nil, ("%s must be a string, a number or a boolean"):format(key)
    end
    if type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53 then
      value = ("%d"):format(value) -- 2, never 2.0
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
      return nil, ("%s must be a string"):format(name)
    elseif tostring(value):find "%c" or name:find "[%c:%s]" then
      return nil, ("%s must not hold control characters"):format((name:gsub("%c", "?")))
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
    mistake("client:request: method and path must be strings")
  elseif options.json and options.body then
    mistake("client:request: json and body exclude each other")
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
      return Settlement.failed(errors.validation(subject .. " json", problems))
    end
  end
  if query ~= "" then
    path = path .. (path:find("?", 1, true) and "&" or "?") .. query
  end
  return start(client, {
    method = method,
    path = path,
    body = body,
    content_type = content_type,
    headers = lines,
    idempotent = options.idempotent,
    timeout = options.timeout,
    attempt_timeout = options.attempt_timeout,
    retries = options.retries,
  })
end

return M
