-- Sharing tokens through a store, with the core, the store and the clock played by tables.

local Sharing = require "spreetail.sharing"

local time, core, store, sharing

-- A core that wants a token, and to which a token is a string that begins with "sealed".
local function new_core()
  return {
    wanted = true, generation = 0, permitted = false,
    store_key = function() return "key" end,
    logging_in = function(self) return self.permitted end,
    token_generation = function(self) return self.generation end,
    wants_token = function(self) return self.wanted and not self.permitted end,
    permit_login = function(self) self.permitted = true end,
    seal_token = function(self) return "sealed " .. self.generation, 100 end,
    offer_token = function(self, sealed)
      if sealed:find "^sealed" then
        self.wanted, self.generation = false, self.generation + 1
        return true
      end
      return false
    end,
    -- The login that was permitted ends.
    login_ends = function(self, well)
      self.permitted = false
      if well then
        self.wanted, self.generation = false, self.generation + 1
      end
    end,
  }
end

local function new_store()
  local kept = {}
  return {
    kept = kept,
    get = function(key) return kept[key] end,
    set = function(key, value, seconds) kept[key], kept.seconds = value, seconds end,
    lock = function() if kept.locked then return false end kept.locked = true return true end,
    unlock = function() kept.locked = nil end,
  }
end

before_each(function()
  time, core, store = 0, new_core(), new_store()
  sharing = Sharing.new(core, store, function() return time end)
end)

