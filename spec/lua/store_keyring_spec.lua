-- Tokens in the kernel's keyring. What lies there is looked at, and spoilt, by keyctl. Where there is no
-- keyring: spec/faults_spec; many programs at once, other users, sessions: spec/proof/keyring.

local core = require "spreetail.core"
local files = require "spec.files"
local keyring = require "spreetail.store.keyring"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local has_posix, unistd = pcall(require, "posix.unistd")

-- The store's key for this process's sandbox; of other ones on this machine the others are.
local function store_key()
  local key
  local client = sandbox.client {
    token_store = {
      get = function(name) key = name end,
      set = function() end,
      lock = function() return true end,
      unlock = function() end,
    },
  }
  spreetail.assert(client:inventory())
  client:close()
  return key
end

local function find(name)
  return process.shell(("keyctl search @u user '%s' 2>&1"):format(name)):match "^%d+"
end

-- Whatever state it is in: what was just put in its place can be named by its number.
local function remove(name)
  assert(core.write_key(name, "x", 60))
  process.shell(("keyctl unlink %s @u"):format(find(name)))
end

-- Puts a key there, as another program would.
local function put(name, text)
  return (process.shell(("keyctl add user '%s' '%s' @u"):format(name, text)):match "%d+")
end

-- Leaves behind what the kernel does when /sbin/request-key doesn't know of such a key.
local function deny(name)
  local ask = "keyctl link @u @s; keyctl request2 user %s none @u"
  process.shell(("keyctl session - sh -c '" .. ask .. "' 2>&1"):format(name))
  assert.matches(name, files.read "/proc/keys", 1, true)
end

local store, key

setup(function()
  sandbox.reset()
  key = store_key()
end)

before_each(function()
  sandbox.reset()
  store = assert(keyring.new())
end)

after_each(function()
  remove("spreetail:" .. key)
end)

-- One call of a fresh client; returns how often it logged in, and how often its store failed.
local function use()
  local client = sandbox.client { token_store = keyring.new() }
  client:inventory()
  local stats = client:stats()
  client:close()
  return stats.logins, stats.store_errors
end

