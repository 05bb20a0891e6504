local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local nan, inf = 0 / 0, math.huge

-- What is wrong for an option of each sort, and what the message says was expected.
local text = { expected = "a string without a NUL character", wrong = { 12345, true, {}, print, "a\0b" } }
local bytes = { expected = "a string", wrong = { 12345, true, {} } }
local flag = { expected = "true or false", wrong = { 1, "true", {} } }
local callback = { expected = "a function", wrong = { "print", true, {} } }
local seconds = { expected = "a positive number of seconds", wrong = { "60", 0, -1, nan, inf, true } }
local whole = { expected = "a whole number from 1", wrong = { "8", 0, -1, 1.5, nan, inf, 2 ^ 31 } }
local whole_or_none = { expected = "a whole number from 0", wrong = { "4", -1, 0.5, nan, inf } }

local client_options = {
  client_id = text, client_secret = text, client_secret_file = text, client_secret_command = text,
  base_url = text,
  timeout = seconds, attempt_timeout = seconds, connect_timeout = seconds, refresh_margin = seconds,
  retries = whole_or_none, max_connections = whole, max_in_flight = whole,
  max_response = { expected = "a whole number of bytes", wrong = { "1", 0, 1.5, inf } },
  ca_file = text, ca_path = text, client_cert = text, client_key = text, proxy = text, user_agent = text,
  allow_http = flag, on_event = callback, on_trace = callback,
}

local call_options = { timeout = seconds, attempt_timeout = seconds, retries = whole_or_none }

local table_of_names = { expected = "a table", wrong = { "a=1", 1, true } }
local request_options = {
  query = table_of_names, json = table_of_names, headers = table_of_names, body = bytes, idempotent = flag,
  timeout = seconds, attempt_timeout = seconds, retries = whole_or_none,
}

