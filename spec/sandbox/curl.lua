-- Requests to the sandbox by the curl command line: what these specs find out about it does
-- not depend on the client that the sandbox is there to test.

local cjson = require "cjson"

local curl = {}

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function variable(name)
  return assert(os.getenv(name), name .. " is not set: run this under sandbox/run")
end

-- Runs a shell command; returns its output and its exit status.
function curl.shell(command)
  local pipe = assert(io.popen("(" .. command .. ") 2>&1", "r"))
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return output, status
end

curl.quote = quote
curl.variable = variable

local function arguments(method, url, options)
  local list = {"curl", "--silent", "--max-time", "20", "--cacert", variable "SPREETAIL_CA_FILE",
    "--request", method, "--dump-header", "/dev/stderr", "--path-as-is",
    "--write-out", "'\\n%{http_code} %{http_version} %{size_download} %{time_total} %{exitcode}'"}
  for _, name in ipairs(options.curl or {}) do list[#list + 1] = name end
  for name, value in pairs(options.headers or {}) do
    list[#list + 1] = "--header " .. quote(name .. ": " .. value)
  end
  if options.body then list[#list + 1] = "--data-binary " .. quote(options.body) end
  list[#list + 1] = quote(url)
  return table.concat(list, " ")
end

local function parse_headers(text)
  local headers = {}
  for name, value in text:gmatch("([%w-]+): ([^\r\n]*)") do headers[name:lower()] = value end
  return headers
end

-- One exchange: {status, version, size, time, exit, body, json, headers}.
function curl.request(method, url, options)
  local header_file = os.tmpname()
  local pipe = assert(io.popen(arguments(method, url, options or {}) .. " 2> " .. header_file, "r"))
  local output = pipe:read("a")
  pipe:close()
  local body, status, version, size, time, exit = output:match("^(.*)\n(%d+) (%S+) (%d+) (%S+) (%d+)$")
  local handle = assert(io.open(header_file))
  local headers = parse_headers(handle:read("a"))
  handle:close()
  os.remove(header_file)
  local ok, value = pcall(cjson.decode, body)
  return {status = tonumber(status), version = version, size = tonumber(size), time = tonumber(time),
    exit = tonumber(exit), body = body, json = ok and value or nil, headers = headers}
end

-- The API without TLS is the quick way for what does not depend on TLS.
function curl.api(method, path, options)
  options = options or {}
  local headers = {}
  if curl.token then headers.Authorization = "Bearer " .. curl.token end
  for name, value in pairs(options.headers or {}) do headers[name] = value end
  local base = options.base or variable "SANDBOX_PLAIN_URL"
  return curl.request(method, base .. path, {headers = headers, body = options.body, curl = options.curl})
end

function curl.control(method, path, body)
  local url = variable "SANDBOX_CONTROL_URL" .. "/__sandbox" .. path
  return curl.request(method, url, {body = body})
end

function curl.login(options)
  options = options or {}
  return curl.request("POST", (options.base or variable "SANDBOX_PLAIN_URL") .. "/auth/login", {
    body = options.body or cjson.encode {
      client_id = variable "SPREETAIL_CLIENT_ID", client_secret = variable "SPREETAIL_CLIENT_SECRET",
    },
    curl = options.curl,
  })
end

-- A fresh sandbox, and a token for `api`.
function curl.start()
  assert(curl.control("POST", "/reset").status == 200)
  curl.token = curl.login().json.data.access_token
end

function curl.stats()
  return curl.control("GET", "/stats").json
end

function curl.fault(text)
  local reply = curl.control("POST", "/faults", text)
  assert(reply.status == 200, reply.body)
  return reply.json
end

return curl
