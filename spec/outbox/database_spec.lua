-- What goes wrong with databases: what is said of it, and that nothing is lost.

local boxes = require "spec.outbox.boxes"
local core = require "spreetail.core"
local files = require "spec.files"
local outbox = require "spreetail.outbox"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- The error of what returns nil and one.
local function failure(value, err)
  assert.is_nil(value)
  assert.equal("database", err.kind)
  return err
end

local function message_of(...)
  return failure(...).message
end

-- The paths of this spec stay out of its messages.
local function open_at(path)
  local err = failure(outbox.open { path = path })
  return err.message:gsub("^outbox " .. path:gsub("%p", "%%%0"), "outbox PATH"), err
end

describe("an outbox in SQLite", function()
  local place

  before_each(function()
    place = boxes.databases[1].place()
  end)

  after_each(boxes.clear)

  it("is a file that its user alone may read: orders name people", function()
    boxes.open(place):add(sandbox.order "R-1")
    for _, suffix in ipairs { "", "-wal", "-shm" } do
      assert.equal("-rw------- ", process.shell("ls -l " .. place.path .. suffix):sub(1, 11))
    end
  end)

  it("keeps the rights of a file that is there", function()
    files.write(place.path, "")
    process.shell("chmod 664 " .. place.path)
    boxes.open(place)
    assert.equal("-rw-rw-r-- ", process.shell("ls -l " .. place.path):sub(1, 11))
  end)

  it("commits to the disk, and lets others read meanwhile", function()
    local database = boxes.open(place).database
    assert.equal(2, database:query "PRAGMA synchronous"[1].synchronous) -- FULL
    assert.equal("wal", database:query "PRAGMA journal_mode"[1].journal_mode)
  end)

  it("says that its directory is not there, or that it may not write there", function()
    local message, err = open_at(place.path .. "/none/orders.db")
    assert.equal("outbox PATH: unable to open database file: check that its directory exists, and that "
      .. "this user "
      .. "may write there", message)
    assert.is_false(err.retryable)
    assert.equal(message, (open_at "/proc/orders.db"))
  end)

  it("says that a file is none of SQLite's", function()
    files.write(place.path, ("no database at all\n"):rep(100))
    assert.equal("outbox PATH: file is not a database: choose another path", (open_at(place.path)))
  end)

  it("says that it may not be written", function()
    boxes.open(place):close()
    local DBI = require "DBI"
    local connection = assert(DBI.Connect("SQLite3", place.path, 1)) -- SQLITE_OPEN_READONLY
    local box = boxes.open { connection = connection, driver = "SQLite3" }
    assert.equal("outbox in SQLite: attempt to write a readonly database: this user must be able to write "
      .. "to the "
      .. "file and to its directory", message_of(box:add(sandbox.order "R-1")))
    connection:close()
  end)

  it("waits for another program's lock, and no longer than it is told to", function()
    local box, other = boxes.open(place, { lock_timeout = 0.2 }), boxes.open(place)
    spreetail.assert(other.database:query "BEGIN IMMEDIATE")
    local err = failure(box:add(sandbox.order "R-1"))
    assert.is_true(err.retryable)
    assert.equal("outbox " .. place.path .. ": database is locked: another program has kept it for longer "
      .. "than "
      .. "lock_timeout: try again", err.message)
    assert.equal(0, box:status().pending) -- reading goes on
    spreetail.assert(other.database:query "ROLLBACK")
    assert.is_true(spreetail.assert(box:add(sandbox.order "R-1")))
  end)

  it("waits no longer for a lock when it is opened", function()
    files.write(place.path, "") -- in no WAL mode yet
    local DBI = require "DBI"
    local other = assert(DBI.Connect("SQLite3", place.path))
    other:autocommit(true)
    assert(other:prepare("BEGIN EXCLUSIVE"):execute())
    local began = core.now()
    local err = failure(outbox.open { path = place.path, lock_timeout = 0.2 })
    assert.matches("database is locked", err.message)
    assert.is_true(core.now() - began < 2)
    other:close()
    boxes.open(place)
  end)

  it("says that the disk is full, keeps what is there, and goes on when there is room", function()
    local box = boxes.open(place)
    box:add(sandbox.order "R-1")
    spreetail.assert(box.database:query "PRAGMA max_page_count = 20")
    local list = {}
    for i = 1, 200 do
      list[i] = sandbox.order("R-" .. i)
    end
    local summary, err, committed = box:add_all(list)
    assert.equal("outbox " .. place.path .. ": database or disk is full: make room on the disk, then try "
      .. "again",
      message_of(summary, err))
    assert.same({ added = 0, present = 0, failed = 0 }, committed)
    assert.equal(1, box:status().pending)
    spreetail.assert(box.database:query "PRAGMA max_page_count = 20000")
    assert.same({ added = 199, present = 1, failed = 0 }, box:add_all(list))
  end)

  it("uses a statement that has failed once more as if nothing had been", function()
    local box, other = boxes.open(place, { lock_timeout = 0.05 }), boxes.open(place)
    for _ = 1, 3 do
      other.database:query "BEGIN IMMEDIATE"
      failure(box:add(sandbox.order "R-1"))
      other.database:query "ROLLBACK"
      assert.is_true(spreetail.assert(box:add(sandbox.order "R-1")))
    end
  end)

  it("keeps what came of orders while it is locked", function()
    sandbox.reset()
    local client = sandbox.client()
    local box, other = boxes.open(place, { lock_timeout = 0.05 }), boxes.open(place)
    box:add(sandbox.order "R-1")
    local heard = 0
    local worker = box:worker { client = client, on_error = function() heard = heard + 1 end }
    worker:step()
    other.database:query "BEGIN IMMEDIATE"
    while heard < 2 do
      worker:step()
      client:poll(0.05)
    end
    other.database:query "ROLLBACK"
    assert.same({ accepted = 1, rejected = 0, unknown = 0, pending = 0 }, worker:run { until_empty = true })
    assert.equal(1, sandbox.stats().requests["POST /outbound"])
    client:close()
  end)

  it("ends a transaction in which an interrupt strikes", function()
    local box = boxes.open(place)
    for _, statement in ipairs { "^%s+INSERT", "^COMMIT" } do
      local query = box.database.query
      box.database.query = function(self, sql, values)
        if sql:find(statement) then
          error("interrupted!", 0)
        end
        return query(self, sql, values)
      end
      assert.has_error(function() box:add(sandbox.order "R-1") end, "interrupted!")
      box.database.query = nil
      local other = boxes.open(place, { lock_timeout = 0.05 })
      assert.equal(0, other:status().pending)
      assert.is_true(spreetail.assert(other:add(sandbox.order "R-1")))
      spreetail.assert(box.database:query "DELETE FROM spreetail_outbox")
    end
  end)
end)

