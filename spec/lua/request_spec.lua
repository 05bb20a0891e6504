local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"
local start_proxy = dofile "spec/faults/start.lua"

local check = spreetail.assert

describe("client:request", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("reaches any endpoint", function()
    local query = { page = 2, page_size = 25 }
    local stock, response = check(client:request("GET", "/inventory", { query = query }))
    assert.equal(2, stock.current_page)
    assert.equal(25, stock.page_size)
    assert.equal(200, response.status)
  end)

  it("sends a table as JSON", function()
    check(client:request("POST", "/outbound", { json = sandbox.order "R-1" }))
    local cancelled = check(client:request("POST", "/order/cancel",
      { json = { referenceNumber = "R-1", note = "Ä/\"\\" } }))
    assert.equal("Cancelled", cancelled.Status)
  end)

  it("sends text as it is, with the type that is named", function()
    local body = '{"referenceNumber":"NONE"}'
    for _, name in ipairs { "X-Other", "Content-Type", "CONTENT-TYPE" } do
      local headers = { [name] = "text/plain" }
      local _, err = client:request("POST", "/order/cancel", { body = body, headers = headers })
      assert.equal("not_found", err.kind)
    end
  end)

  it("returns true when there is no data", function()
    for _, body in ipairs { '{"success":true}', '{"success":true,"data":null}' } do
      sandbox.fault { path = "/nothing", body = body, times = 1 }
      assert.is_true(check(client:request("POST", "/nothing")))
    end
    sandbox.fault { path = "/nothing", status = 204, body = "" }
    assert.is_true(check(client:request("DELETE", "/nothing")))
  end)

  it("returns true for HEAD, whose answers have no body", function()
    sandbox.fault { path = "/nothing", method = "HEAD", status = 200, body = "" }
    assert.is_true(check(client:request("HEAD", "/nothing")))
  end)

  it("returns the whole answer when there is no envelope", function()
    sandbox.fault { path = "/bare", body = '{"items":[1,2],"pagination":{"page":1}}' }
    assert.same({ items = { 1, 2 }, pagination = { page = 1 } }, check(client:request("GET", "/bare")))
  end)

  it("joins headers that come more than once, under lower-case names", function()
    sandbox.fault { path = "/inventory", headers = { ["X-One"] = "1", ["X-Empty"] = "" } }
    local _, response = check(client:request("GET", "/inventory"))
    assert.equal("1", response.headers["x-one"])
    assert.is_nil(response.headers["X-One"])
  end)

  it("refuses what is no path before anything is sent", function()
    for _, path in ipairs {
      "", "inventory", "https://elsewhere.example/", "/a b", "/a\r\nX-Evil: 1", "/a\nb", "/a\0b", "/a\tb",
      "/a#b", "/\195\164", "/a\127",
    } do
      local _, err = client:request("GET", path)
      assert.same({ "validation", 0 }, { err.kind, err.attempts }, path)
    end
    assert.equal(0, sandbox.stats().logins)
  end)

  it("refuses what is no method", function()
    for _, method in ipairs { "", "get", "GET /", "GET\r\n", "GE\0T", "GET HTTP/1.1" } do
      local _, err = client:request(method, "/inventory")
      assert.equal("validation", err.kind)
      assert.equal("method", err.details[1].path)
    end
  end)

  it("refuses headers that would become others", function()
    for name, value in pairs {
      ["X-A"] = "1\r\nX-Evil: 1", ["X-B"] = "1\nX", ["X-C"] = "\0",
      ["X-D: 1\r\nX-Evil"] = "1", ["X-E:"] = "1", ["X F"] = "1", [""] = "1", ["X-(G)"] = "1",
      ["X-H"] = true, ["X-I"] = {}, [1] = "X-J: 1",
    } do
      local _, err = client:request("GET", "/inventory", { headers = { [name] = value } })
      assert.same({ "validation", 0 }, { err.kind, err.attempts }, name)
    end
  end)

  it("says what is wrong with a header", function()
    for wrong, header in pairs {
      ["headers 'X F' is no name of a header, which is a word such as X-Note"] = { ["X F"] = "1" },
      ["headers '??:' is no name of a header, which is a word such as X-Note"] = { ["\r\n:"] = "1" },
      ["headers 'X-A' must not hold control characters"] = { ["X-A"] = "1\r\n" },
      ["headers 'X-H' must be a string or a number"] = { ["X-H"] = true },
    } do
      local _, err = client:request("GET", "/inventory", { headers = header })
      assert.equal("client:request: " .. wrong, err.message)
    end
  end)

  it("refuses headers that are not the caller's to set", function()
    for _, name in ipairs { "Authorization", "authorization", "Host", "Content-Length", "TE" } do
      local _, err = client:request("GET", "/inventory", { headers = { [name] = "x" } })
      assert.equal("validation", err.kind)
    end
  end)

  it("refuses a query that can't be written", function()
    for _, query in ipairs { { a = {} }, { a = print }, { "x" }, { [true] = "x" } } do
      local _, err = client:request("GET", "/inventory", { query = query })
      assert.equal("validation", err.kind)
      assert.equal("query", err.details[1].path)
    end
  end)

  it("refuses JSON that can't be written, with the paths", function()
    local _, err = client:request("POST", "/outbound", { json = { a = { b = print }, c = 0 / 0 } })
    assert.equal("validation", err.kind)
    assert.same({ "a.b", "c" }, { err.details[1].path, err.details[2].path })
    assert.matches("client:request json", err.message, 1, true)
  end)
end)

