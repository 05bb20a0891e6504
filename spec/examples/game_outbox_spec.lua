-- examples/game_outbox.lua, with a network that is cut and comes back: a proxy before the sandbox.

local core = require "spreetail.core"
local example = require "spec.examples.example"
local files = require "spec.files"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

local start_proxy = dofile "spec/faults/start.lua"

local PROGRAM = "examples/game_outbox.lua"
local BASE_URL = sandbox.variable "SPREETAIL_BASE_URL"
local SERVER = BASE_URL:match "127%.0%.0%.1:%d+"

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    local directory, database, proxy

    before_each(function()
      sandbox.reset()
      directory = process.shell "mktemp -d":match "%S+"
      database = directory .. "/orders.db"
    end)

    after_each(function()
      if proxy then
        proxy:stop()
        proxy = nil
      end
      process.shell("rm -r " .. directory)
    end)

    -- Starts the game behind the proxy, and goes on.
    local function start(seconds)
      local address = BASE_URL:gsub("127%.0%.0%.1:%d+", "127.0.0.1:" .. proxy.port)
      example.start(lua, directory .. "/output", "SPREETAIL_BASE_URL=" .. address, PROGRAM, database, seconds)
    end

    local function output()
      return files.read(directory .. "/output", "")
    end

    -- Waits until it has printed so many lines like that.
    local function await(pattern, count)
      local deadline = core.now() + 15
      while select(2, output():gsub(pattern, "")) < (count or 1) do
        assert(core.now() < deadline, output())
        process.shell "sleep 0.02"
      end
    end

    local function cut(...)
      local port = proxy.port
      proxy:stop()
      proxy = start_proxy { "--to", SERVER, "--port", port, ... }
    end

    it("sends what is bought while the network is there", function()
      local text, errors, status = example.run(lua, PROGRAM, database)
      assert.same({ "", 0 }, { errors, status })
      assert.matches("^GAME%-%d+%-1\tbought\n.*GAME%-%d+%-1\taccepted\t\n", text)
      assert.matches("\n3 accepted, 0 still to be sent; ", text)
      assert.equal(3, sandbox.stats().orders)
    end)

    it("goes on, frame by frame, while a network swallows all, and sends when it is back", function()
      proxy = start_proxy { "--to", SERVER }
      start(15)
      await "bought"
      cut("--fault", "no-handshake")
      await("bought", 3)
      process.shell "sleep 1.5"
      cut()
      await "still to be sent"
      assert.matches("\n3 accepted, 0 still to be sent; ", output())
      assert.equal(3, sandbox.stats().orders)
      for _, times in pairs(sandbox.control("GET", "/references")) do
        assert.equal(1, times)
      end
      -- Who waits for this network stands still for one and a half seconds at the least.
      local longest = tonumber(output():match "the longest took (%d+) ms")
      assert.is_true(longest < 1000, longest .. " ms")
    end)

    if lua ~= "lua5.4" then
      return -- the rest takes its time, and is the outbox's part
    end

    it("keeps what could not be sent for the next time it is started", function()
      proxy = start_proxy { "--to", SERVER, "--fault", "refuse" }
      start(1.3)
      await "still to be sent"
      assert.matches("\n0 accepted, 3 still to be sent; ", output())
      assert.equal(0, sandbox.stats().orders)
      local text = example.run(lua, PROGRAM, database)
      assert.matches("\n6 accepted, 0 still to be sent; ", text)
      assert.equal(6, sandbox.stats().orders)
    end)

    it("keeps what was bought when its login is refused", function()
      sandbox.fault { path = "/auth/login", status = 401 }
      local text = example.run(lua, PROGRAM, database, "1.3")
      assert.matches("\nauth: ", text)
      assert.matches("\n0 accepted, 3 still to be sent; ", text)
    end)
  end)
end)
