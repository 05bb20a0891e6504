-- The end of the program, in whatever state clients are: a child with the same Lua goes through it.

local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

-- What every child begins with: a client, and calls under way.
local beginning = [[
  local spreetail = require "spreetail"
  local client = spreetail.assert(spreetail.client {
    base_url = os.getenv "SANDBOX_PLAIN_URL", allow_http = true, on_event = function() end,
  })
  local futures = {}
  for i = 1, 20 do
    futures[i] = client.async:get_order("NONE-" .. i)
    futures[i]:on_done(function() return client, futures end)
  end
  client:poll()
  client:login()
  client:poll()
]]

-- A value whose finaliser is `fn`, on every Lua.
local sentinel = [[
  local function sentinel(fn)
    if newproxy then
      local proxy = newproxy(true)
      getmetatable(proxy).__gc = fn
      return proxy
    end
    return setmetatable({}, { __gc = fn })
  end
]]

local endings = {
  ["its end"] = "",
  ["an error"] = { "error 'the end'", 1 },
  ["os.exit"] = "os.exit(0)",
  ["os.exit that closes the state"] = "os.exit(0, true)",
  ["the client closed"] = "client:close()",
  ["futures dropped before the client"] = "futures = nil; collectgarbage(); collectgarbage()",
  ["the client kept in a global, futures local"] = "held = client",
  ["the client dropped, futures in a global"] = "held, client = futures, nil; collectgarbage()",
  ["a coroutine that waits for ever"] = [[
    local thread = coroutine.create(function() local c = client; coroutine.yield(); return c end)
    coroutine.resume(thread)
    held = thread
  ]],
  ["a callback"] = [[
    client.async:get_order "":on_done(function() os.exit(0, true) end)
    client:poll()
  ]],
}

-- For a child whose state is never closed, or makes something new while it closes, which Lua then
-- does not finalise: that is no leak of ours.
local LEAKS = "ASAN_OPTIONS=detect_leaks=0"

describe("a program comes to an end cleanly with calls under way,", function()
  setup(sandbox.reset)

  for name, ending in pairs(endings) do
    it("by " .. name, function()
      local text, expected = ending, 0
      if type(ending) == "table" then
        text, expected = ending[1], ending[2]
      end
      local output, status = process.run(beginning .. text, name == "os.exit" and LEAKS)
      assert.equal(expected, status, output)
      if expected == 0 then
        assert.equal("", output)
      end
    end)
  end

  it("its finalisers before ours", function()
    local output, status = process.run(beginning .. sentinel .. [[
      held = sentinel(function()
        client.async:get_order "NONE"
        client:poll()
        local _, err = client:get_order "NONE"
        io.write(err.kind, " ", tostring(futures[1]:done()))
      end)
    ]], LEAKS)
    assert.equal(0, status, output)
    assert.equal("not_found true", output)
  end)

  it("its finalisers after ours", function()
    local output, status = process.run(sentinel .. [[
      local late
      held = sentinel(function()
        local client, futures = late[1], late[2]
        for _, fn in ipairs {
          function() client:get_order "NONE" end,
          function() client.async:get_order "NONE" end,
          function() client:poll() end,
          function() client:close() end,
          function() client:stats() end,
          function() return tostring(client) end,
          function() return futures[1]:result() end,
          function() futures[1]:cancel() end,
          function() return tostring(futures[1]) end,
        } do
          local ok, message = pcall(fn)
          -- A future may have been done before, and then has its result.
          io.write((ok or message:find "was collected") and "." or message)
        end
      end)
    ]] .. beginning .. "late = { client, futures }")
    assert.equal(0, status, output)
    assert.equal(("."):rep(9), output)
  end)

  it("many clients at once", function()
    local output, status = process.run [[
      local spreetail = require "spreetail"
      held = {}
      for i = 1, 10 do
        local client = spreetail.client { base_url = os.getenv "SANDBOX_PLAIN_URL", allow_http = true }
        client.async:get_order "NONE"
        client:poll()
        held[i] = i % 2 == 0 and client or client.async:get_order "NONE"
      end
    ]]
    assert.equal(0, status, output)
    assert.equal("", output)
  end)

  it("over TLS, too", function()
    local output, status = process.run [[
      local spreetail = require "spreetail"
      local client = spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" }
      client:login()
      for i = 1, 50 do client.async:get_order("NONE-" .. i) end
      client:poll()
      client:get_order "NONE"
    ]]
    assert.equal(0, status, output)
    assert.equal("", output)
  end)
end)
