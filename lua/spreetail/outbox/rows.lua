--- The rows of the outbox: each function is one statement.

local json = require "spreetail.json"

local Rows = {}
Rows.__index = Rows

local M = {}

-- Read as text where it may be more than 32 bits hold.
local ROW = "CAST(id AS text) AS id, reference, body, from_clock, state, attempts, doubts, due_at, owner, "
  .. "error_kind, error_message, added_at, settled_at"

local FAILED = "state IN ('rejected', 'unknown')" -- as the index says it

local INSERT = [[
  INSERT INTO spreetail_outbox (reference, body, from_clock, state, due_at, added_at)
  SELECT reference, body, from_clock, 'pending', :now, :now FROM %s WHERE true
  ON CONFLICT (reference) DO NOTHING
  RETURNING reference]]

local FIND = "SELECT " .. ROW .. " FROM spreetail_outbox WHERE reference = :reference"

local REPLACE = [[
  UPDATE spreetail_outbox SET body = :body, from_clock = CAST(:from_clock AS integer), state = 'pending',
    attempts = 0, doubts = 0, due_at = :now, owner = NULL, error_kind = NULL, error_message = NULL,
    added_at = :now, settled_at = NULL
  WHERE reference = :reference AND state = 'rejected'
  RETURNING reference]]

-- A row that is taken from a worker whose lease has ended may have been sent: that is one doubt more.
local CLAIM = [[
  WITH due AS (
    SELECT id AS due_id FROM spreetail_outbox WHERE due_at <= :now
    ORDER BY due_at, id LIMIT CAST(:count AS integer) %s
  )
  UPDATE spreetail_outbox SET state = 'sending', owner = :owner, attempts = attempts + 1,
    doubts = doubts + CASE WHEN state = 'sending' THEN 1 ELSE 0 END,
    due_at = :now + CAST(:lease AS double precision)
  FROM due WHERE id = due_id
  RETURNING CAST(id AS text) AS id, reference, body, from_clock, attempts, doubts]]

local NEXT_DUE = "SELECT min(due_at) - :now AS seconds FROM spreetail_outbox WHERE due_at IS NOT NULL"

-- Whose lease has ended is not overwritten: another may have the row, or this worker may have it for another
-- time. The owner stays: when the connection breaks before a commit is heard of, the same is recorded once
-- more, and is to find what it has written.
local RECORD = [[
  UPDATE spreetail_outbox SET state = to_state, due_at = :now + pause,
    attempts = attempts - untried, doubts = doubts + CASE WHEN state = 'sending' THEN doubt ELSE 0 END,
    error_kind = kind, error_message = message,
    settled_at = CASE WHEN to_state IN ('accepted', 'rejected') THEN :now END
  FROM %s
  WHERE id = row_id AND owner = :owner AND attempts = attempt
  RETURNING reference]]

local RENEW = [[
  UPDATE spreetail_outbox SET due_at = :now + CAST(:lease AS double precision)
  FROM %s WHERE id = row_id AND owner = :owner AND attempts = attempt
  RETURNING reference]]

-- What was in doubt stays so, and may be tried as often again.
local RETRY = [[
  UPDATE spreetail_outbox SET state = 'pending', owner = NULL, due_at = :now, settled_at = NULL,
    doubts = CASE WHEN doubts > 0 THEN 1 ELSE 0 END
  WHERE id IN (SELECT id FROM spreetail_outbox WHERE %s AND state = :state LIMIT 1000)
  RETURNING reference]]

local RETRY_NAMED = [[
  UPDATE spreetail_outbox SET state = 'pending', owner = NULL, due_at = :now, settled_at = NULL,
    doubts = CASE WHEN doubts > 0 THEN 1 ELSE 0 END
  FROM %s WHERE reference = name AND state IN ('pending', 'rejected', 'unknown')
  RETURNING reference]]

local PAGE = "SELECT " .. ROW
  .. " FROM spreetail_outbox WHERE %s id > CAST(:after AS bigint) ORDER BY spreetail_outbox.id LIMIT 100"

local PURGE = [[
  DELETE FROM spreetail_outbox WHERE id IN (
    SELECT id FROM spreetail_outbox WHERE settled_at <= :now - CAST(:age AS double precision) LIMIT 1000
  )
  RETURNING reference]]

-- One statement, so that no row is counted twice when it changes meanwhile.
local COUNT = [[
  SELECT state, CAST(count(*) AS text) AS count, CAST(:now - min(added_at) AS double precision) AS age
    FROM spreetail_outbox WHERE due_at IS NOT NULL GROUP BY state
  UNION ALL SELECT state, CAST(count(*) AS text), CAST(NULL AS double precision)
    FROM spreetail_outbox WHERE ]] .. FAILED .. [[ GROUP BY state
  UNION ALL SELECT 'settled', CAST(count(*) AS text), CAST(NULL AS double precision)
    FROM spreetail_outbox WHERE settled_at IS NOT NULL]]

