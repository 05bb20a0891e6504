-- The userdata below lua/spreetail, in hands that they were not made for: errors, and no crash.

local core = require "spreetail.core"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local request = { method = "GET", path = "/order/NONE" }

local function open()
  return assert(core.open {
    client_id = "id", client_secret = "secret",
    base_url = sandbox.variable "SANDBOX_PLAIN_URL", allow_http = true,
  })
end

-- The methods of a userdata, and its finaliser.
local function functions_of(userdata)
  local metatable = debug.getmetatable(userdata)
  local functions = { __gc = metatable.__gc }
  for name, fn in pairs(metatable.__index) do
    functions[name] = fn
  end
  return functions
end

describe("a method of the core", function()
  local client, call

  before_each(function()
    client = open()
    call = client:start(request)
  end)

  after_each(function()
    client:close()
  end)

  it("refuses what it is not a method of", function()
    for wrong_for, userdata in pairs { call = client, client = call } do
      local own = wrong_for == "client" and client or call
      for name, fn in pairs(functions_of(own)) do
        for _, value in ipairs { userdata, io.stdout, {}, "text", 5, true, print } do
          assert.is_false(pcall(fn, value, request), name)
        end
        assert.is_false(pcall(fn), name)
        assert.is_false(pcall(fn, nil, request), name)
      end
    end
  end)

  it("refuses what was collected", function()
    for _, userdata in ipairs { call, client } do
      local functions = functions_of(userdata)
      functions.__gc(userdata)
      functions.__gc(userdata)
      functions.__gc, functions.release = nil, nil -- which may be called again
      for name, fn in pairs(functions) do
        local ok, message = pcall(fn, userdata, request)
        assert.is_false(ok, name)
        assert.matches("was collected", message, 1, true)
      end
    end
    client = open() -- for after_each
  end)

  it("of a call works on when its client was collected", function()
    functions_of(client).__gc(client)
    assert.is_true(call:done())
    local data, err = call:result()
    assert.is_nil(data)
    assert.equal("closed", err.kind)
    call:cancel()
    assert.equal("number", type(call:watch()))
    client = open() -- for after_each
  end)

  it("refuses arguments of the wrong type", function()
    for _, wrong in ipairs {
      {}, { method = "GET" }, { path = "/" }, { method = 1, path = "/" }, { method = "GET", path = {} },
      { method = "GET\0", path = "/" }, { method = "GET", path = "/", headers = "X: y" },
      { method = "GET", path = "/", headers = { {} } },
    } do
      assert.is_false(pcall(client.start, client, wrong))
    end
    local good = { method = "GET", path = "/" }
    assert.is_false(pcall(client.start, client, good, {}))
    assert.is_false(pcall(client.start, client, client))
    assert.is_false(pcall(client.start, client, good, nil, 5))
    assert.is_false(pcall(client.start, client, good, nil, "nul\0"))
    assert.is_false(pcall(client.start, client, good, nil, nil, "options"))
    assert.is_false(pcall(client.start, client, good, nil, nil, { timeout = "1" }))
    assert.is_false(pcall(client.start, client))
    assert.is_false(pcall(client.run, client))
    assert.is_false(pcall(client.run, client, "soon"))
    assert.is_false(pcall(core.open))
    assert.is_false(pcall(core.open, "https://localhost"))
    assert.is_false(pcall(core.open, { timeout = {} }))
    assert.is_false(pcall(core.encode_segment))
    assert.is_false(pcall(core.is_utf8, {}))
    assert.is_false(pcall(core.write_json))
  end)

  it("says so when a result is not there yet", function()
    assert.is_false(call:done())
    local ok, message = pcall(call.result, call)
    assert.is_false(ok)
    assert.matches("still pending", message, 1, true)
  end)

  it("takes numbers that are none", function()
    for _, number in ipairs { 0 / 0, -1, math.huge, -math.huge, 1e308 } do
      local options = { timeout = number, retries = number }
      local odd = client:start({ method = "GET", path = "/" }, nil, nil, options)
      odd:cancel()
      client:login(number, number, number):cancel()
    end
    client:run(0 / 0)
    client:run(-1)
  end)

  it("hides its metatable's fields from no finaliser: setting them changes nothing", function()
    local userdata = open()
    assert.is_nil(userdata.no_such_method)
    assert.is_false(pcall(function() userdata.field = 1 end))
    userdata:close()
  end)
end)

describe("a client used from many coroutines", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("serves each of them", function()
    local threads, results = {}, {}
    for i = 1, 20 do
      threads[i] = coroutine.create(function()
        spreetail.assert(client:create_order(sandbox.order("R-" .. i)))
        coroutine.yield()
        local future = client.async:get_order("R-" .. i)
        coroutine.yield()
        results[i] = future:result().ReferenceNumber
      end)
    end
    for _ = 1, 3 do
      for i = 1, 20 do
        assert(coroutine.resume(threads[i]))
      end
    end
    for i = 1, 20 do
      assert.equal("R-" .. i, results[i])
    end
  end)

  it("outlives those that die in the middle", function()
    for i = 1, 20 do
      local thread = coroutine.create(function()
        local future = client.async:get_order("NONE-" .. i)
        future:on_done(function() return future end)
        client:poll()
        if i % 2 == 0 then
          error "died"
        end
        coroutine.yield()
      end)
      coroutine.resume(thread)
    end
    collectgarbage()
    collectgarbage()
    while client:poll(1) > 0 do end
    assert.equal("not_found", select(2, client:get_order "NONE").kind)
    assert.equal(0, client:stats().callback_errors)
  end)

  it("may be made in one that is gone", function()
    local made
    coroutine.wrap(function() made = sandbox.client() end)()
    collectgarbage()
    collectgarbage()
    assert.equal("not_found", select(2, made:get_order "NONE").kind)
    made:close()
  end)
end)
