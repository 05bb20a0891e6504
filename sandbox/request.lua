--- One request to the API: what endpoints and faults ask about it.

local json = require "sandbox.json"

local BASE_PATH = "/api/api/v1"

local request = {}
request.__index = request

-- The path is read from the raw target: nginx's own has its percent-encoding undone, and a
-- reference may contain an encoded slash.
local function raw_path()
  local target = ngx.var.request_uri
  local query = target:find("?", 1, true)
  return query and target:sub(1, query - 1) or target
end

local function api_path(path)
  if path:sub(1, #BASE_PATH) ~= BASE_PATH then
    return nil
  end
  local rest = path:sub(#BASE_PATH + 1)
  return rest:sub(1, 1) == "/" and rest or nil
end

-- In a path a plus is a plus.
local function decode_segment(segment)
  return ngx.unescape_uri((segment:gsub("%+", "%%2B")))
end

function request.current()
  local path = api_path(raw_path())
  local segment = path and path:match("^/order/([^/]+)$")
  return setmetatable({
    method = ngx.req.get_method(),
    path = path,
    order_segment = segment and decode_segment(segment),
  }, request)
end

function request:body()
  if not self.body_text then
    ngx.req.read_body()
    self.body_text = ngx.req.get_body_data() or ""
  end
  return self.body_text
end

--- The decoded body when it is a JSON object, else nil.
function request:object()
  if self.decoded == nil then
    local value = json.decode(self:body())
    self.decoded = json.is_object(value) and value or false
  end
  return self.decoded or nil
end

local REFERENCE_FIELD = { ["/outbound"] = "ReferenceNumber", ["/order/cancel"] = "referenceNumber" }

--- The order that the request is about.
function request:reference()
  local field = self.method == "POST" and REFERENCE_FIELD[self.path]
  if not field then
    return self.order_segment
  end
  local object = self:object()
  local reference = object and object[field]
  return type(reference) == "string" and reference ~= "" and reference or nil
end

return request