describe("a client that shares its token", function()
  it("uses the one that is in the store", function()
    store.kept.key = "sealed elsewhere"
    assert.is_true(sharing:step())
    assert.is_false(core.wanted)
    assert.is_false(core.permitted)
  end)

  it("logs in when there is none, under the lock, and stores the new one", function()
    assert.is_true(sharing:step())
    assert.is_true(core.permitted)
    assert.is_true(store.kept.locked)
    core:login_ends(true)
    sharing:step()
    assert.equal("sealed 1", store.kept.key)
    assert.equal(100, store.kept.seconds)
    assert.is_nil(store.kept.locked)
  end)

  it("does not put back what it has taken out", function()
    store.kept.key = "sealed elsewhere"
    sharing:step()
    sharing:step()
    assert.equal("sealed elsewhere", store.kept.key)
  end)

  it("gives the lock back when its login fails, and stores nothing", function()
    sharing:step()
    core:login_ends(false)
    core.wanted = false
    sharing:step()
    assert.is_nil(store.kept.locked)
    assert.is_nil(store.kept.key)
  end)

  it("waits for the one that logs in, and looks from time to time", function()
    store.kept.locked = true
    assert.is_false(sharing:step())
    assert.is_false(core.permitted)
    local pause = sharing:limit(nil)
    assert.is_true(pause > 0 and pause < 1)
    assert.equal(pause, sharing:limit(10))
    assert.is_false(sharing:step()) -- not before the pause is over
    time = time + pause
    assert.equal(0, sharing:limit(10))
    store.kept.key = "sealed by the other"
    assert.is_true(sharing:step())
    assert.is_false(core.wanted)
    assert.equal(10, sharing:limit(10))
  end)

  it("keeps its lock while its login takes long", function()
    local leases = {}
    local locks = store.lock
    store.lock = function(_, seconds)
      leases[#leases + 1] = time + seconds
      return locks()
    end
    sharing:step()
    for _ = 1, 20 do
      time = time + sharing:limit(1)
      assert.is_true(time < leases[#leases])
      sharing:step()
      assert.is_true(store.kept.locked)
    end
    core:login_ends(true)
    sharing:step()
    assert.is_nil(store.kept.locked)
    assert.equal(1, sharing:limit(1))
  end)

  it("doesn't wait for ever for a lock that stays", function()
    store.kept.locked = true
    repeat
      sharing:step()
      time = time + 0.1
    until core.permitted or time > 60
    assert.is_true(time > 25 and time < 35) -- another's login may take so long
    core:login_ends(true)
    sharing:step()
    assert.equal("sealed 1", store.kept.key)
  end)

  it("looks once more when it has the lock", function()
    local get, looks = store.get, 0
    store.get = function(key)
      looks = looks + 1
      return looks > 1 and "sealed meanwhile" or get(key)
    end
    assert.is_true(sharing:step())
    assert.is_false(core.permitted)
    sharing:step()
    assert.is_nil(store.kept.locked)
  end)

  it("stores a token that the program has logged in for by itself", function()
    core.wanted = false
    core.generation = 1
    sharing:step()
    assert.equal("sealed 1", store.kept.key)
  end)
end)

describe("a store", function()
  for _, name in ipairs { "get", "set", "lock", "unlock" } do
    it("whose " .. name .. " raises costs a login and nothing else", function()
      store[name] = function() error "out of order" end
      assert.is_true(sharing:step())
      assert.is_true(core.permitted)
      core:login_ends(true)
      sharing:step()
      assert.is_false(core.wanted)
      assert.is_true(sharing.errors > 0)
    end)
  end

  it("that an interrupt strikes is not to blame: the interrupt goes on", function()
    store.get = function() error "interrupted!" end
    local ok, err = pcall(sharing.step, sharing)
    assert.is_false(ok)
    assert.matches("interrupted!$", err)
    assert.equal(0, sharing.errors)
  end)

  it("that lies is not believed", function()
    for _, lie in ipairs { "garbage", "", 5, true, {} } do
      core = new_core()
      sharing = Sharing.new(core, store, function() return time end)
      store.kept.locked = nil
      store.get = function() return lie end
      sharing:step()
      assert.is_true(core.permitted)
    end
  end)

  it("that is told while memory runs out is told by the next step", function()
    sharing:step()
    core:login_ends(true)
    local seal_token = core.seal_token
    core.seal_token = function() error("not enough memory", 0) end
    assert.has_error(function() sharing:step() end, "not enough memory")
    core.seal_token = seal_token
    sharing:step()
    assert.equal("sealed 1", store.kept.key)
    assert.is_nil(store.kept.locked)
  end)

  it("that lets others run is not entered again meanwhile", function()
    local entered = 0
    store.get = function()
      entered = entered + 1
      assert.is_false(sharing:step())
    end
    sharing:step()
    assert.equal(2, entered) -- before the lock and behind it
  end)
end)

-- PUC Lua 5.1 calls the functions in a way that can't be suspended.
local suspends = coroutine.wrap(function() return pcall(coroutine.yield) end)() == nil
local describe_suspended = suspends and describe or function() end

describe_suspended("a coroutine that is suspended in a function of the store", function()
  local suspended

  -- Lets a step of its own wait in the function of that name, for the first time that it is called.
  local function suspend_in(name)
    local inner = store[name]
    store[name] = function(...)
      store[name] = inner
      coroutine.yield()
      return inner(...)
    end
    suspended = coroutine.create(function() return sharing:step() end)
    assert(coroutine.resume(suspended))
    assert.equal("suspended", coroutine.status(suspended))
  end

  -- As a driver does: waits, and steps. Returns how often.
  local function pass_time(seconds)
    local deadline, steps = time + seconds, 0
    repeat
      time = time + sharing:limit(deadline - time)
      sharing:step()
      steps = steps + 1
    until time >= deadline or steps > 10000
    return steps
  end

  for _, name in ipairs { "get", "lock" } do
    it("for good (" .. name .. ") is not waited for: the client logs in by itself", function()
      suspend_in(name)
      pass_time(5)
      assert.is_false(core.permitted)
      pass_time(6)
      assert.is_true(core.permitted)
      assert.is_true(sharing.errors > 0)
      core:login_ends(true)
      sharing:step()
      assert.is_false(core.wanted)
    end)
  end

  it("for good is waited for without being busy", function()
    suspend_in "get"
    assert.is_true(sharing:limit(nil) > 0.01)
    assert.is_true(pass_time(5) < 200)
  end)

  it("keeps no others from the store for ever", function()
    sharing:step()
    core:login_ends(true)
    suspend_in "set"
    time = time + 11
    sharing:step()
    assert.is_nil(store.kept.key) -- it rests from the store
    time = time + 61
    sharing:step()
    assert.equal("sealed 1", store.kept.key)
  end)

  it("and comes back late changes nothing", function()
    suspend_in "get"
    time = time + 11
    assert.is_true(sharing:step())
    assert.is_true(core.permitted)
    core:login_ends(true)
    store.kept.key = "sealed elsewhere"
    assert.same({ true, false }, { coroutine.resume(suspended) })
    assert.equal(1, core.generation)
  end)

  it("and comes back in time goes on", function()
    suspend_in "get"
    time = time + 9
    assert.is_false(sharing:step())
    store.kept.key = "sealed elsewhere"
    assert.same({ true, true }, { coroutine.resume(suspended) })
    assert.is_false(core.wanted)
    assert.is_false(core.permitted)
  end)
end)
