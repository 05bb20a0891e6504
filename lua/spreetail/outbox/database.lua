--- A database that can be relied on, through LuaDBI: failures are values, a transaction is whole or nothing,
-- and a connection that broke is replaced.
--
-- What LuaDBI leaves to us. A statement that failed says so once more when it is used again, so it is thrown
-- away. Errors are returned at times and raised at others. `connection:commit()` keeps quiet about a COMMIT
-- that failed, so we say it ourselves. Whole numbers come back as 32 bits, so what may be larger is read as
-- text, and what is bound is written by us. Texts end at a NUL: ours hold none.

local errors = require "spreetail.error"
local interrupt = require "spreetail.interrupt"

local unpack = unpack or table.unpack

local Database = {}
Database.__index = Database

local M = {}

--- Of a `dialect` (sqlite.lua, postgresql.lua). `options` are those of `outbox.open`: where to connect, or
-- the program's own `connection`, which is never replaced nor closed. `clock`, for tests, stands for the
-- database's own.
function M.new(dialect, options)
  return setmetatable({
    dialect = dialect,
    options = options,
    name = dialect.describe(options),
    connection = options.connection, -- nil: none now
    is_theirs = options.connection ~= nil,
    statements = {}, -- by their text
    texts = {}, -- of statements: as the driver wants them, and the names of what is bound
    in_transaction = false, -- or may be: an interrupt may have struck when it was to end
    clock = options.clock or function() end,
  }, Database)
end

local PREFIXES = {
  "^Failed to connect to database: ", "^Execute failed ", "^Fetch failed ", "^Error %l+ statement %l+: ",
  "^ERROR: +", "^FATAL: +",
}

--- The driver's words as an error of ours. Of what PostgreSQL says the first line: others may quote values.
function Database:failure(words)
  local text = tostring(words)
  for _, prefix in ipairs(PREFIXES) do
    text = text:gsub(prefix, "")
  end
  text = text:match "^%s*([^\n]*)"
  local advice, retryable = "", false
  for _, known in ipairs(self.dialect.advice) do
    if text:find(known[1]) then
      advice, retryable = ": " .. known[2], known.retryable or false
      break
    end
  end
  return errors.new {
    kind = "database",
    message = ("%s: %s%s"):format(self.name, text, advice),
    retryable = retryable,
  }
end

-- Statements are let go before their connection, which they point to.
local function forget_statements(self)
  for _, statement in pairs(self.statements) do
    pcall(statement.close, statement)
  end
  self.statements = {}
end

local function disconnect(self)
  forget_statements(self)
  if self.connection and not self.is_theirs then
    pcall(self.connection.close, self.connection)
    self.connection = nil
  end
end

-- After a failure: a connection that can't be used any more is given up.
local function check_connection(self)
  local ok, alive = pcall(self.connection.ping, self.connection)
  if not (ok and alive) then
    disconnect(self)
  end
end

--- Connects unless that is done, or a transaction went with the connection. Returns true, or nil and an
-- error.
function Database:connect()
  if self.connection then
    return true
  elseif self.in_transaction then
    return nil, self:failure("the connection was lost")
  end
  local ok, connection, words = pcall(self.dialect.connect, self.options)
  if not ok and interrupt.is(connection) then
    error(connection, 0)
  elseif not ok or not connection then
    return nil, self:failure(words or connection)
  end
  self.connection = connection
  local ready, err = self.dialect.prepare_session(self)
  if not ready then
    disconnect(self)
    return nil, err
  end
  return true
end

-- A text with `:names` of what is bound, as LuaDBI takes it, and the names in their order.
local function translate(self, sql)
  local names = {}
  local text = sql:gsub(":now", self.dialect.now):gsub(":(%l[%l_]*)", function(name)
    names[#names + 1] = name
    return "?"
  end)
  self.texts[sql] = { text = text, names = names }
  return self.texts[sql]
end

-- Raises the driver's words.
local function run(self, sql, values)
  local entry = self.texts[sql] or translate(self, sql)
  local statement = self.statements[sql]
  if not statement then
    local words
    statement, words = self.connection:prepare(entry.text)
    if not statement then
      error(words, 0)
    end
    self.statements[sql] = statement
  end
  local bound, count = {}, #entry.names
  for i, name in ipairs(entry.names) do
    bound[i] = self.dialect.bound(values[name])
  end
  local ok, words = statement:execute(unpack(bound, 1, count))
  if not ok then
    error(words, 0)
  end
  local rows = {}
  for row in statement:rows(true) do
    rows[#rows + 1] = row
  end
  return rows
end

--- Runs one statement. `values` by the names in it (`:clock` is filled in); returns its rows, a list of
-- tables, or nil and an error.
function Database:query(sql, values)
  local connected, err = self:connect()
  if not connected then
    return nil, err
  end
  values = values or {}
  values.clock = self.clock()
  local ok, rows = pcall(run, self, sql, values)
  if ok then
    return rows
  end
  local statement = self.statements[sql]
  if statement then
    self.statements[sql] = nil
    pcall(statement.close, statement)
  end
  if interrupt.is(rows) then
    error(rows, 0)
  end
  check_connection(self)
  return nil, self:failure(rows)
end

--- Runs statements to which nothing is bound, up to one that fails. Returns true, or nil and an error.
function Database:query_all(statements)
  for _, sql in ipairs(statements) do
    local done, err = self:query(sql)
    if not done then
      return nil, err
    end
  end
  return true
end

-- Begins a transaction, or goes on with one that is open on the program's connection, as LuaDBI leaves it
-- unless told otherwise. Returns how to end it.
local function begin(self)
  if self.in_transaction and not self.is_theirs then
    self:query(self.dialect.own.rollback)
  end
  self.in_transaction = true
  if self.is_theirs then
    return self.dialect.begin_on_theirs(self)
  end
  local begun, err = self:query(self.dialect.own.begin)
  return begun and self.dialect.own, err
end

local function work_and_commit(self, work, commit)
  local value, why = work()
  if value ~= nil then
    local committed, err = self:query(commit)
    if not committed then
      return nil, err
    end
  end
  return value, why
end

--- Calls `work`, which returns a value, or nil and an error, in a transaction: committed if it returns a
-- value, else as if nothing had happened. Returns what `work` does. On the program's connection, what it has
-- open there goes with it.
function Database:transaction(work)
  local connected, err = self:connect()
  if not connected then
    return nil, err
  end
  local how
  how, err = begin(self)
  if not how then
    self.in_transaction = false
    return nil, err
  end
  local ok, value, why = pcall(work_and_commit, self, work, how.commit)
  if self.connection and not (ok and value ~= nil) then
    self:query(how.rollback)
  end
  self.in_transaction = false
  if not ok then
    error(value, 0)
  end
  return value, why
end

--- The same, once more if the connection turned out to have broken: for work that may be done twice.
function Database:attempt(work)
  local value, err = self:transaction(work)
  if value == nil and not self.connection and not self.is_theirs then
    value, err = self:transaction(work)
  end
  return value, err
end

--- Lets go of everything; the program's connection stays open.
function Database:close()
  disconnect(self)
end

return M
