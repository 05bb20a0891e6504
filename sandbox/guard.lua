--- Who may use the page and /__sandbox: programs on this machine, and the page itself. Any site in the world
-- can make a browser send requests to this machine, under our address or a name of its own that it lets
-- resolve to us; a browser says with Host, Origin and Sec-Fetch-Site whose request it is.

local json = require "sandbox.json"

local guard = {}

local OWN_NAMES = { ["127.0.0.1"] = true, ["localhost"] = true, ["[::1]"] = true }
local READING = { GET = true, HEAD = true }

local function is_own_host(host, port)
  local name, number = host:lower():match "^(.+):(%d+)$"
  return OWN_NAMES[name] ~= nil and number == port
end

local function comes_from_elsewhere(request)
  if request.origin then
    return request.origin ~= request.scheme .. "://" .. request.host
  end
  local site = request.fetch_site
  return site ~= nil and site ~= "same-origin" and site ~= "none"
end

-- Somebody follows a link to us: it shows the page in a tab of its own, and tells the other site nothing.
local function follows_link(request)
  return READING[request.method] and request.fetch_mode == "navigate" and request.fetch_dest == "document"
end

--- The status and the words to refuse a request with, or nil. Only HTTP/1.0 comes without a host, and no
-- browser speaks it; programs send no origin, and may send any type.
function guard.refusal(request)
  if request.host and not is_own_host(request.host, request.port) then
    return 403, "the Host of this request is not this sandbox's: use http://127.0.0.1:" .. request.port
  end
  if comes_from_elsewhere(request) and not follows_link(request) then
    return 403, "this request comes from another site's page"
  end
  if request.origin and not READING[request.method] then
    if request.method ~= "POST" then
      return 405, "a page changes something by POST only"
    end
    if not (request.content_type or ""):find "^application/json%f[;%z ]" then
      return 415, "a page sends application/json only"
    end
  end
end

--- Ends the current request if it is to be refused.
function guard.check()
  local var = ngx.var
  local status, message = guard.refusal {
    method = ngx.req.get_method(), scheme = var.scheme, port = var.server_port, host = var.http_host,
    origin = var.http_origin, content_type = var.http_content_type,
    fetch_site = var.http_sec_fetch_site, fetch_mode = var.http_sec_fetch_mode,
    fetch_dest = var.http_sec_fetch_dest,
  }
  if status then
    ngx.status = status
    ngx.header["Content-Type"] = "application/json"
    ngx.say(json.encode { error = message })
    ngx.exit(status)
  end
end

return guard
