-- What no program may get to see, wherever it looks: the secret, and the tokens.

local cjson = require "cjson"
local socket = require "cqueues.socket"
local sandbox = require "spec.lua.sandbox"

local secret = sandbox.variable "SPREETAIL_CLIENT_SECRET"

-- A token that we know: the sandbox is then told to answer every login with it.
local function known_token()
  local host, port, path = sandbox.variable "SANDBOX_PLAIN_URL":match "//(.*):(%d+)(/.*)$"
  local body = cjson.encode { client_id = sandbox.variable "SPREETAIL_CLIENT_ID", client_secret = secret }
  local connection = assert(socket.connect(host, tonumber(port)))
  connection:setmode("b", "bf")
  connection:write(("POST %s/auth/login HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s"):format(path, #body, body))
  connection:flush()
  local token = connection:read "*a":match '"access_token":"([^"]+)"'
  connection:close()
  sandbox.fault { login = { token = token } }
  return token
end

-- Every text in a value, keys included.
local function texts(value, found)
  if type(value) == "string" then
    table.insert(found, value)
  elseif type(value) == "table" then
    for key, item in pairs(value) do
      texts(key, found)
      texts(item, found)
    end
  end
  return found
end

-- No part of so many characters of a secret may be seen; of a token: of what follows its header,
-- which is the same for all.
local PART = 12

local function check_unseen(hidden, seen)
  local all = table.concat(seen, "\n")
  local unique = hidden:match "^eyJ[%w_-]*%.(.*)$" or hidden
  for i = 1, #unique - PART + 1 do
    local part = unique:sub(i, i + PART - 1)
    local at = all:find(part, 1, true)
    assert(not at, "seen: ..." .. all:sub(math.max(1, (at or 0) - 60), (at or 0) + 20))
  end
end

describe("a whole run", function()
  for _, how in ipairs { "client", "tls_client" } do
    it("shows neither secret nor token, made by sandbox." .. how, function()
      sandbox.reset()
      local token = known_token()
      local seen = {}
      local client = sandbox[how] {
        client_secret = secret,
        retries = 1,
        on_event = function(event) texts(event, seen) end,
        on_trace = function(line) texts(line, seen) end,
      }
      local function note(...)
        for i = 1, select("#", ...) do
          local value = select(i, ...)
          texts(tostring(value), seen)
          if value ~= client and value ~= client.async then
            texts(value, seen)
          end
        end
      end
      note(client:create_order(sandbox.order "R-1"))
      note(client:create_order(sandbox.order("R-1", { Currency = "USD" })))
      note(client:get_order "NONE", client.async:get_order "R-1":result())
      sandbox.fault { path = "/order", status = 503, times = 1 }
      note(client:get_order "R-1")
      sandbox.fault { path = "/order", close = true, times = 1 }
      note(client:get_order "R-1")
      sandbox.fault { path = "/order", status = 401, times = 1 }
      note(client:get_order "R-1")
      note(client, client.async, client:stats())
      client:close()
      note(client:login())
      client:poll()
      assert.is_true(#seen > 200, "this run was to show a lot")
      check_unseen(secret, seen)
      check_unseen(token, seen)
    end)
  end

  it("with a wrong secret does not show that one either", function()
    sandbox.reset()
    local wrong = "swordfish-swordfish-swordfish"
    local seen = {}
    local client = sandbox.client {
      client_secret = wrong,
      on_event = function(event) texts(event, seen) end,
      on_trace = function(line) texts(line, seen) end,
    }
    local _, err = client:login()
    texts(err, seen)
    texts(tostring(err), seen)
    check_unseen(wrong, seen)
    client:close()
  end)
end)

describe("a server that repeats what it should not", function()
  local seen, client, token

  before_each(function()
    sandbox.reset()
    token = known_token()
    seen = {}
    client = sandbox.client {
      client_secret = secret,
      retries = 0,
      on_event = function(event) texts(event, seen) end,
      on_trace = function(line) texts(line, seen) end,
    }
    client:login()
  end)

  after_each(function()
    client:close()
  end)

  local function answer(value)
    sandbox.fault { path = "/order", status = 400, body = cjson.encode(value), times = 1 }
    local _, err = client:get_order "NONE"
    texts(err, seen)
    texts(tostring(err), seen)
    client:poll()
    check_unseen(secret, seen)
    check_unseen(token, seen)
    return err
  end

  it("is not quoted in the message", function()
    local err = answer { error = "bad secret " .. secret .. " or token " .. token .. "!" }
    assert.matches("bad secret *** or token ***!", err.message, 1, true)
    answer { error = "Authorization: Bearer " .. token }
    answer { error = secret .. secret .. token .. token }
  end)

  it("is not quoted in the details, however they are built", function()
    local err = answer {
      error = "bad",
      details = { message = "secret " .. secret, list = { token, { deep = secret .. "-" .. token } } },
    }
    assert.matches("^secret %*%*%*%s*$", err.details.message)
  end)

  it("is not quoted in the names of details", function()
    answer { error = "bad", details = { [secret] = "x", inner = { [token] = 1 } } }
  end)

  it("is not quoted in part where the message is cut", function()
    -- Long messages are cut at some length: a secret that ends beyond it must not be seen up to there.
    for length = 440, 1100, 16 do
      answer { error = ("x"):rep(length) .. secret }
    end
  end)

  it("in its headers is not traced", function()
    sandbox.fault {
      path = "/order", status = 400, body = "{}", times = 1,
      headers = { ["X-Echo"] = secret, ["X-Token"] = token, ["X-Auth"] = "Bearer " .. token },
    }
    local _, err = client:get_order "NONE"
    texts(err, seen)
    check_unseen(secret, seen)
    check_unseen(token, seen)
  end)

  it("at the login is not quoted either", function()
    client:close()
    for _, status in ipairs { 401, 503 } do
      sandbox.fault { path = "/auth/login", status = status, times = 1, body = cjson.encode {
        error = "no: " .. secret, details = { secret },
      } }
      local other = sandbox.client {
        client_secret = secret, retries = 0, on_event = function(event) texts(event, seen) end,
      }
      local _, err = other:login()
      texts(err, seen)
      texts(tostring(err), seen)
      other:close()
    end
    check_unseen(secret, seen)
  end)

  it("is not quoted when its token is no JWT", function()
    local opaque = "opaque-token-0123456789abcdef"
    sandbox.fault { login = { token = opaque } }
    client:login()
    token = opaque
    answer { error = "bad token " .. opaque, details = { opaque } }
  end)
end)

describe("what a program can reach", function()
  it("holds no secret: the client's fields, its metatables, the core's functions", function()
    sandbox.reset()
    local token = known_token()
    local client = sandbox.client { client_secret = secret }
    client:create_order(sandbox.order "R-1")
    client.async:get_order "R-1"
    client:poll()
    local seen, met = {}, {}
    local function walk(value)
      if type(value) == "string" then
        table.insert(seen, value)
      elseif type(value) == "table" and not met[value] then
        met[value] = true
        for key, item in pairs(value) do
          walk(key)
          walk(item)
        end
      end
      if value ~= nil and type(value) ~= "string" then
        walk(debug.getmetatable(value))
      end
    end
    walk(client)
    check_unseen(secret, seen)
    check_unseen(token, seen)
    client:close()
  end)
end)
