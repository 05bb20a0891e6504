--- The answers of the API: its envelope around data or an error.

local json = require "sandbox.json"
local gzip = require "sandbox.gzip"
local settings = require "sandbox.settings"

local answer = {}

local MESSAGES = {
  [400] = "Bad request",
  [401] = "Invalid or expired token",
  [403] = "Access denied",
  [404] = "Not found",
  [405] = "Method not allowed",
  [409] = "Conflict",
  [429] = "Rate limit exceeded. Please try again later.",
  [500] = "Internal server error",
  [503] = "Service unavailable",
  [507] = "The sandbox is full",
}

--- `data` is JSON text, or a table to encode.
function answer.success(data)
  if type(data) ~= "string" then
    data = json.encode(data)
  end
  return { status = 200, body = '{"success":true,"data":' .. data .. "}" }
end

function answer.failure(status, message, details)
  local body = '{"success":false,"error":' .. json.encode(message or MESSAGES[status] or "Error")
  if details then
    body = body .. ',"details":' .. json.encode(details)
  end
  return { status = status, body = body .. "}" }
end

--- A failure that names the field at fault.
function answer.refusal(field, message)
  return answer.failure(400, message, { field = field, message = message })
end

--- A shared dictionary refused a new entry: losing it silently would be a lie.
function answer.full(what)
  ngx.log(ngx.ERR, "the sandbox is full: no room for more ", what)
  return answer.failure(507, "The sandbox is full: no room for more " .. what)
end

function answer.accepts_gzip()
  local accepted = ngx.var.http_accept_encoding
  return accepted ~= nil and accepted:find("gzip", 1, true) ~= nil
end

function answer.send(reply)
  local body = reply.body
  local header = ngx.header
  ngx.status = reply.status
  header["Content-Type"] = "application/json"
  for name, value in pairs(reply.headers or {}) do header[name] = value end
  if settings.compress() and answer.accepts_gzip() then
    body = gzip.compress(body)
    header["Content-Encoding"] = "gzip"
  end
  header["Content-Length"] = #body
  ngx.print(body)
end

return answer
