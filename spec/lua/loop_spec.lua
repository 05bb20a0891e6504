-- A client in somebody else's event loop: pollfd, next_timeout, poll.

local cqueues = require "cqueues"
local luv = require "luv"
local has_posix, posix_poll = pcall(require, "posix.poll")
local sandbox = require "spec.lua.sandbox"

-- Each waits until the descriptor is readable or the time is over, as the library named does it.
local waits = {}

function waits.cqueues(fd, seconds)
  local loop = cqueues.new()
  loop:wrap(function()
    cqueues.poll({ pollfd = fd, events = "r" }, seconds)
  end)
  assert(loop:loop())
end

function waits.luv(fd, seconds)
  local poll, timer = luv.new_poll(fd), luv.new_timer()
  local function stop()
    if not poll:is_closing() then
      poll:close()
      timer:close()
    end
  end
  poll:start("r", stop)
  if seconds then
    timer:start(math.ceil(seconds * 1000), 0, stop)
  end
  luv.run()
end

if has_posix then
  function waits.posix(fd, seconds)
    local milliseconds = seconds and math.ceil(seconds * 1000) or -1
    posix_poll.poll({ [fd] = { events = { IN = true } } }, milliseconds)
  end
end

for name, wait in pairs(waits) do
  describe("in a loop of " .. name .. ", a client", function()
    local client

    before_each(function()
      sandbox.reset()
      client = sandbox.tls_client { retries = 0 }
    end)

    after_each(function()
      client:close()
    end)

    -- Returns how often poll was called.
    local function run()
      local polls = 1
      while client:poll() > 0 do
        wait(client:pollfd(), client:next_timeout())
        polls = polls + 1
      end
      return polls
    end

    it("makes calls", function()
      local stored
      client.async:create_order(sandbox.order "R-1"):on_done(function(data) stored = data end)
      run()
      assert.equal("R-1", stored.ReferenceNumber)
    end)

    it("is woken when there is something to do, and not otherwise", function()
      sandbox.fault { path = "/order", delay = 0.5 }
      client:login()
      local kind
      client.async:get_order "NONE":on_done(function(_, err) kind = err.kind end)
      local polls = run()
      assert.equal("not_found", kind)
      assert.is_true(polls < 60, polls .. " polls")
    end)

    it("times out by next_timeout", function()
      sandbox.fault { path = "/order", delay = 5 }
      local kind
      client.async:get_order("NONE", { timeout = 0.2 }):on_done(function(_, err) kind = err.kind end)
      run()
      assert.equal("timeout", kind)
    end)

    it("carries many calls", function()
      local count, told = sandbox.count(200, 20), 0
      for i = 1, count do
        client.async:create_order(sandbox.order("R-" .. i)):on_done(function(data)
          told = told + (data and 1 or 0)
        end)
      end
      run()
      assert.equal(count, told)
    end)
  end)
end

describe("for a loop, a client", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("has one descriptor, the same all its life", function()
    local fd = client:pollfd()
    assert.equal("number", type(fd))
    client:get_order "NONE"
    assert.equal(fd, client:pollfd())
  end)

  it("names no time when it has nothing to do", function()
    assert.is_nil(client:next_timeout())
    client:get_order "NONE"
    assert.equal(0, client:poll())
    local timeout = client:next_timeout()
    assert.is_true(timeout == nil or timeout > 1)
  end)

  it("names no time at all, that is now, when a call waits to begin", function()
    client.async:get_order "NONE"
    assert.equal(0, client:next_timeout())
  end)

  it("names a time no later than the call's end", function()
    sandbox.fault { path = "/order", delay = 5 }
    client:login()
    client.async:get_order("NONE", { timeout = 2 })
    client:poll()
    assert.is_true(client:next_timeout() <= 2)
  end)

  it("returns from poll at once when nothing is pending", function()
    local before = os.time()
    assert.equal(0, client:poll(60))
    assert.equal(0, client:poll(math.huge))
    assert.is_true(os.time() - before < 30)
  end)

  it("returns from poll how many calls are pending", function()
    sandbox.fault { path = "/order", delay = 0.2 }
    for i = 1, 3 do
      client.async:get_order("NONE-" .. i)
    end
    assert.equal(3, client:poll())
    assert.equal(3, client:poll(0.001))
  end)
end)
