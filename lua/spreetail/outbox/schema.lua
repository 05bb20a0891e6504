--- The tables of the outbox: their versions, and the way from each to the next.

local errors = require "spreetail.error"

local M = {}

-- `due_at`: when a worker may take the row: of a pending one when to try next, of one being sent when its
-- lease ends; none where nobody is to take it. All times are seconds since the epoch by the database's clock.
--
-- The indexes hold no row that is settled but the one for purging, so that what it costs to claim, to look
-- for what failed and to ask whether there is anything left does not grow with what was sent.
local function create(dialect)
  return {
    ([[
      CREATE TABLE spreetail_outbox (
        id %s,
        reference text NOT NULL UNIQUE,
        body text NOT NULL,
        from_clock integer NOT NULL,
        state text NOT NULL
          CHECK (state IN ('pending', 'sending', 'accepted', 'rejected', 'unknown')),
        attempts integer NOT NULL DEFAULT 0,
        doubts integer NOT NULL DEFAULT 0,
        due_at double precision,
        owner text,
        error_kind text,
        error_message text,
        added_at double precision NOT NULL,
        settled_at double precision
      )]]):format(dialect.id_column),
    "CREATE INDEX spreetail_outbox_due ON spreetail_outbox (due_at, id) WHERE due_at IS NOT NULL",
    "CREATE INDEX spreetail_outbox_failed ON spreetail_outbox (id) WHERE state IN ('rejected', 'unknown')",
    "CREATE INDEX spreetail_outbox_settled ON spreetail_outbox (settled_at) WHERE settled_at IS NOT NULL",
  }
end

--- By version: what makes the tables of that version out of those of the one before. A step that was released
-- is never changed: another follows it.
M.steps = { create }

-- The version that is there, 0: none; or nil and an error.
local function version_of(database)
  local rows, err = database:query(database.dialect.schema_exists)
  if not rows then
    return nil, err
  elseif not rows[1] then
    return 0
  end
  rows, err = database:query "SELECT version FROM spreetail_outbox_schema"
  return rows and (rows[1] and rows[1].version or 0), err
end

-- The statements from a version to the newest, the note of it included.
local function way_from(version, dialect)
  local statements = {}
  if version == 0 then
    statements[1] = "CREATE TABLE spreetail_outbox_schema (version integer NOT NULL)"
  end
  for i = version + 1, #M.steps do
    for _, sql in ipairs(M.steps[i](dialect)) do
      table.insert(statements, sql)
    end
  end
  table.insert(statements, "DELETE FROM spreetail_outbox_schema")
  table.insert(statements, "INSERT INTO spreetail_outbox_schema (version) VALUES (" .. #M.steps .. ")")
  return statements
end

-- In a transaction that keeps all others out: another process may be at the same.
local function migrate(database)
  local lock = database.dialect.lock_schema
  local locked, err = true, nil
  if lock then
    locked, err = database:query(lock)
  end
  local version
  if locked then
    version, err = version_of(database)
  end
  if not version then
    return nil, err
  end
  if version < #M.steps then
    return database:query_all(way_from(version, database.dialect))
  end
  return true
end

--- Brings the tables to the version that this code is for. Returns true, or nil and an error: when they are
-- of a later version, too, whose rows this code could spoil.
function M.prepare(database)
  local version, err = version_of(database)
  if version and version < #M.steps then
    version, err = database:transaction(function() return migrate(database) end)
    version = version and #M.steps
  end
  if not version then
    return nil, err
  elseif version > #M.steps then
    return nil, errors.new {
      kind = "database",
      message = ("%s: its tables are of version %d, and this program knows those up to %d: install a newer "
        .. "spreetail"):format(database.name, version, #M.steps),
      retryable = false,
    }
  end
  return true
end

return M
