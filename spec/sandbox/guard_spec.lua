-- Who may use the page and the control addresses: requests as a browser would be made to send them.

local curl = require "spec.sandbox.curl"

local PORT = curl.variable "SANDBOX_CONTROL_URL":match ":(%d+)$"
local PAGE = curl.variable "SANDBOX_PAGE_URL"
local OWN = "http://127.0.0.1:" .. PORT

local function status(method, url, headers, body)
  return curl.request(method, url, {headers = headers, body = body}).status
end

local function change(headers, base)
  return status("POST", (base or OWN) .. "/__sandbox/faults", headers, "[]")
end

describe("the sandbox's guard", function()
  it("lets programs in, which have no origin, whatever type they send", function()
    assert.equal(200, status("GET", PAGE))
    assert.equal(200, change())
    assert.equal(200, change {["Content-Type"] = "text/plain"})
    assert.equal(200, status("DELETE", OWN .. "/__sandbox/faults"))
  end)

  it("knows its names, and no other", function()
    for _, name in ipairs {"127.0.0.1", "localhost", "LOCALHOST", "[::1]"} do
      assert.equal(200, status("GET", PAGE, {Host = name .. ":" .. PORT}), name)
      assert.equal(200, status("GET", OWN .. "/__sandbox/stats", {Host = name .. ":" .. PORT}), name)
    end
    for _, host in ipairs {
      "evil.test:" .. PORT, "evil.test", "127.0.0.1", "localhost", "127.0.0.1:1", "127.0.0.1:" .. PORT .. "0",
      "127.0.0.1.evil.test:" .. PORT, "evil.test:80:" .. PORT, "localhost.:" .. PORT,
      "[::2]:" .. PORT, "user@localhost:" .. PORT, "0.0.0.0:" .. PORT, "10.0.0.1:" .. PORT,
    } do
      local seen = status("GET", PAGE, {Host = host})
      assert.is_true(seen == 403 or seen == 400, host .. " " .. seen) -- 400: nginx takes it for no host
      assert.is_true(status("GET", OWN .. "/__sandbox/news", {Host = host}) >= 400, host)
    end
  end)

  it("refuses a name that resolves to this machine", function()
    local rebound = {curl = {("--resolve evil.test:%s:127.0.0.1"):format(PORT)}}
    local reply = curl.request("GET", "http://evil.test:" .. PORT .. "/__sandbox/news", rebound)
    assert.equal(403, reply.status)
    assert.matches("Host of this request is not .*: use http://127.0.0.1:" .. PORT, reply.json.error)
  end)

  it("refuses what other sites' pages send", function()
    for _, origin in ipairs {
      "https://evil.test", "http://evil.test:" .. PORT, "null", "http://127.0.0.1", "http://127.0.0.1:1",
      "https://127.0.0.1:" .. PORT, "http://localhost:" .. PORT, OWN .. ".evil.test",
    } do
      assert.equal(403, change {Origin = origin, ["Content-Type"] = "application/json"}, origin)
      assert.equal(403, status("GET", OWN .. "/__sandbox/news", {Origin = origin}), origin)
      assert.equal(403, status("OPTIONS", OWN .. "/__sandbox/faults", {Origin = origin}), origin)
    end
    for _, site in ipairs {"cross-site", "same-site"} do
      assert.equal(403, status("GET", OWN .. "/__sandbox/news", {["Sec-Fetch-Site"] = site}))
      assert.equal(403, change {["Sec-Fetch-Site"] = site})
    end
  end)

  it("refuses them on the API's ports, too", function()
    for _, name in ipairs {"SANDBOX_PLAIN_URL", "SANDBOX_HTTP1_URL", "SPREETAIL_BASE_URL"} do
      local base = curl.variable(name):match "^(.-)/api"
      assert.equal(200, change(nil, base), name)
      assert.equal(200, change({Origin = base, ["Content-Type"] = "application/json"}, base), name)
      assert.equal(403, change({Origin = "https://evil.test"}, base), name)
      assert.equal(403, change({Host = "evil.test"}, base), name)
    end
  end)

  it("lets its own page change something by POST of JSON only", function()
    local json = {Origin = OWN, ["Sec-Fetch-Site"] = "same-origin", ["Content-Type"] = "application/json"}
    assert.equal(200, change(json))
    json["Content-Type"] = "application/json; charset=utf-8"
    assert.equal(200, change(json))
    for _, type in ipairs {"text/plain", "application/x-www-form-urlencoded", "application/jsonx"} do
      assert.equal(415, change {Origin = OWN, ["Content-Type"] = type}, type)
    end
    assert.equal(405, status("DELETE", OWN .. "/__sandbox/faults", {Origin = OWN}))
  end)

  it("lets people follow a link to the page, in a tab of its own", function()
    local function follow(destination, method)
      return status(method or "GET", PAGE, {
        ["Sec-Fetch-Site"] = "cross-site", ["Sec-Fetch-Mode"] = "navigate", ["Sec-Fetch-Dest"] = destination,
      })
    end
    assert.equal(200, follow "document")
    assert.equal(403, follow "iframe")
    assert.equal(403, follow("document", "POST"))
  end)

  it("lets HTTP/1.0 in, which names no host", function()
    assert.equal(200, status("GET", PAGE)) -- the port is open to it
    local reply = curl.request("GET", PAGE, {curl = {"--http1.0", "--header 'Host:'"}})
    assert.equal(200, reply.status)
  end)
end)