-- The statements of a dialect.
local function statements(dialect)
  local rows_of = dialect.rows_of
  local held = { { "row_id", "bigint" }, { "attempt", "integer" } }
  return {
    insert = INSERT:format(rows_of("orders", "given",
      { { "reference", "text" }, { "body", "text" }, { "from_clock", "integer" } })),
    claim = CLAIM:format(dialect.skip_locked),
    record = RECORD:format(rows_of("results", "ended", {
      held[1], held[2], { "to_state", "text" }, { "untried", "integer" }, { "doubt", "integer" },
      { "pause", "double precision" }, { "kind", "text" }, { "message", "text" },
    })),
    renew = RENEW:format(rows_of("held", "held", held)),
    retry_named = RETRY_NAMED:format(rows_of("names", "named", { { "name", "text" } })),
    random_name = "SELECT " .. dialect.random_name .. " AS name",
  }
end

--- Of a database whose tables are there.
function M.new(database)
  return setmetatable({ database = database, sql = statements(database.dialect) }, Rows)
end

-- The references of the rows that a statement has returned, as a set.
local function references(rows, err)
  if not rows then
    return nil, err
  end
  local set = {}
  for _, row in ipairs(rows) do
    set[row.reference] = true
  end
  return set
end

-- How many rows a statement has returned.
local function count_of(rows, err)
  if not rows then
    return nil, err
  end
  return #rows
end

-- What may be more than 32 bits hold comes as text.
local function numbered(rows, err)
  for _, row in ipairs(rows or {}) do
    row.id = tonumber(row.id)
    row.from_clock = row.from_clock == 1
  end
  return rows, err
end

--- A new random name.
function Rows:random_name()
  local rows, err = self.database:query(self.sql.random_name)
  return rows and rows[1].name, err
end

--- Adds orders, a list of { reference, body, from_clock = 0 or 1 }, whose references are not there yet.
-- Returns the set of those that were added.
function Rows:insert(orders)
  return references(self.database:query(self.sql.insert, { orders = json.encode(json.array(orders)) }))
end

--- The row of a reference; false: there is none.
function Rows:find(reference)
  local rows, err = numbered(self.database:query(FIND, { reference = reference }))
  return rows and (rows[1] or false), err
end

--- Puts another order in the place of one that was rejected. Returns a set of one reference; of none, if it
-- is not rejected any more.
function Rows:replace(order)
  return references(self.database:query(REPLACE, order))
end

--- Takes at most `count` rows that are due, for `lease` seconds. Returns them.
function Rows:claim(owner, count, lease)
  return numbered(self.database:query(self.sql.claim, { owner = owner, count = count, lease = lease }))
end

--- Seconds until the next row is due, at most 0 if one is; false: nobody is to take any.
function Rows:next_due()
  local rows, err = self.database:query(NEXT_DUE)
  return rows and (rows[1] and rows[1].seconds or false), err
end

--- Records what became of rows, a list of { row_id, attempt, to_state, untried, doubt, pause, kind, message
-- }: of those that the owner still has. Returns the set of their references.
function Rows:record(owner, results)
  return references(self.database:query(self.sql.record,
    { owner = owner, results = json.encode(json.array(results)) }))
end

--- Makes leases last `lease` seconds from now: of a list of { row_id, attempt }. Returns the set of the
-- references that the owner still has.
function Rows:renew(owner, held, lease)
  return references(self.database:query(self.sql.renew,
    { owner = owner, held = json.encode(json.array(held)), lease = lease }))
end

--- Makes rejected or unknown rows pending: at most a thousand of a state. Returns how many.
function Rows:retry(state)
  return count_of(self.database:query(RETRY:format(FAILED), { state = state }))
end

--- The same for named rows, whichever of the states they are in, and has pending ones tried at once.
function Rows:retry_named(names)
  local list = {}
  for i, name in ipairs(names) do
    list[i] = { name = name }
  end
  return count_of(self.database:query(self.sql.retry_named, { names = json.encode(json.array(list)) }))
end

-- The part of a condition that lets an index be used.
local CONDITIONS = {
  pending = "due_at IS NOT NULL AND state = :state AND",
  sending = "due_at IS NOT NULL AND state = :state AND",
  rejected = FAILED .. " AND state = :state AND",
  unknown = FAILED .. " AND state = :state AND",
  accepted = "state = :state AND",
}

--- At most a hundred rows behind that of an id, in the order of their ids; of one state or (nil) of all.
function Rows:page(after, state)
  local sql = PAGE:format(state and CONDITIONS[state] or "")
  return numbered(self.database:query(sql, { after = ("%d"):format(after), state = state }))
end

--- Removes at most a thousand rows that were settled `age` seconds ago or longer. Returns how many.
function Rows:purge(age)
  return count_of(self.database:query(PURGE, { age = age }))
end

--- How many rows there are by state, and the seconds since the oldest pending one was added.
function Rows:count()
  local rows, err = self.database:query(COUNT)
  if not rows then
    return nil, err
  end
  local counts = { pending = 0, sending = 0, accepted = 0, rejected = 0, unknown = 0 }
  local settled
  for _, row in ipairs(rows) do
    if row.state == "settled" then
      settled = tonumber(row.count)
    else
      counts[row.state] = tonumber(row.count)
    end
    if row.state == "pending" then
      counts.oldest_pending_seconds = row.age
    end
  end
  counts.accepted = settled - counts.rejected
  return counts
end

return M
