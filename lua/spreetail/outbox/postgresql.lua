--- What is particular to PostgreSQL, for database.lua, schema.lua and rows.lua.
--
-- Workers are not woken by LISTEN: LuaDBI shows neither what a server has notified nor the socket on which
-- that comes. So they look for rows every so often, which takes one look into an index; and nobody says
-- NOTIFY, which would have all commits of a database wait for each other.

local M = { name = "PostgreSQL", driver = "PostgreSQL" }

function M.describe(options)
  local database = options.database
  if not database or database:find "[=/]" then
    return "outbox in PostgreSQL" -- a connection string may hold a password
  end
  return "outbox in database " .. database
end

-- The first line of the file with the password.
local function password_of(path)
  local file, words = io.open(path, "r")
  if not file then
    return nil, words
  end
  local line = file:read "*l"
  file:close()
  return line or "", nil
end

-- A value in a connection string.
local function quoted(value)
  return "'" .. tostring(value):gsub("[\\']", "\\%0") .. "'"
end

-- So that a server that is gone is found out: connecting takes 10 s at most, and what was sent and not
-- acknowledged by its machine breaks the connection after 30.
local SETTINGS = "connect_timeout=10 keepalives_idle=30 keepalives_interval=10 keepalives_count=3 "
  .. "tcp_user_timeout=30000 client_encoding=UTF8 application_name=spreetail"

local function connection_string(options)
  local database = options.database
  if database:find "=" or database:find "^postgres%l*://" then
    return database
  end
  local parts = { SETTINGS, "dbname=" .. quoted(database) }
  for name, value in pairs { host = options.host, port = options.port, user = options.user } do
    parts[#parts + 1] = name .. "=" .. quoted(value)
  end
  return table.concat(parts, " ")
end

-- LuaDBI asks something of a connection before it looks whether there is one, by which the reason gets lost.
local UNCONNECTED = "no connection can be had"

function M.connect(options)
  local password, connection, words
  if options.password_file then
    password, words = password_of(options.password_file)
    if not password then
      return nil, words
    end
  end
  connection = require("DBI").Connect("PostgreSQL", connection_string(options), nil, password)
  if not connection then
    return nil, UNCONNECTED
  end
  connection:autocommit(true)
  return connection
end

--- Makes a connection that was just opened one that waits for locks no longer than it is told to, and that a
-- commit can be relied on: it returns when the server's disk has it, whatever the server does by default.
function M.prepare_session(database)
  local milliseconds = math.floor((database.options.lock_timeout or 5) * 1000)
  return database:query_all {
    "SET client_min_messages = error", -- libpq prints what is said besides
    "SET lock_timeout = " .. milliseconds,
    -- A plan that was made while there was next to nothing would read all of the table when there is much.
    "SET plan_cache_mode = force_custom_plan",
    "SELECT set_config('synchronous_commit', 'on', false) "
      .. "WHERE current_setting('synchronous_commit') = 'off'",
  }
end

-- Each statement sees what was committed before it, whatever the server does by default.
M.own = { begin = "BEGIN ISOLATION LEVEL READ COMMITTED", commit = "COMMIT", rollback = "ROLLBACK" }

-- LuaDBI takes it that there is one always, unless it was told otherwise.
local joined = { commit = "COMMIT AND CHAIN", rollback = "ROLLBACK AND CHAIN" }

--- On the program's connection one may be open: only then a savepoint can be set.
function M.begin_on_theirs(database)
  if database:query "SAVEPOINT spreetail_outbox" then
    return joined
  end
  local begun, err = database:query(M.own.begin)
  return begun and M.own, err
end

-- All is bound as text; a whole number must look like one, and others have a point whatever the locale says.
function M.bound(value)
  if type(value) ~= "number" then
    return value
  elseif value % 1 == 0 and math.abs(value) < 2 ^ 53 then
    return ("%d"):format(value)
  end
  return (("%.17g"):format(value):gsub(",", "."))
end

--- The seconds since the epoch by the server's clock: those of a fleet's machines differ.
M.now = "coalesce(CAST(:clock AS double precision), "
  .. "CAST(extract(epoch FROM statement_timestamp()) AS double precision))"

M.random_name = "substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 1, 24)"
M.id_column = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
M.skip_locked = "FOR UPDATE SKIP LOCKED"
-- Not to_regclass, which remembers that there was none when another process has just made it.
M.schema_exists = "SELECT 1 AS there FROM pg_catalog.pg_class "
  .. "WHERE relname = 'spreetail_outbox_schema' AND pg_catalog.pg_table_is_visible(oid)"
M.lock_schema = "SELECT pg_advisory_xact_lock(7732837281)" -- a number of ours

--- A list of objects in JSON, bound as `name`, as a table of those columns: { name, type }.
function M.rows_of(name, alias, columns)
  local fields = {}
  for i, column in ipairs(columns) do
    fields[i] = column[1] .. " " .. column[2]
  end
  return ("json_to_recordset(CAST(:%s AS json)) AS %s (%s)"):format(name, alias, table.concat(fields, ", "))
end

M.advice = {
  { "^module 'DBI'", "install LuaDBI (Debian: lua-dbi-postgresql)" },
  { "Cannot load driver", "install LuaDBI's driver (Debian: lua-dbi-postgresql)" },
  { UNCONNECTED, "see whether the server runs, and check host, port, database, user and password: psql, "
    .. "told the "
    .. "same, says which it is", retryable = true },
  { "permission denied", "have the database's owner grant it" },
  { "No space left", "make room on the server's disk, then try again", retryable = true },
  { "lock timeout", "another program has kept it for longer than lock_timeout: try again", retryable = true },
  { "connection", "see whether the server runs, and can be reached from here", retryable = true },
  { "shutting down", "try again when it is there again", retryable = true },
  { "starting up", "try again when it is there", retryable = true },
  { "deadlock", "try again", retryable = true },
  { "could not serialize", "try again", retryable = true },
}

return M
