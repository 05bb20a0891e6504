--- Where the outbox is, as people write it: the path of an SQLite file, or the URL of a PostgreSQL database,
-- postgresql://USER@HOST:PORT/DATABASE. What is left out of it before the database is libpq's to find
-- (PGHOST, PGUSER, ... and its own defaults).

local errors = require "spreetail.error"

local M = {}

local function config_error(message)
  return nil, errors.new { kind = "config", message = message, outcome = "not_sent", retryable = false }
end

local function decoded(text)
  return text ~= "" and text and (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)) or nil
end

-- "host:port", "[::1]:port", either part missing. false: the port is none.
local function host_and_port(text)
  local host, port = text:match "^%[([%x:.]*)%]:?(.*)$"
  if not host then
    host, port = text:match "^([^:]*):?(.*)$"
  end
  if port == "" then
    return decoded(host)
  end
  local number = port:find "^%d+$" and tonumber(port) or 0
  if number < 1 or number > 65535 then
    return false
  end
  return decoded(host), number
end

local function read_url(rest)
  local authority, database = rest:match "^([^/?#]*)/([^/?#]+)$"
  if not authority then
    return config_error("the outbox's URL ends with the name of its database: "
      .. "postgresql://USER@HOST:PORT/DATABASE")
  end
  local user, server = authority:match "^(.*)@([^@]*)$"
  if user and user:find(":", 1, true) then
    -- Others see what stands in arguments, and it must not be repeated here.
    return config_error("the outbox's URL must not hold a password: put it into a file, and name that with "
      .. "outbox_password_file in the config file, or with PGPASSFILE")
  end
  local host, port = host_and_port(server or authority)
  database = decoded(database)
  if host == false then
    return config_error "the outbox's URL: the port behind the host must be a number from 1 to 65535"
  elseif database:find "[=/]" then -- libpq would take it for more than a name
    return config_error "the outbox's URL: the name of the database must not have a '=' or a '/' in it"
  end
  return { host = host, port = port, user = decoded(user or ""), database = database }
end

--- What `spreetail.outbox.open` is to be given for what somebody wrote; or nil and an error of kind `config`.
function M.read(text)
  local scheme, rest = text:match "^(%a[%w+.-]*)://(.*)$"
  if not scheme then
    return { path = text }
  elseif scheme == "postgresql" or scheme == "postgres" then
    return read_url(rest)
  elseif scheme == "sqlite" then
    return config_error "the outbox in an SQLite file is named by the path of the file alone"
  end
  return config_error(("the outbox can't be at a %s:// URL: it is the path of an SQLite file, or "
    .. "postgresql://USER@HOST:PORT/DATABASE"):format(scheme))
end

--- The file that is used when nothing else is said: in $XDG_STATE_HOME, or ~/.local/state. Or nil and an
-- error: there is no home either.
function M.default()
  local directory = os.getenv "XDG_STATE_HOME"
  if not directory or directory:sub(1, 1) ~= "/" then -- a relative one is not valid, says the standard
    local home = os.getenv "HOME"
    if not home or home == "" then
      return config_error("there is no place for the outbox: name it with --database, or set HOME or "
        .. "XDG_STATE_HOME")
    end
    directory = home .. "/.local/state"
  end
  return directory .. "/spreetail/outbox.db"
end

return M
