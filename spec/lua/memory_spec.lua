-- What calls cost in memory, and that it comes back.

local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

describe("an answer without end", function()
  local MOST_MB = 100

  before_each(sandbox.reset)

  for name, rule in pairs { ["of 600 MB"] = {}, ["that unpacks to 600 MB"] = { gzip = true } } do
    it(name .. " is refused before it fills the memory", function()
      rule.path, rule.size = "/order", 600000000
      sandbox.fault(rule)
      for _, make in ipairs { sandbox.client, sandbox.tls_client } do
        local client = make { retries = 0 }
        local before = process.peak()
        local _, err = client:get_order "R-1"
        assert.equal("protocol", err.kind)
        assert.matches("larger than max_response", err.message, 1, true)
        assert.is_true(process.peak() - before < MOST_MB, process.peak() - before .. " MB")
        sandbox.control("DELETE", "/faults")
        assert.equal("not_found", select(2, client:get_order "R-1").kind)
        sandbox.fault(rule)
        client:close()
      end
    end)
  end

  it("is one that is larger than max_response, to the byte", function()
    local body = '{"success":true,"data":"' .. ("x"):rep(1000) .. '"}'
    sandbox.fault { path = "/any", body = body }
    for size, kind in pairs { [#body - 1] = "protocol", [#body] = false } do
      local client = sandbox.client { max_response = size, retries = 0 }
      client:login()
      local data, err = client:request("GET", "/any")
      assert.equal(kind, not data and err.kind)
      client:close()
    end
  end)

  it("leaves open what became of an order", function()
    sandbox.fault { path = "/outbound", when = "after", size = 600000000 }
    local client = sandbox.client { retries = 0, max_response = 100000 }
    local _, err = client:create_order(sandbox.order "R-1")
    assert.same({ "protocol", "unknown", 200 }, { err.kind, err.outcome, err.status })
    client:close()
  end)
end)

describe("memory", function()
  before_each(sandbox.reset)

  -- What LuaJIT compiles counts as memory of Lua's, and comes when it likes.
  if jit then
    setup(function()
      jit.off()
      jit.flush()
    end)
    teardown(function() jit.on() end)
  end

  -- Lua's, in kB, after all that can be freed was.
  local function in_use()
    collectgarbage()
    collectgarbage()
    return collectgarbage "count"
  end

  it("of Lua does not grow with the calls that were made", function()
    local client = sandbox.client { on_event = function() end }
    local function work(count)
      for _ = 1, count do
        client:get_order "NONE"
        client.async:get_order "NONE":on_done(function() end)
        client.async:get_order "":on_done(function() end)
        client.async:get_order "NONE":cancel()
        while client:poll(1) > 0 do end
      end
    end
    work(20)
    local before = in_use()
    work(sandbox.count(200, 20))
    local grown = in_use() - before
    assert.is_true(grown < 20, grown .. " kB")
    client:close()
  end)

  it("of clients that are closed or dropped comes back", function()
    local function work(count)
      for i = 1, count do
        local client = sandbox.client()
        client.async:get_order "NONE"
        client:poll()
        if i % 2 == 0 then
          client:close()
        end
      end
    end
    work(5)
    local before, descriptors = in_use(), process.descriptors()
    work(sandbox.count(50, 10))
    assert.is_true(in_use() - before < 20, in_use() - before .. " kB")
    assert.equal(descriptors, process.descriptors())
  end)

  it("of a large answer is Lua's alone once it is read", function()
    sandbox.fault { path = "/any", size = 4000000 }
    local client = sandbox.client()
    local before = in_use()
    local future = client.async:request("GET", "/any")
    local data = spreetail.assert(future:result())
    assert.is_true(in_use() - before > 3000)
    assert.is_string(type(data) == "table" and next(data) or data)
    data, future = nil, nil
    assert.is_true(in_use() - before < 100, tostring(data or future))
    client:close()
  end)

  local MOST_KB = 2 -- of which Lua's own are garbage, too
  local REUSED = 'ASAN_OPTIONS="$ASAN_OPTIONS:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"'

  it("of an order is given back when its result is known, not when the collector comes by", function()
    local count = sandbox.count(4000, 1000)
    local grown = process.run(([[
      local process = require "spec.lua.process"
      local sandbox = require "spec.lua.sandbox"
      local client = sandbox.client { max_connections = 1 }
      local order = sandbox.order "R-0"
      local function send(count)
        local sent = 0
        client:create_orders(function()
          sent = sent + 1
          order.ReferenceNumber = ("R-%%d-%%d"):format(count, sent)
          return sent <= count and order or nil
        end)
      end
      send(200)
      collectgarbage()
      collectgarbage "stop"
      local before = process.peak()
      send(%d)
      io.write(process.peak() - before)
    ]]):format(count), REUSED)
    local kilobytes = tonumber(grown) * 1024 / count
    assert.is_true(kilobytes < MOST_KB, kilobytes .. " kB an order")
  end)
end)
