-- The end of a client, by the program or by the collector.

local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- Lua 5.1 runs finalisers of one cycle and frees in the next.
local function collect()
  collectgarbage()
  collectgarbage()
end

describe("closing a client", function()
  before_each(sandbox.reset)

  it("closes its connections, and may be repeated", function()
    collect() -- else what others have left behind may go meanwhile
    local before = process.descriptors()
    local client = sandbox.tls_client()
    spreetail.assert(client:login())
    client:get_order "R-1"
    assert.is_true(process.descriptors() > before)
    client:close()
    assert.equal(before, process.descriptors())
    client:close()
    client:close()
  end)

  it("makes later calls fail with kind closed", function()
    local client = sandbox.client()
    client:close()
    local calls = {
      { client:login() }, { client:get_order "R-1" }, { client:create_order(sandbox.order()) },
      { client:request("GET", "/inventory") }, { client.async:get_order("R-1"):result() },
    }
    for _, results in ipairs(calls) do
      assert.is_nil(results[1])
      assert.equal("closed", results[2].kind)
      assert.matches("the client was closed before: make a new one$", results[2].message)
      assert.is_false(results[2].retryable)
    end
    assert.equal("not_sent", calls[3][2].outcome)
    assert.equal("R-1", calls[3][2].reference)
    assert.equal(0, sandbox.stats().logins)
  end)

  it("leaves the rest of its methods usable", function()
    local client = sandbox.client()
    client:close()
    assert.equal(0, client:poll())
    assert.equal(0, client:poll(5))
    assert.is_nil(client:pollfd())
    assert.is_nil(client:next_timeout())
    assert.equal(0, client:stats().in_flight)
    assert.equal("spreetail.client (0 in flight)", tostring(client))
  end)

  it("settles what is under way as closed, and says what is known of it", function()
    sandbox.fault { path = "/outbound", delay = 5 }
    local client = sandbox.client { max_in_flight = 1 }
    spreetail.assert(client:login())
    local told = 0
    local sent, queued = client.async:create_order(sandbox.order "R-1"), client.async:get_order "R-2"
    queued:on_done(function(data, err)
      assert(data == nil and err.kind == "closed")
      told = told + 1
    end)
    sandbox.await(client, "POST /outbound")
    client:close()
    assert.equal(1, told)
    local _, err = sent:result()
    assert.same({ "closed", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    _, err = queued:result()
    assert.same({ "closed", 0 }, { err.kind, err.attempts })
  end)

  it("leaves results readable that were there before", function()
    local client = sandbox.client()
    local future = client.async:create_order(sandbox.order "R-1")
    future:wait()
    client:close()
    assert.equal("R-1", future:result().ReferenceNumber)
  end)
end)

describe("a client that nobody references", function()
  before_each(sandbox.reset)

  local function check_collected(use)
    collect()
    local before = process.descriptors()
    use(sandbox.tls_client())
    collect()
    assert.equal(before, process.descriptors())
  end

  it("closes its connections", function()
    check_collected(function(client)
      spreetail.assert(client:login())
      client:get_order "R-1"
      assert.is_true(process.descriptors() > 0)
    end)
  end)

  it("does so with calls under way, whoever watches them", function()
    sandbox.fault { path = "/order", delay = 5 }
    check_collected(function(client)
      spreetail.assert(client:login())
      local future = client.async:get_order "R-1"
      future:on_done(function() return client, future end)
      client:poll(0.01)
    end)
  end)

  it("does so with futures that failed before they began", function()
    check_collected(function(client)
      local future = client.async:get_order ""
      future:on_done(function() return client, future end)
    end)
  end)

  it("is kept by its futures", function()
    local future
    do
      local client = sandbox.client()
      future = client.async:get_order "R-1"
    end
    collect()
    local _, err = future:result()
    assert.equal("not_found", err.kind)
  end)

  it("is not kept by them once they are gone, though their calls are under way", function()
    check_collected(function(client)
      for i = 1, 20 do
        client.async:get_order("R-" .. i)
      end
      client:poll()
    end)
  end)
end)

if _VERSION == "Lua 5.4" then
  -- `<close>` is no Lua 5.1, and this file has to load there.
  local scope = load [[
    local make, use, ending = ...
    local client <close> = make()
    use(client)
    if ending == "error" then error "in the middle" end
  ]]

  describe("a client with <close>", function()
    before_each(sandbox.reset)

    it("is closed at the end of its block, also by an error", function()
      for _, ending in ipairs { "end", "error" } do
        local before, client = process.descriptors(), nil
        local ok = pcall(scope, sandbox.client, function(made)
          client = made
          spreetail.assert(made:login())
          made:get_order "R-1"
        end, ending)
        assert.equal(ending == "end", ok)
        assert.equal(before, process.descriptors())
        assert.equal("closed", select(2, client:login()).kind)
      end
    end)

    it("may be none: nil has nothing to close", function()
      scope(function()
        return (spreetail.client { base_url = "http://127.0.0.1" })
      end, function() end)
    end)
  end)
end
