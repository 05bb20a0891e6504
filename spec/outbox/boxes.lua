-- Outboxes for these specs: empty ones, in each database that there is.
--
-- SQLite always; PostgreSQL where spec/outbox/postgresql runs us.

local DBI = require "DBI"
local outbox = require "spreetail.outbox"
local spreetail = require "spreetail"

local boxes = {}

local opened, paths = {}, {}

local sqlite = { name = "SQLite", driver = "SQLite3" }

-- Where an outbox is that nobody else has.
function sqlite.place()
  local path = os.tmpname()
  os.remove(path)
  table.insert(paths, path)
  return { path = path }
end

--- A connection of the program's own.
function sqlite.connect(place)
  return assert(DBI.Connect("SQLite3", place.path))
end

local postgresql = { name = "PostgreSQL", driver = "PostgreSQL" }

function postgresql.connect()
  return assert(DBI.Connect("PostgreSQL", "options='-c client_min_messages=error'"))
end

function postgresql.place()
  local connection = postgresql.connect()
  connection:autocommit(true)
  for _, name in ipairs { "spreetail_outbox", "spreetail_outbox_schema", "payments" } do
    local statement = assert(connection:prepare("DROP TABLE IF EXISTS " .. name))
    assert(statement:execute())
    statement:close()
  end
  connection:close()
  return { database = os.getenv "PGDATABASE" }
end

--- The databases: { name =, place = }.
boxes.databases = { sqlite, os.getenv "POSTGRESQL_CONTROL" and postgresql or nil }

--- Opens the outbox at a place, with these options besides.
function boxes.open(place, options)
  local all = {}
  for _, set in ipairs { place, options or {} } do
    for name, value in pairs(set) do
      all[name] = value
    end
  end
  local box = spreetail.assert(outbox.open(all))
  table.insert(opened, box)
  return box
end

--- Closes all that was opened, and removes it.
function boxes.clear()
  for _, box in ipairs(opened) do
    box:close()
  end
  for _, path in ipairs(paths) do
    for _, suffix in ipairs { "", "-wal", "-shm" } do
      os.remove(path .. suffix)
    end
  end
  opened, paths = {}, {}
end

return boxes
