--- What the API saw. Counters are exact under concurrency and over several workers.

local json = require "sandbox.json"

local dict = ngx.shared.stats
local references = ngx.shared.references
-- Requests in flight are those that came since the last reset. One that came before it goes on, and takes
-- itself from the counter that it came under, so these live elsewhere.
local in_flight = ngx.shared.settings

local stats = {}

local KNOWN_PATHS = {
  ["/auth/login"] = true, ["/outbound"] = true, ["/order/cancel"] = true,
  ["/inventory"] = true, ["/inbound"] = true,
}

function stats.count(name, number)
  local _, err, forcible = dict:incr(name, number or 1, 0)
  if err or forcible then
    ngx.log(ngx.ERR, "the counters are full")
  end
end

local function label(request)
  local path = request.path
  if KNOWN_PATHS[path] and not (path == "/order/cancel" and request.method == "GET") then
    return request.method .. " " .. path
  end
  return request.method .. (request.order_segment and " /order" or " other")
end

local function count_connection(request)
  if ngx.var.connection_requests ~= "1" then
    return
  end
  stats.count("connections:total")
  stats.count(request.path == "/auth/login" and "connections:login" or "connections:api")
  stats.count(ngx.req.http_version() == 2 and "connections:http2" or "connections:http1")
end

--- How often all was reset.
function stats.resets() return in_flight:get("resets") or 0 end

local function in_flight_counter()
  return "in_flight:" .. stats.resets()
end

-- The highest level is counted up to, one entry for each level: exact whoever comes first.
local function count_in_flight()
  ngx.ctx.counter = in_flight_counter()
  local level = assert(in_flight:incr(ngx.ctx.counter, 1, 0))
  for below = (dict:get("in_flight_max") or 0) + 1, level do
    if dict:safe_add("level:" .. below, true) then
      stats.count("in_flight_max")
    end
  end
end

--- Counts a POST /outbound of this reference; false when there is no room to count it.
function stats.count_reference(reference)
  local added, err = references:safe_add(reference, 1)
  if added then
    return true
  end
  if err ~= "exists" then
    return false
  end
  return references:incr(reference, 1) ~= nil
end

function stats.arrived(request)
  stats.count("request:" .. label(request))
  count_connection(request)
  count_in_flight()
end

function stats.departed()
  if not ngx.ctx.counter then
    return
  end
  in_flight:incr(ngx.ctx.counter, -1)
  stats.count("bytes:received", tonumber(ngx.var.request_length))
  stats.count("bytes:sent", tonumber(ngx.var.bytes_sent))
end

function stats.reset()
  local counter = in_flight_counter()
  in_flight:incr("resets", 1, 0)
  if in_flight:get(counter) == 0 then
    in_flight:delete(counter)
  end
  for _, counters in ipairs { dict, references } do
    counters:flush_all()
    counters:flush_expired()
  end
end

function stats.report()
  local report = { requests = {} }
  for _, name in ipairs {
    "logins", "login_failures", "orders", "duplicates", "unauthorized", "in_flight_max",
  } do
    report[name] = dict:get(name) or 0
  end
  report.in_flight = in_flight:get(in_flight_counter()) or 0
  report.connections, report.bytes = {}, {}
  for _, name in ipairs { "total", "login", "api", "http1", "http2" } do
    report.connections[name] = dict:get("connections:" .. name) or 0
  end
  for _, name in ipairs { "received", "sent" } do
    report.bytes[name] = dict:get("bytes:" .. name) or 0
  end
  for _, key in ipairs(dict:get_keys(0)) do
    local name = key:match("^request:(.+)$")
    if name then
      report.requests[name] = dict:get(key)
    end
  end
  return report
end

--- Calls `write` with the pieces of a JSON object: reference -> how often it was posted.
function stats.write_references(write)
  local pieces, separator = { "{" }, ""
  for _, reference in ipairs(references:get_keys(0)) do
    pieces[#pieces + 1] = separator .. json.encode(reference) .. ":" .. references:get(reference)
    separator = ","
    if #pieces == 1000 then
      write(table.concat(pieces))
      pieces = {}
    end
  end
  pieces[#pieces + 1] = "}"
  write(table.concat(pieces))
end

return stats