describe("options of spreetail.client", function()
  for name, sort in pairs(client_options) do
    it("takes as " .. name .. " nothing but " .. sort.expected, function()
      for _, value in ipairs(sort.wrong) do
        local message = mistake(function() spreetail.client { [name] = value } end)
        local start = ("spreetail.client: option '%s' must be %s"):format(name, sort.expected)
        assert.equal(start, message:sub(1, #start))
      end
    end)
  end

  it("knows no others, and guesses what was meant", function()
    local message = mistake(function() spreetail.client { client_secrt = "s" } end)
    assert.equal("spreetail.client: unknown option 'client_secrt' (did you mean 'client_secret'?)", message)
    assert.matches("'timeout'", mistake(function() spreetail.client { Timeout = 1 } end), 1, true)
    assert.matches("spreetail.client: unknown option 'colour_of_socks'; there are allow_http, ",
      mistake(function() spreetail.client { colour_of_socks = "red" } end), 1, true)
    assert.equal("spreetail.client: options have names, as in { timeout = 10 }, and one has the key 1",
      mistake(function() spreetail.client { "id" } end))
  end)

  it("quotes a word that is none of those there are, and no other text", function()
    assert.equal("client:create_order: option 'on_duplicate' must be \"error\" or \"return\", not 'retrun'",
      mistake(function() sandbox.client():create_order({}, { on_duplicate = "retrun" }) end))
    assert.equal("spreetail.client: option 'timeout' must be a positive number of seconds, not a string",
      mistake(function() spreetail.client { timeout = "s3cr3t" } end))
  end)

  it("is a table or nothing", function()
    assert.equal("spreetail.client: options must be a table, not a string",
      mistake(function() spreetail.client "https://localhost" end))
    assert.equal("spreetail.client: options must be a table, not 5",
      mistake(function() spreetail.client(5) end))
  end)

  it("never shows a secret that came in a wrong shape", function()
    for _, value in ipairs { 81726354, { "81726354" }, "81726354\0" } do
      assert.not_matches("81726354", mistake(function() spreetail.client { client_secret = value } end))
      assert.not_matches("81726354", mistake(function() spreetail.client { client_secert = value } end))
    end
  end)

  it("leaves the table as it was", function()
    local options = { base_url = sandbox.variable "SANDBOX_PLAIN_URL", allow_http = true, timeout = 5 }
    spreetail.assert(spreetail.client(options)):close()
    assert.same({ base_url = sandbox.variable "SANDBOX_PLAIN_URL", allow_http = true, timeout = 5 }, options)
  end)

  it("takes the smallest and the largest that make sense", function()
    sandbox.client({ retries = 0, timeout = 1e-3, max_connections = 2 ^ 31 - 1, max_in_flight = 1,
      max_response = 1, refresh_margin = 1e9 }):close()
  end)
end)

-- The program's line is the one on which the method is called, so each has a line of its own.
local methods = {
  login = function(target, options) target:login(options) end,
  create_order = function(target, options) target:create_order(sandbox.order(), options) end,
  get_order = function(target, options) target:get_order("R-1", options) end,
  request = function(target, options) target:request("GET", "/inventory", options) end,
}

describe("options of a call", function()
  local client

  before_each(function()
    client = sandbox.client()
  end)

  after_each(function()
    assert.equal(0, client:stats().calls) -- a mistake sends nothing
    client:close()
  end)

  local function targets()
    return pairs { blocking = client, async = client.async }
  end

  for name, call in pairs(methods) do
    local rules = name == "request" and request_options or call_options

    it("are checked by client:" .. name .. ", one by one", function()
      for _, target in targets() do
        for option, sort in pairs(rules) do
          for _, value in ipairs(sort.wrong) do
            local message = mistake(call, target, { [option] = value })
            local start = ("client:%s: option '%s' must be %s"):format(name, option, sort.expected)
            assert.equal(start, message:sub(1, #start))
          end
        end
      end
    end)

    it("are known by name to client:" .. name, function()
      for _, target in targets() do
        assert.equal("client:" .. name .. ": unknown option 'timeuot' (did you mean 'timeout'?)",
          mistake(call, target, { timeuot = 1 }))
        assert.equal("client:" .. name .. ": options must be a table, not 5", mistake(call, target, 5))
      end
    end)
  end
end)

describe("arguments that can't be meant", function()
  local client

  before_each(function()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("raise where the method is called", function()
    for _, target in ipairs { client, client.async } do
      assert.equal("client:create_order: the order must be a table, not 'R-1'",
        mistake(function() target:create_order "R-1" end))
      assert.equal("client:get_order: the reference must be a string, not nil",
        mistake(function() target:get_order() end))
      assert.equal("client:get_order: the reference must be a string, not 17",
        mistake(function() target:get_order(17) end))
      assert.equal("client:request: method and path must be strings, "
        .. "as in client:request('GET', '/order/R-1')",
        mistake(function() target:request("GET") end))
      assert.equal("client:request: json and body exclude each other: give the one or the other",
        mistake(function() target:request("POST", "/outbound", { json = {}, body = "{}" }) end))
    end
    assert.equal("client:poll: seconds must be a number, not '1'",
      mistake(function() client:poll "1" end))
    assert.equal("client:poll: seconds must be a number, not nan",
      mistake(function() client:poll(0 / 0) end))
    assert.equal("spreetail.array: a table is needed, not a string",
      mistake(function() spreetail.array "a" end))
  end)

  it("raise there too when a function of the module is called with a colon", function()
    assert.equal("spreetail.client(...) is to be called with a dot, not with a colon",
      mistake(function() spreetail:client { client_id = "a" } end))
    assert.equal("spreetail.array(...) is to be called with a dot, not with a colon",
      mistake(function() spreetail:array {} end))
    assert.equal("spreetail.assert(...) is to be called with a dot, not with a colon",
      mistake(function() spreetail:assert(nil, "an error that would be lost") end))
  end)

  it("raise there too when a method is called with a dot", function()
    for name in pairs(methods) do
      assert.matches("client:" .. name .. "(...)", mistake(function() client[name]() end), 1, true)
      assert.matches("client:" .. name .. "(...)", mistake(function() client.async[name]({}) end), 1, true)
    end
    for _, name in ipairs { "poll", "pollfd", "next_timeout", "stats", "close" } do
      assert.matches("client:" .. name .. "(...)", mistake(function() client[name]() end), 1, true)
    end
  end)

  it("raise for futures", function()
    local future = client.async:get_order "R-1"
    assert.equal("future:wait: seconds must be a number, not '1'",
      mistake(function() future:wait "1" end))
    assert.equal("future:wait: seconds must be a number, not nan",
      mistake(function() future:wait(0 / 0) end))
    assert.equal("future:on_done: a function is needed, not nil",
      mistake(function() future:on_done() end))
  end)
end)