describe("what client:request sends", function()
  local client, lines

  -- What went out, as the trace shows it.
  local function sent(pattern)
    for _, line in ipairs(lines) do
      local found = line:match("^> " .. pattern)
      if found then
        return found
      end
    end
  end

  before_each(function()
    sandbox.reset()
    lines = {}
    client = sandbox.client { on_trace = function(line) table.insert(lines, line) end, user_agent = "shop/2" }
    client:login()
    lines = {}
  end)

  after_each(function()
    client:close()
  end)

  it("has a query in order of names, each byte that is not plain encoded", function()
    client:request("GET", "/inventory", {
      query = { b = "1&2=3", a = "x y+z/%", ["c d"] = "ä", e = true, f = 2, g = 0.5, h = -3, i = "" },
    })
    assert.equal("/api/api/v1/inventory?a=x%20y%2Bz%2F%25&b=1%262%3D3&c%20d=%C3%A4&e=true&f=2&g=0.5&h=-3&i=",
      sent "GET (%S+)")
  end)

  it("adds a query to one that the path has", function()
    client:request("GET", "/inventory?page=1", { query = { page_size = 5 } })
    assert.equal("/api/api/v1/inventory?page=1&page_size=5", sent "GET (%S+)")
  end)

  it("has the headers that were given, and says who sends it", function()
    client:request("POST", "/outbound", {
      body = "{}",
      headers = { ["X-Shop"] = "eins zwei", ["X-Number"] = 7, ["Content-Type"] = "application/x" },
    })
    assert.equal("eins zwei", sent "X%-Shop: (.*)")
    assert.equal("7", sent "X%-Number: (.*)")
    assert.equal("application/x", sent "Content%-Type: (.*)")
    assert.equal("shop/2 spreetail-lua/" .. spreetail._VERSION, sent "User%-Agent: (.*)")
    assert.equal("application/json", sent "Accept: (.*)")
  end)

  it("takes a number for a content type as text, odd as that is", function()
    client:request("POST", "/outbound", { body = "{}", headers = { ["Content-Type"] = 5 } })
    assert.equal("5", sent "Content%-Type: (.*)")
  end)
end)

describe("a body of bytes", function()
  it("arrives whole, zeros included", function()
    sandbox.reset()
    local port = sandbox.variable "SANDBOX_PLAIN_URL":match ":(%d+)/"
    local proxy = start_proxy { "--to", "127.0.0.1:" .. port, "--follow" }
    local client = sandbox.client { base_url = ("http://127.0.0.1:%d/api/api/v1"):format(proxy.port) }
    local _, err = client:request("POST", "/outbound", { body = ("\0\255"):rep(50000) })
    assert.equal("rejected", err.kind)
    assert.matches("not a JSON object", err.message, 1, true)
    assert.is_true(client:stats().bytes_sent >= 100000)
    client:close()
    proxy:stop()
  end)
end)
