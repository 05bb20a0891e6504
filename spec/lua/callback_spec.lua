-- The program's functions that a client calls: on_done of futures, on_event, on_trace.

local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local client

before_each(function()
  sandbox.reset()
  client = sandbox.client()
end)

after_each(function()
  client:close()
end)

local function drive()
  while client:poll(1) > 0 do end
end

describe("on_done", function()
  it("is told the result, once", function()
    local told = {}
    client.async:create_order(sandbox.order "R-1"):on_done(function(...)
      table.insert(told, { select("#", ...), ... })
    end)
    drive()
    client:poll()
    assert.equal(1, #told)
    assert.equal(2, told[1][1])
    assert.equal("R-1", told[1][2].ReferenceNumber)
    assert.equal(200, told[1][3].status)
  end)

  it("is told an error as nil and the error", function()
    local data, err
    client.async:get_order "NONE":on_done(function(...) data, err = ... end)
    drive()
    assert.is_nil(data)
    assert.equal("not_found", err.kind)
  end)

  it("is never called by itself, but by what moves the client, also when all is over", function()
    for _, reference in ipairs { "NONE", "" } do
      local future = client.async:get_order(reference)
      future:wait()
      local told = 0
      assert.equal(future, future:on_done(function() told = told + 1 end))
      assert.equal(0, told)
      assert.equal(0, client:next_timeout())
      client:poll()
      assert.equal(1, told)
    end
  end)

  it("may be several functions, called in the order in which they were given", function()
    local told = {}
    local future = client.async:get_order "NONE"
    future:on_done(function() table.insert(told, "first") end)
    future:on_done(function() table.insert(told, "second") end)
    drive()
    future:on_done(function() table.insert(told, "third") end)
    client:poll()
    assert.same({ "first", "second", "third" }, told)
  end)

  it("is called when the future was dropped", function()
    local told = 0
    for i = 1, 10 do
      client.async:get_order("NONE-" .. i):on_done(function() told = told + 1 end)
    end
    client.async:get_order "":on_done(function() told = told + 1 end)
    collectgarbage()
    collectgarbage()
    drive()
    assert.equal(11, told)
  end)

  it("is called by a blocking call and by wait, too", function()
    local told = 0
    local function count() told = told + 1 end
    client.async:get_order "NONE":on_done(count)
    client:get_order "NONE"
    client:get_order "NONE"
    assert.equal(1, told)
    local future = client.async:get_order "NONE"
    future:on_done(count)
    future:wait()
    assert.equal(2, told)
  end)

  it("is called for what was cancelled", function()
    local kind
    local future = client.async:get_order "NONE"
    future:on_done(function(_, err) kind = err.kind end)
    future:cancel()
    assert.is_nil(kind)
    client:poll()
    assert.equal("cancelled", kind)
  end)

  it("may start the next call", function()
    local last
    local function step(n)
      client.async:get_order("NONE-" .. n):on_done(function(_, err)
        last = err.reference
        if n < 20 then step(n + 1) end
      end)
    end
    step(1)
    drive()
    assert.equal("NONE-20", last)
  end)

  it("may make a blocking call", function()
    local stored
    client.async:get_order "NONE":on_done(function()
      stored = spreetail.assert(client:create_order(sandbox.order "R-1"))
    end)
    drive()
    assert.equal("R-1", stored.ReferenceNumber)
  end)

  it("may wait for other futures, whose own functions are called afterwards", function()
    local order = {}
    local other
    client.async:get_order "NONE-1":on_done(function()
      other:wait()
      table.insert(order, "first")
    end)
    sandbox.fault { reference = "NONE-2", delay = 0.1 }
    other = client.async:get_order "NONE-2"
    other:on_done(function() table.insert(order, "second") end)
    drive()
    assert.same({ "first", "second" }, order)
  end)

  it("may poll, and cancel others or itself", function()
    sandbox.fault { reference = "NONE-2", delay = 5 }
    local kinds = {}
    local first, second = client.async:get_order "NONE-1", client.async:get_order "NONE-2"
    first:on_done(function(_, err)
      table.insert(kinds, err.kind)
      first:cancel()
      client:poll()
      second:cancel()
      client:poll()
    end)
    second:on_done(function(_, err) table.insert(kinds, err.kind) end)
    drive()
    assert.same({ "not_found", "cancelled" }, kinds)
  end)

  it("may close the client, which settles the others", function()
    sandbox.fault { reference = "NONE-2", delay = 5 }
    local kinds = {}
    client.async:get_order "NONE-1":on_done(function(_, err)
      table.insert(kinds, err.kind)
      client:close()
    end)
    for i = 2, 4 do
      client.async:get_order "NONE-2":on_done(function(_, err)
        kinds[i] = err.kind
        assert(select(2, client:get_order "NONE-1").kind == "closed")
      end)
    end
    drive()
    assert.same({ "not_found", "closed", "closed", "closed" }, kinds)
    assert.equal(0, client:stats().callback_errors)
  end)

  it("may drop the last reference to the client", function()
    local holder = { sandbox.client() }
    local told
    holder[1].async:get_order "NONE":on_done(function()
      holder[1] = nil
      collectgarbage()
      collectgarbage()
      told = true
    end)
    while not told do
      holder[1]:poll(1)
    end
  end)
end)

describe("an error in a callback", function()
  local real, written

  before_each(function()
    real, written = io.stderr, {}
    rawset(io, "stderr", { write = function(_, ...) table.insert(written, table.concat { ... }) end })
  end)

  after_each(function()
    rawset(io, "stderr", real)
  end)

  local strange = {
    text = "oops",
    number = 5,
    table = {},
    ["table that can't be shown"] = setmetatable({}, { __tostring = function() error "no" end }),
    ["table that shows as no text"] = setmetatable({}, { __tostring = function() return 5 end }),
    ["table that shows as text"] = setmetatable({}, { __tostring = function() return "told" end }),
  }

  for name, value in pairs(strange) do
    it("is caught and counted, be it a " .. name, function()
      local told = 0
      client.async:get_order "NONE-1":on_done(function() error(value, 0) end)
      client.async:get_order "":on_done(function() error(value, 0) end)
      client.async:get_order "NONE-2":on_done(function() told = told + 1 end)
      drive()
      client.async:get_order "NONE-3":on_done(function() told = told + 1 end)
      drive()
      assert.equal(2, told)
      assert.equal(2, client:stats().callback_errors)
      assert.equal(2, #written)
      assert.matches("^spreetail: error in on_done: .*\n$", written[1])
    end)
  end

  it("is caught when it is nil", function()
    client.async:get_order "NONE":on_done(function() error() end)
    drive()
    assert.equal("spreetail: error in on_done: nil\n", written[1])
  end)

  it("does not keep the other functions of that future from being called", function()
    local told
    local future = client.async:get_order "NONE"
    future:on_done(function() error "oops" end)
    future:on_done(function() told = true end)
    drive()
    assert.is_true(told)
    assert.equal("not_found", select(2, future:result()).kind)
  end)

  it("is caught in on_event and on_trace", function()
    local noisy = sandbox.client {
      on_event = function() error "event" end,
      on_trace = function() error "trace" end,
    }
    local _, err = noisy:get_order "NONE"
    assert.equal("not_found", err.kind)
    assert.equal(#written, noisy:stats().callback_errors)
    local all = table.concat(written)
    assert.matches("error in on_event: .*event", all)
    assert.matches("error in on_trace: .*trace", all)
    noisy:close()
  end)

  it("is a yield, where there is nobody to yield to", function()
    local told
    client.async:get_order "NONE-1":on_done(function() coroutine.yield() end)
    client.async:get_order "NONE-2":on_done(function() told = true end)
    drive()
    assert.is_true(told)
    assert.equal(1, client:stats().callback_errors)
  end)
end)

describe("a callback that yields", function()
  it("holds up no other, though it may never be resumed", function()
    local told = 0
    client.async:get_order "NONE-1":on_done(function() coroutine.yield() told = told + 10 end)
    client.async:get_order "NONE-2":on_done(function() told = told + 1 end)
    local poller = coroutine.create(function()
      while client:poll(1) > 0 do end
    end)
    coroutine.resume(poller)
    while client:poll(1) > 0 do end
    client.async:get_order "NONE-3":on_done(function() told = told + 1 end)
    drive()
    if _VERSION == "Lua 5.1" and not jit then
      assert.equal(1, client:stats().callback_errors) -- nothing below pcall can be suspended
    else
      assert.equal(2, told)
      assert.equal("suspended", coroutine.status(poller))
      coroutine.resume(poller)
      assert.equal(12, told)
    end
  end)
end)

describe("on_event", function()
  local events, observed

  before_each(function()
    events = {}
    observed = sandbox.client { on_event = function(event) table.insert(events, event) end, retries = 0 }
  end)

  after_each(function()
    observed:close()
  end)

  it("is told of logins and finished calls, in order", function()
    observed:create_order(sandbox.order "R-1")
    observed:get_order "NONE"
    assert.same({ "login", "call", "call" }, { events[1].type, events[2].type, events[3].type })
    assert.same({ "POST", "/outbound", "R-1", 200 },
      { events[2].method, events[2].path, events[2].reference, events[2].status })
    assert.is_nil(events[2].kind)
    assert.same({ "GET", "/order/NONE", "not_found", 404 },
      { events[3].method, events[3].path, events[3].kind, events[3].status })
    assert.equal("number", type(events[3].elapsed))
  end)

  it("is told of logins that failed", function()
    sandbox.fault { path = "/auth/login", status = 401 }
    observed:get_order "NONE"
    assert.equal("login_failed", events[1].type)
    assert.equal("auth", events[1].kind)
    assert.equal("auth", events[2].kind)
  end)

  it("may use the client, and close it", function()
    local inner, stored
    local before = 0
    inner = sandbox.client {
      on_event = function(event)
        before = before + 1
        if event.reference == "R-1" then
          stored = inner:create_order(sandbox.order "R-2")
          inner.async:get_order "R-2":on_done(function() inner:close() end)
          inner:poll()
        end
      end,
    }
    assert.equal("R-1", inner:create_order(sandbox.order "R-1").ReferenceNumber)
    while inner:poll(1) > 0 do end
    assert.equal("R-2", stored.ReferenceNumber)
    assert.equal("closed", select(2, inner:login()).kind)
    assert.equal(0, inner:stats().callback_errors)
    assert.is_true(before >= 4)
  end)

  it("does not make a blocking call inside it spin", function()
    sandbox.fault { path = "/inventory", delay = 0.5 }
    local used
    local inner
    inner = sandbox.client {
      on_event = function(event)
        if event.path == "/order/NONE" then
          inner.async:get_order "NONE-2":wait() -- its event can't be told before this function returns
          local before = os.clock()
          inner:request("GET", "/inventory")
          used = os.clock() - before
        end
      end,
    }
    inner:get_order "NONE"
    assert.is_true(used < 0.2, "used " .. tostring(used) .. " s of CPU in 0.5 s of waiting")
    inner:close()
  end)
end)