if boxes.databases[2] then
  describe("an outbox in PostgreSQL", function()
    local box, client
    local place

    local function control(word)
      assert.equal("0", process.shell(os.getenv "POSTGRESQL_CONTROL" .. " " .. word .. " > /dev/null "
        .. "2>&1; printf $?"))
    end

    before_each(function()
      sandbox.reset()
      place = boxes.databases[2].place()
      box = boxes.open(place)
      client = sandbox.client()
    end)

    after_each(function()
      client:close()
      boxes.clear()
    end)

    local UNCONNECTED = ": no connection can be had: see whether the server runs, and check host, port, "
      .. "database, "
      .. "user and password: psql, told the same, says which it is"

    it("says that it is not let in, and never with which password", function()
      local name = os.tmpname()
      files.write(name, "wrong\n")
      local err = failure(outbox.open { database = place.database, password_file = name })
      assert.equal("outbox in database outbox" .. UNCONNECTED, err.message)
      os.remove(name)
      assert.equal("outbox in database outbox: " .. name .. ": No such file or directory",
        message_of(outbox.open { database = place.database, password_file = name }))
    end)

    it("is let in by a password in a file", function()
      local variable = os.getenv "POSTGRESQL_PASSWORD_FILE"
      local pass = process.run(([[
        local outbox = require "spreetail.outbox"
        print(require("spreetail").assert(outbox.open { database = %q, host = %q, port = %d, user = %q,
          password_file = %q }):status().pending)
      ]]):format(place.database, os.getenv "PGHOST", os.getenv "PGPORT", os.getenv "PGUSER", variable),
        "PGPASSFILE=/dev/null PGHOST= PGPORT= PGUSER=")
      assert.equal("0\n", pass)
    end)

    it("is found by a connection string, which is not shown", function()
      local uri = ("postgresql://%s:%s/%s?connect_timeout=5"):format(
        os.getenv "PGHOST", os.getenv "PGPORT", place.database)
      local other = boxes.open { database = uri }
      assert.equal(0, other:status().pending)
      uri = uri:gsub("/outbox%?", "/none?")
      assert.equal("outbox in PostgreSQL" .. UNCONNECTED, message_of(outbox.open { database = uri }))
    end)

    it("says that the server is not there, and is well when it is again", function()
      box:add(sandbox.order "R-1")
      control "stop"
      local added, err = box:add(sandbox.order "R-2")
      control "start"
      failure(added, err)
      assert.is_true(err.retryable)
      assert.equal("outbox in database outbox" .. UNCONNECTED, err.message)
      assert.is_true(spreetail.assert(box:add(sandbox.order "R-2")))
      assert.equal(2, box:status().pending)
    end)

    it("does not notice that the server was started anew between two orders", function()
      box:add(sandbox.order "R-1")
      control "restart"
      assert.same({ true, "added" }, { box:add(sandbox.order "R-2") })
      control "restart immediate"
      assert.same({ true, "present" }, { box:add(sandbox.order "R-2") })
      assert.equal(2, box:status().pending)
    end)

    it("has nothing of a transaction in which the connection broke", function()
      local other = boxes.open(place)
      box:add(sandbox.order "R-1")
      local result, err = box.database:transaction(function()
        spreetail.assert(box.rows:insert { { reference = "R-2", body = "{}", from_clock = 0 } })
        other.database:query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          .. "WHERE pid <> pg_backend_pid() AND usename = current_user")
        local set, lost = box.rows:insert { { reference = "R-3", body = "{}", from_clock = 0 } }
        assert.is_nil(set)
        assert.is_truthy(lost)
        set, lost = box.rows:insert { { reference = "R-4", body = "{}", from_clock = 0 } }
        assert.is_nil(set)
        assert.equal("outbox in database outbox: the connection was lost: see whether the server runs, "
          .. "and can be "
          .. "reached from here", lost.message)
        return nil, lost
      end)
      failure(result, err)
      assert.same({ 1, nil, nil, nil }, { box:status().pending, box:get "R-2", box:get "R-3", box:get "R-4" })
    end)

    it("keeps what came of orders while it is away", function()
      box:add_all { sandbox.order "R-1", sandbox.order "R-2" }
      local heard = 0
      local worker = box:worker { client = client, on_error = function() heard = heard + 1 end }
      worker:step()
      control "stop immediate"
      while heard < 2 do
        worker:step()
        client:poll(0.05)
      end
      control "start"
      assert.same({ accepted = 2, rejected = 0, unknown = 0, pending = 0 }, worker:run { until_empty = true })
      assert.equal(2, sandbox.stats().requests["POST /outbound"])
    end)

    it("waits for another program's lock no longer than it is told to", function()
      local other = boxes.open(place, { lock_timeout = 0.2 })
      box.database:query "BEGIN"
      box.database:query "LOCK TABLE spreetail_outbox"
      local err = failure(other:add(sandbox.order "R-1"))
      assert.is_true(err.retryable)
      assert.equal("outbox in database outbox: canceling statement due to lock timeout: another program "
        .. "has kept "
        .. "it for longer than lock_timeout: try again", err.message)
      box.database:query "ROLLBACK"
      assert.is_true(spreetail.assert(other:add(sandbox.order "R-1")))
    end)

    it("says what rights it needs", function()
      box.database:query "REVOKE ALL ON spreetail_outbox FROM current_user"
      assert.equal("outbox in database outbox: permission denied for table spreetail_outbox: have the "
        .. "database's "
        .. "owner grant it", message_of(box:status()))
    end)

    it("commits to the server's disk, though the server would not by default", function()
      box.database:query "ALTER ROLE CURRENT_USER SET synchronous_commit = off"
      local setting = boxes.open(place).database:query "SHOW synchronous_commit"[1].synchronous_commit
      box.database:query "ALTER ROLE CURRENT_USER RESET synchronous_commit"
      assert.equal("on", setting)
    end)
  end)
end
