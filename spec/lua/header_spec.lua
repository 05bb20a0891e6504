-- The head of an answer: its status and its headers, and how much of them is read.

local raw_server = require "spec.lua.raw_server"

local BODY = '{"success":true,"data":{"a":1}}'

local server

before_each(function()
  server = raw_server.start()
end)

after_each(function()
  server:stop()
end)

-- What comes of an answer with these lines at its head.
local function ask(...)
  local lines = { ... }
  table.insert(lines, ("Content-Length: %d\r\n\r\n"):format(#BODY))
  return server:ask(table.concat(lines, "\r\n") .. BODY)
end

describe("the headers of an answer", function()
  it("are in the response, names in lower case", function()
    local _, response = ask("HTTP/1.1 200 OK", "X-Request-ID:  a b ", "Empty:")
    assert.equal("a b", response.headers["x-request-id"])
    assert.equal("", response.headers.empty)
  end)

  it("are joined when they have one name", function()
    local _, response = ask("HTTP/1.1 200 OK", "Via: a", "X: 1", "VIA: b", "X: 2", "via: c")
    assert.equal("a, b, c", response.headers.via)
    assert.equal("1, 2", response.headers.x)
  end)

  it("may be folded", function()
    local _, response = ask("HTTP/1.1 200 OK", "X: 1", "  y: 2", "Z: 3")
    assert.same({ "1 y: 2", "3" }, { response.headers.x, response.headers.z })
  end)

  it("are one table, which is made when somebody looks at it", function()
    local _, response = ask("HTTP/1.1 200 OK", "X: 1")
    assert.is_nil(rawget(response, "headers"))
    response.headers.mine = true
    assert.same({ "1", true }, { response.headers.x, response.headers.mine })
    assert.equal(response.headers, rawget(response, "headers"))
    assert.is_nil(response.header)
    assert.is_nil(response[1])
  end)

  it("are met by pairs: at once where Lua has __pairs, else when somebody has looked", function()
    local function keys(response)
      local found = {}
      for key, value in pairs(response) do
        found[#found + 1] = key
        assert.equal(response[key], value)
      end
      table.sort(found)
      return found
    end
    local all = { "attempts", "cancelled", "elapsed", "headers", "reconciled", "status" }
    local _, response = ask("HTTP/1.1 200 OK", "X: 1")
    if _VERSION == "Lua 5.1" then
      assert.equal("1", response.headers.x)
    end
    assert.same(all, keys(response))
    assert.same(all, keys(response))
  end)

  it("are a field of their response alone, and go with it", function()
    local _, one = ask("HTTP/1.1 200 OK", "X: 1")
    local _, two = ask("HTTP/1.1 200 OK", "X: 2")
    collectgarbage()
    assert.same({ "1", "2" }, { one.headers.x, two.headers.x })
    local gone = setmetatable({ one, two }, { __mode = "v" })
    one, two = nil, nil
    collectgarbage()
    assert.same({ one, two }, gone)
  end)

  it("change no status, whatever they are called", function()
    local _, err = ask("HTTP/1.1 500 Broken", "HTTP/1.1 200: y")
    assert.same({ "server", 500 }, { err.kind, err.status })
    local data = ask("HTTP/1.1 200 OK", "HTTP/1.1 400: y")
    assert.same({ a = 1 }, data)
  end)

  it("are read up to a number and a size; what is more is no answer", function()
    local long = ("x"):rep(250)
    local floods = {
      { ("X: 1\r\n"):rep(59999) .. "X: 1", 500 },
      { ("X: " .. long .. "\r\n"):rep(999) .. "X: " .. long, 500 },
      { ("X: " .. long .. "\r\n"):rep(470) .. "X: " .. long, 200 },
    }
    for _, flood in ipairs(floods) do
      local data, err = ask("HTTP/1.1 200 OK", flood[1])
      if flood[2] == 200 then
        assert.same({ a = 1 }, data, tostring(err))
      else
        assert.same({ "protocol", "unknown" }, { err.kind, err.outcome })
        assert.matches("the answer of %S+ %(HTTP 200%) has more headers than are read", err.message)
      end
    end
  end)
end)

describe("a head that begins with a folded line", function()
  it("is no answer, and harms nobody", function()
    for _ = 1, 5 do
      assert.same({ a = 1 }, ask("HTTP/1.1 200 OK", "X: 1"))
      local data, err = ask("HTTP/1.1 200 OK", " Date: x")
      assert.is_true(data ~= nil or err.kind == "protocol", tostring(err))
    end
  end)
end)