describe("the keyring store", function()
  it("saves programs that follow one another a login each, and leaves no lock", function()
    assert.same({ 1, 0 }, { use() })
    for _ = 1, 5 do
      assert.same({ 0, 0 }, { use() })
    end
    assert.equal(1, sandbox.stats().logins)
    assert.is_nil(find("spreetail:" .. key .. ":lock"))
  end)

  it("keeps nothing that could be read", function()
    sandbox.fault { login = { token = "eyJhbGciOiJub25lIn0.e30.plain-to-see" } }
    use()
    local text = process.shell("keyctl pipe " .. find("spreetail:" .. key))
    assert.is_true(#text > 0)
    for _, secret in ipairs { "plain-to-see", "eyJ", sandbox.variable "SPREETAIL_CLIENT_SECRET" } do
      assert.is_nil(text:find(secret, 1, true))
    end
    assert.matches("^%x+$", key) -- nor in its name
  end)

  it("lets only its user read it, from any session", function()
    use()
    local id = find("spreetail:" .. key)
    assert.matches(";3f0b0000;spreetail:", process.shell("keyctl rdescribe " .. id), 1, true)
    assert.is_true(#process.shell("keyctl session - keyctl pipe " .. id .. " 2>&1") > 0)
  end)

  it("has the kernel take it away when it has run out", function()
    store.set(key, "sealed", 0.2) -- whole seconds, and never none: that would be for ever
    assert.equal("sealed", store.get(key))
    process.shell "sleep 1.2"
    assert.is_nil(store.get(key))
    store.set(key, "another", 1e300)
    assert.equal("another", store.get(key))
  end)

  it("keeps any bytes, as many as a key can have", function()
    for _, bytes in ipairs { "\0", "a\0b\255", ("x"):rep(32767) } do
      local kept, why = pcall(store.set, key, bytes, 60)
      if kept then
        assert.equal(bytes, store.get(key))
      else -- 20,000 bytes are all that a user has, root apart
        assert.matches("quota of keys is used up", why)
      end
    end
    assert.is_false((pcall(store.set, key, ("x"):rep(32768), 60)))
  end)

  local spoilt = {
    ["nothing that was sealed"] = "keyctl update %s garbage",
    ["a key that nobody may read"] = "keyctl setperm %s 0",
    ["a revoked key"] = "keyctl revoke %s",
    ["a key that has run out"] = "keyctl timeout %s 1; sleep 1.2",
  }
  for what, command in pairs(spoilt) do
    it("takes " .. what .. " for no token, and replaces it", function()
      use()
      process.shell(command:format(find("spreetail:" .. key)) .. " 2>&1")
      assert.equal(1, (use()))
      assert.same({ 0, 0 }, { use() })
    end)
  end

  it("takes a key that was denied for no token, and replaces it", function()
    deny("spreetail:" .. key)
    assert.equal(1, (use()))
    assert.same({ 0, 0 }, { use() })
  end)

  it("has a key for each client id and server", function()
    use()
    local other = sandbox.client { client_id = "another", token_store = store }
    other:inventory() -- in vain: nobody is called so
    other:close()
    assert.same({ 0, 0 }, { use() })
  end)

  it("ignores what another secret has sealed, and leaves it there, having nothing better", function()
    use()
    local client = sandbox.client { client_secret = "another one", token_store = store }
    assert.equal("auth", select(2, client:inventory()).kind)
    client:close()
    assert.same({ 0, 0 }, { use() })
  end)

  it("costs a login where there is no room for it, and stats say that something is wrong", function()
    local broken = keyring.new()
    broken.set = function(name, sealed, seconds)
      return store.set(name, sealed:rep(1000), seconds)
    end
    local client = sandbox.client { token_store = broken }
    spreetail.assert(client:inventory())
    assert.same({ 1, 1 }, { client:stats().logins, client:stats().store_errors })
    client:close()
  end)

  it("takes no argument", function()
    assert.has_error(function() keyring.new "spreetail" end,
      "spreetail.store.keyring: new takes nothing: there is one keyring for each user")
  end)
end)

describe("the keyring store's lock", function()
  local name, other

  before_each(function()
    name = "spreetail:" .. key .. ":lock"
    other = assert(keyring.new())
  end)

  after_each(function()
    remove(name)
  end)

  it("is one's alone, until it is given back", function()
    assert.is_true(store.lock(key, 5))
    assert.is_false(other.lock(key, 5))
    assert.is_false(store.lock(key, 5))
    other.unlock(key) -- not the other's
    assert.is_false(other.lock(key, 5))
    store.unlock(key)
    assert.is_true(other.lock(key, 5))
    other.unlock(key)
    assert.is_nil(find(name))
  end)

  -- Asks until it gets it; returns after how long.
  local function wait_for_lock(lease)
    local start = core.now()
    while not other.lock(key, lease) do
      assert.is_true(core.now() < start + 20)
    end
    return core.now() - start
  end

  it("runs out by itself, and who had it then takes nothing from the next one", function()
    assert.is_true(store.lock(key, 0.3))
    local waited = wait_for_lock(0.3)
    assert.is_true(waited > 0.25 and waited < 5)
    store.unlock(key)
    assert.is_false(store.lock(key, 0.3))
  end)

  it("that reaches further ahead than it may last, is none", function()
    assert.is_true(store.lock(key, 3600))
    assert.is_true(wait_for_lock(1) < 0.9)
  end)

  local in_the_way = {
    ["garbage"] = function() put(name, "garbage") end,
    ["a revoked key"] = function() process.shell("keyctl revoke " .. put(name, "x")) end,
    ["a key that nobody may read"] = function()
      process.shell("keyctl setperm " .. put(name, "x") .. " 0")
    end,
    ["a key that has run out"] = function()
      process.shell(("keyctl timeout %s 1; sleep 1.2"):format(put(name, "x")))
    end,
    ["a key that was denied"] = function() deny(name) end,
  }
  for what, put_there in pairs(in_the_way) do
    it("has " .. what .. " in its way for no longer than a lock could be", function()
      put_there()
      local waited = wait_for_lock(0.4)
      assert.is_true(waited > 0.3 and waited < 5)
      assert.is_false(store.lock(key, 0.4))
      other.unlock(key)
      assert.is_true(store.lock(key, 0.4))
    end)
  end

  if has_posix then
    it("stays with the parent after a fork", function()
      assert.is_true(store.lock(key, 5))
      local child = unistd.fork()
      if child == 0 then
        store.unlock(key)
        unistd._exit(0)
      end
      require("posix.sys.wait").wait(child)
      assert.is_false(other.lock(key, 5))
    end)
  end
end)
