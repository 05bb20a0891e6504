-- A bad network in front of the sandbox: of a hundred requests 23 go wrong. Connections and streams break
-- before and after the server has worked, answers are cut short; the server itself says 503 and 429, and
-- at times sends HTML. The same ones for the same seed.

local server = require "server"

local start_proxy = dofile(server.tree .. "/spec/faults/start.lua")

local network = {}

-- What the sandbox does itself: nothing of it needs a broken connection. "/o": creating orders and
-- fetching them, logins apart.
local function server_faults(seed)
  local html = { body = "<html><h1>Oops</h1></html>", content_type = "text/html" }
  local rules = {
    { chance = 0.1, status = 503 },
    { chance = 0.03, status = 429, headers = { ["Retry-After"] = "1" } },
    { chance = 0.005, body = html.body, content_type = html.content_type },
    { chance = 0.005, when = "after", body = html.body, content_type = html.content_type },
  }
  for i, rule in ipairs(rules) do
    rule.path, rule.seed = "/o", seed + i
  end
  return rules
end

-- What the proxy does, as "KIND:keys"; on HTTP/1.1 to logins as well.
local network_faults = {
  ["http/1.1"] = {
    "reset:when=before,chance=0.05",
    "reset:when=after,chance=0.05",
    "cut:at=60,chance=0.01", -- among the headers
    "cut:at=500,chance=0.01", -- in the body
  },
  h2 = {
    "stream-reset:when=before,chance=0.05,match= /api/api/v1/o",
    "stream-reset:when=after,chance=0.05,match= /api/api/v1/o",
    "stream-reset:when=mid,at=1,chance=0.01,match= /api/api/v1/o",
    "stream-reset:when=mid,at=300,chance=0.01,match= /api/api/v1/o",
    "reset:chance=0.002,match= /api/api/v1/o", -- the connection, with all that is on it
  },
}

--- Lets the sandbox misbehave and puts a proxy before it, for "http/1.1" or "h2". Returns the proxy:
-- `port`, `base_url`, `stop()`, which returns what it has counted.
function network.start(alpn, seed)
  server.set(server_faults(seed))
  local target = alpn == "h2" and server.http2_url or server.http1_url
  local arguments = {
    "--to", target:match "^https://([%d.:]+)", "--to-tls-ca", server.ca_file,
    "--tls-cert", server.variable "SANDBOX_CERT", "--tls-key", server.variable "SANDBOX_KEY",
    "--alpn", alpn == "h2" and "h2,http/1.1" or "http/1.1",
  }
  for i, fault in ipairs(network_faults[alpn]) do
    arguments[#arguments + 1] = "--fault"
    arguments[#arguments + 1] = ("%s,seed=%d"):format(fault, seed + 10 + i)
  end
  local proxy = start_proxy(arguments)
  proxy.base_url = ("https://localhost:%d%s"):format(proxy.port, target:match "^https://[^/]+(/.*)")
  return proxy
end

--- How many requests there were up to now, and how many of them went wrong.
function network.struck(proxy)
  local counted, struck = proxy:stats(), 0
  for _, count in pairs(counted.faults) do
    struck = struck + count
  end
  for _, rule in ipairs(server.faults()) do
    struck = struck + (rule.fired or 0)
  end
  return counted.exchanges, struck
end

return network
