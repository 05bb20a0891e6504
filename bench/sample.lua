--- One run of one client: started, timed by itself, and held against what the server has counted.

local cjson = require "cjson"
local server = require "server"

local sample = {}

local TIME_LIMIT = 120 -- seconds
local URLS = { ["HTTP/1.1"] = "SANDBOX_HTTP1_URL", ["HTTP/2"] = "SPREETAIL_BASE_URL" }
-- What would send clients elsewhere, or have them trust others.
local FOREIGN = "REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR LUA_INIT "
  .. "http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY"

local shell, quote = server.shell, server.quote
local root = shell("cd " .. quote(server.tree) .. " && pwd"):match "[^\n]+"

local function processors()
  return tonumber(shell "nproc --all 2> /dev/null || echo 1")
end

-- The server's core and the client's; nil where there is only one.
sample.server_cpu, sample.client_cpu = 0, 1
if processors() < 2 then
  sample.server_cpu, sample.client_cpu = nil, nil
end

--- The server is there already: it moves to its core, with all that it has started.
function sample.pin_server()
  if sample.server_cpu then
    local master = shell("cat " .. quote(server.variable "SANDBOX_DIR") .. "/nginx.pid"):match "%d+"
    shell(("for each in %s $(ps -o pid= --ppid %s); do taskset -cp %d $each; done > /dev/null"):format(master,
      master, sample.server_cpu))
  end
end

local function paths(lua)
  local directory = lua == "luajit" and lua or "lua" .. lua
  return ("LUA_PATH=%s LUA_CPATH=%s"):format(quote(root .. "/lua/?.lua;" .. root .. "/lua/?/init.lua;;"),
    quote(root .. "/build/" .. directory .. "/?.so;;"))
end

local function environment(client, url, in_flight)
  local words = { "env" }
  for name in FOREIGN:gmatch "%S+" do
    words[#words + 1] = "-u " .. name
  end
  words[#words + 1] = client.lua and paths(client.lua) or "-u LUA_PATH -u LUA_CPATH"
  words[#words + 1] = "SPREETAIL_BASE_URL=" .. quote(url)
  words[#words + 1] = "NODE_EXTRA_CA_CERTS=" .. quote(server.ca_file)
  words[#words + 1] = "PYTHONDONTWRITEBYTECODE=1"
  words[#words + 1] = "BENCH_BARE=" .. quote(root .. "/build/bench/bare_curl")
  words[#words + 1] = "BENCH_IN_FLIGHT=" .. in_flight
  if sample.client_cpu then
    words[#words + 1] = ("BENCH_SERVER_CPU=%d taskset -c %d"):format(sample.server_cpu, sample.client_cpu)
  end
  return table.concat(words, " ")
end

local function control(method, path)
  return shell(("curl --silent --show-error --fail --request %s %s%s"):format(method,
    quote(server.variable "SANDBOX_CONTROL_URL"), path))
end

--- What the server has counted since the last run began.
function sample.counts()
  return cjson.decode(control("GET", "/count"))
end

local function check(what, got, wanted)
  if got ~= wanted then
    error(("%s: %s, and not %s"):format(what, got, wanted), 0)
  end
end

-- A client that lost an order, sent one twice, or logged in for each, has done something else.
local function check_counts(accepted, wanted, orders)
  local counts = sample.counts()
  check("orders that were accepted, by the client", accepted, wanted)
  check("orders at the server", counts.orders, orders)
  check("distinct references at the server", counts.distinct, orders)
  check("logins", counts.logins, 1)
  check("requests refused", counts.refused, 0)
end

--- Runs it; returns seconds and seconds of CPU for `count` orders. Raises when anything is off.
function sample.run(client, protocol, in_flight, count, kind)
  control("POST", "/reset")
  local url = server.variable(URLS[protocol])
  local output = shell(("cd %s/bench/clients && timeout %d %s %s %s %d %d 2>&1 || :"):format(quote(root),
    TIME_LIMIT, environment(client, url, in_flight), client.command, quote(url), count, in_flight))
  local accepted, seconds, cpu = output:match "^(%d+) (%S+) (%S+)\n$"
  if not accepted then
    error("it printed: " .. output, 0)
  end
  local all = count + in_flight
  check_counts(tonumber(accepted), all, kind == "reading" and 0 or all)
  return tonumber(seconds), tonumber(cpu)
end

--- Whether what it needs is there; otherwise also what is missing.
function sample.can_run(client)
  if client.needs and not os.execute(client.needs[1] .. " > /dev/null 2>&1") then
    return false, client.needs[2]
  end
  return true
end

return sample
