-- Token stores, against the sandbox.

local core = require "spreetail.core"
local files = require "spec.files"
local file_store = require "spreetail.store.file"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local path

before_each(function()
  sandbox.reset()
  path = os.tmpname()
  os.remove(path)
end)

after_each(function()
  os.remove(path)
  os.remove(path .. ".lock")
end)

-- One call of a fresh client; returns how often it logged in.
local function use(options)
  options = options or {}
  options.token_store = options.token_store or file_store.new(path)
  local client = sandbox.client(options)
  local ok, err = client:inventory()
  local logins = client:stats().logins
  client:close()
  return logins, ok == nil and err or nil
end

describe("the file store", function()
  it("saves programs that follow one another a login each", function()
    assert.equal(1, use())
    for _ = 1, 5 do
      assert.equal(0, use())
    end
    assert.equal(1, sandbox.stats().logins)
    assert.is_nil(io.open(path .. ".lock"))
  end)

  it("keeps nothing that could be read", function()
    sandbox.fault { login = { token = "eyJhbGciOiJub25lIn0.e30.plain-to-see" } }
    use()
    local text = files.read(path)
    assert.is_true(#text > 0)
    assert.is_nil(text:find("plain-to-see", 1, true))
    assert.is_nil(text:find("eyJ", 1, true))
    assert.is_nil(text:find(sandbox.variable "SPREETAIL_CLIENT_SECRET", 1, true))
  end)

  it("lets only its user read the file", function()
    use()
    local listing = io.popen("LD_PRELOAD= exec ls -l '" .. path .. "'")
    assert.matches("^%-rw%-%-%-%-%-%-%-", listing:read "*a")
    listing:close()
  end)

  it("ignores what another secret has sealed", function()
    use()
    local logins, err = use { client_secret = "another one" }
    assert.equal(1, logins)
    assert.equal("auth", err.kind)
    assert.equal(0, use()) -- and leaves it there, having nothing better
  end)

  it("ignores a file in which a byte was changed, and replaces it", function()
    use()
    local text = files.read(path)
    for place = 1, #text, 40 do
      local changed = string.char((text:byte(place) + 1) % 256)
      files.write(path, text:sub(1, place - 1) .. changed .. text:sub(place + 1))
      assert.equal(1, use())
      assert.equal(0, use())
    end
  end)

  it("works where the file can't be written: each program logs in, and stats say why", function()
    local store = file_store.new(path .. "/no/such/directory/token")
    assert.equal(1, use { token_store = store })
    local client = sandbox.client { token_store = store }
    spreetail.assert(client:inventory())
    local stats = client:stats()
    assert.equal(1, stats.logins)
    assert.is_true(stats.store_errors > 0)
    client:close()
  end)

  local function run(command)
    local pipe = io.popen("LD_PRELOAD= " .. command)
    pipe:read "*a"
    pipe:close()
  end

  for what, make in pairs { ["a pipe"] = "mkfifo %s", ["a file of a gigabyte"] = "truncate -s 1G %s" } do
    it("takes " .. what .. " for no token, and replaces it", function()
      run(make:format(path))
      assert.equal(1, use())
      assert.equal(0, use())
    end)
  end

  it("doesn't wait for a lock from the future: a clock was set meanwhile", function()
    run(("touch -d '1 hour' %s.lock"):format(path))
    local start = core.now()
    assert.equal(1, use())
    assert.is_true(core.now() - start < 5)
    assert.is_nil(io.open(path .. ".lock"))
  end)

  it("leaves a login that fails to be tried again, as without a store", function()
    sandbox.fault { path = "/auth/login", status = 503, times = 1 }
    assert.equal(2, use { timeout = 10 })
    assert.equal(0, use())
  end)

  it("has a token that the server has revoked replaced", function()
    use()
    sandbox.fault { revoke = true }
    assert.equal(1, use())
    assert.equal(0, use())
    assert.equal(2, sandbox.stats().logins)
  end)

  -- Seals a token in a store of its own, and has the server revoke it.
  local function revoked_token()
    local kept
    local store = {
      get = function() end,
      set = function(_, sealed) kept = sealed end,
      lock = function() return true end,
      unlock = function() end,
    }
    assert.equal(1, use { token_store = store })
    sandbox.fault { revoke = true }
    return kept
  end

  for _, order in ipairs { "oldest first", "newest first" } do
    it("that hands out revoked tokens in turn, " .. order .. ", costs one login and no call", function()
      local tokens = { revoked_token(), revoked_token() }
      local turn = order == "oldest first" and 0 or 1
      local logins, err = use {
        token_store = {
          get = function() turn = turn + 1 return tokens[(turn - 1) % 2 + 1] end,
          set = function() end,
          lock = function() return true end,
          unlock = function() end,
        },
      }
      assert.is_nil(err)
      assert.equal(1, logins)
    end)
  end

  it("wants a path", function()
    assert.has_error(function() file_store.new() end)
    assert.has_error(function() file_store.new "" end)
  end)
end)

describe("clients with one store", function()
  local clients

  before_each(function()
    local kept = {}
    local store = {
      get = function(key) return kept[key] end,
      set = function(key, sealed) kept[key] = sealed end,
      lock = function(key) local free = not kept[key .. "lock"] kept[key .. "lock"] = true return free end,
      unlock = function(key) kept[key .. "lock"] = nil end,
    }
    clients = {}
    for i = 1, 5 do
      clients[i] = sandbox.client { token_store = store }
    end
  end)

  after_each(function()
    for _, client in ipairs(clients) do
      client:close()
    end
  end)

  -- A call of each, side by side.
  local function use_all()
    local futures = {}
    for i, client in ipairs(clients) do
      futures[i] = client.async:inventory()
    end
    local pending
    repeat
      pending = 0
      for _, client in ipairs(clients) do
        pending = pending + client:poll(0.001)
      end
    until pending == 0
    for _, future in ipairs(futures) do
      assert.is_table(spreetail.assert(future:result()))
    end
  end

  it("log in once, whichever comes first", function()
    use_all()
    assert.equal(1, sandbox.stats().logins)
  end)

  it("log in once more when the token they share is revoked", function()
    use_all()
    sandbox.fault { revoke = true }
    use_all()
    assert.equal(2, sandbox.stats().logins)
  end)
end)

-- PUC Lua 5.1 calls the functions in a way that can't be suspended.
if coroutine.wrap(function() return pcall(coroutine.yield) end)() == nil then
  describe("a coroutine that is never resumed, in a function of the store,", function()
    it("costs a login, and keeps the client neither waiting nor busy", function()
      local store = {
        get = function() coroutine.yield() end,
        set = function() end,
        lock = function() return true end,
        unlock = function() end,
      }
      local client = sandbox.client { token_store = store }
      local late = 0 -- how far the clock of the client's sharing is ahead
      client.sharing.now = function() return core.now() + late end
      local future = client.async:inventory()
      local killed = coroutine.create(function() client:poll(0) end)
      assert(coroutine.resume(killed))
      assert.equal("suspended", coroutine.status(killed))

      local start = os.clock()
      assert.is_false(future:wait(0.4))
      assert.is_true(os.clock() - start < 0.2)
      late = 30
      assert.is_table(spreetail.assert(future:result()))
      assert.equal(1, client:stats().logins)
      client:close()
    end)
  end)
end

describe("a token_store", function()
  it("has four functions", function()
    for _, wrong in ipairs { true, "file", {}, { get = print, set = print, lock = print } } do
      assert.has_error(function() spreetail.client { token_store = wrong } end)
    end
  end)
end)
