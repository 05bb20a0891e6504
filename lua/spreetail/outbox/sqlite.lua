--- What is particular to SQLite, for database.lua, schema.lua and rows.lua.

local core = require "spreetail.core"

local M = { name = "SQLite", driver = "SQLite3" }

-- Which of the JSON functions, RETURNING and UPDATE FROM came last.
local LEAST_VERSION = { 3, 38 }

function M.describe(options)
  return "outbox " .. (options.path or "in SQLite")
end

--- Opens the file, which is made with the rights that its owner alone needs: orders name people.
function M.connect(options)
  if options.path ~= ":memory:" then
    core.create_private_file(options.path) -- which may be there already; SQLite says what is wrong otherwise
  end
  local connection, words = require("DBI").Connect("SQLite3", options.path)
  if connection then
    connection:autocommit(true)
  end
  return connection, words
end

-- To be changed to WAL a file must be used by nobody else, and SQLite does not wait for that.
local function turn_to_wal(database)
  local rows, err
  for _ = 1, 20 do
    rows, err = database:query "PRAGMA journal_mode = WAL"
    if rows then
      return true
    end
    local waited, why = database:query "BEGIN IMMEDIATE" -- which does wait
    if not waited then
      return nil, why
    end
    database:query "ROLLBACK"
  end
  return nil, err
end

local function version_of(database)
  local rows, err = database:query "SELECT sqlite_version() AS version"
  if not rows then
    return nil, err
  end
  local major, minor = rows[1].version:match "^(%d+)%.(%d+)"
  return { tonumber(major), tonumber(minor) }, rows[1].version
end

--- Makes a connection that was just opened one that a commit can be relied on: it returns when the disk has
-- it.
function M.prepare_session(database)
  local version, words = version_of(database)
  if not version then
    return nil, words
  elseif version[1] * 1000 + version[2] < LEAST_VERSION[1] * 1000 + LEAST_VERSION[2] then
    return nil, database:failure(("SQLite %s is too old, 3.38 is needed"):format(words))
  end
  local milliseconds = math.floor((database.options.lock_timeout or 5) * 1000)
  local ok, err = database:query_all { "PRAGMA busy_timeout = " .. milliseconds, "PRAGMA synchronous = FULL" }
  if not ok then
    return nil, err
  end
  return turn_to_wal(database)
end

M.own = { begin = "BEGIN IMMEDIATE", commit = "COMMIT", rollback = "ROLLBACK" }

--- On the program's connection LuaDBI has begun one, or does so with whatever statement comes next, unless it
-- was told not to.
function M.begin_on_theirs(database)
  local begun, err = database:query(M.own.begin)
  if begun or err.message:find("within a transaction", 1, true) then
    return M.own
  end
  return nil, err
end

-- Bound as they are.
function M.bound(value)
  return value
end

--- The seconds since the epoch by the database's clock, here the machine's.
M.now = "coalesce(:clock, (julianday('now') - 2440587.5) * 86400.0)"

M.random_name = "lower(hex(randomblob(12)))"
M.id_column = "INTEGER PRIMARY KEY"
M.skip_locked = ""
M.schema_exists = "SELECT 1 AS there FROM sqlite_master WHERE name = 'spreetail_outbox_schema'"
M.lock_schema = nil -- BEGIN IMMEDIATE has locked all

--- A list of objects in JSON, bound as `name`, as a table of those columns: { name, type }.
function M.rows_of(name, alias, columns)
  local fields = {}
  for i, column in ipairs(columns) do
    fields[i] = ("json_extract(value, '$.%s') AS %s"):format(column[1], column[1])
  end
  return ("(SELECT %s FROM json_each(:%s)) AS %s"):format(table.concat(fields, ", "), name, alias)
end

M.advice = {
  { "^module 'DBI'", "install LuaDBI (Debian: lua-dbi-sqlite3)" },
  { "Cannot load driver", "install LuaDBI's driver (Debian: lua-dbi-sqlite3)" },
  { "locked", "another program has kept it for longer than lock_timeout: try again", retryable = true },
  { "full", "make room on the disk, then try again", retryable = true },
  { "disk I/O", "see whether the disk is full, else look at the system's log", retryable = true },
  { "unable to open", "check that its directory exists, and that this user may write there" },
  { "readonly", "this user must be able to write to the file and to its directory" },
  { "not a database", "choose another path" },
  { "malformed", "it is damaged: put a backup in its place" },
}

return M
