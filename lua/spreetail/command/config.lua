--- The config file: profiles, and in each what is not secret and where the secret is.
--
--     [default]
--     client_id = 0f8d...
--     client_secret_command = pass show spreetail
--
--     [test]
--     base_url = https://127.0.0.1:8443/api/api/v1
--     client_id = sandbox
--     client_secret_file = ~/.config/spreetail/test-secret
--
-- A line that begins with # or ; is a remark. Values are taken as they stand, to the end of their line.

local errors = require "spreetail.error"
local rules = require("spreetail.options").client
local spelling = require "spreetail.spelling"

local M = {}

local function number(text)
  local value = tonumber(text)
  if value then
    return value
  end
  return nil, "must be a number"
end

local function flag(text)
  if text == "true" or text == "yes" then
    return true
  elseif text == "false" or text == "no" then
    return false
  end
  return nil, "must be true or false"
end

local function text(value)
  return value
end

-- ~/ is the home directory; what is relative begins where the config file is.
local function path(value, directory)
  if value:sub(1, 2) == "~/" then
    return (os.getenv "HOME" or "~") .. value:sub(2)
  elseif value:sub(1, 1) == "/" then
    return value
  end
  return directory .. "/" .. value
end

-- A URL, or a path.
local function path_or_url(value, directory)
  return value:find "^%a[%w+.-]*://" and value or path(value, directory)
end

--- The keys that a profile may have for the client: its options, and how each is read.
M.keys = {
  --- the API, if it isn't the vendor's
  base_url = text,
  --- who we are
  client_id = text,
  --- a file that holds the secret
  client_secret_file = path,
  --- a command that prints the secret
  client_secret_command = text,
  --- seconds
  timeout = number, attempt_timeout = number, connect_timeout = number, refresh_margin = number,
  --- whole numbers
  retries = number, max_connections = number, max_in_flight = number, max_response = number,
  --- certificates
  ca_file = path, ca_path = path, client_cert = path, client_key = path,
  --- a URL, or "environment"
  proxy = text,
  --- put before our own
  user_agent = text,
  --- true: http:// to this machine is permitted
  allow_http = flag,
}

--- Those that it may have for the outbox.
M.outbox_keys = {
  --- an SQLite file, or postgresql://USER@HOST:PORT/DATABASE
  outbox = path_or_url,
  --- a file that holds the password of that user
  outbox_password_file = path,
}

local KEYS = {}
for _, keys in ipairs { M.keys, M.outbox_keys } do
  for name, reader in pairs(keys) do
    KEYS[name] = reader
  end
end

local SECRET = "a secret does not belong into this file: name where it is, with client_secret_file or "
  .. "client_secret_command"
local PASSWORD = "a password does not belong into this file: name where it is, with outbox_password_file"

local function config_error(message)
  return errors.new { kind = "config", message = message, retryable = false }
end

local function list(names)
  local sorted = {}
  for name in pairs(names) do
    sorted[#sorted + 1] = name
  end
  table.sort(sorted)
  return table.concat(sorted, ", ")
end

-- What is wrong with a key, or nil.
local function wrong_key(key)
  if key == "client_secret" then
    return SECRET
  elseif key == "outbox_password" then
    return PASSWORD
  elseif KEYS[key] then
    return nil
  end
  local meant = spelling.nearest(key, KEYS)
  return ("unknown key '%s'%s"):format(key, meant and (" (did you mean '%s'?)"):format(meant)
    or "; there are " .. list(KEYS))
end

-- Takes one line into `profiles`. Returns the profile that the next belongs to, or nil and what is wrong.
local function read_line(profiles, current, line, directory)
  local content = line:match "^%s*(.-)%s*$"
  if content == "" or content:find "^[#;]" then
    return current
  end
  local name = content:match "^%[%s*([^%[%]]-)%s*%]$"
  if name then
    if name == "" or profiles[name] then
      return nil, name == "" and "a profile needs a name" or ("a second profile [%s]"):format(name)
    end
    profiles[name] = {}
    return name
  end
  local key, value = content:match "^([%w_]+)%s*=%s*(.*)$"
  local wrong
  if not key then
    wrong = "neither '[profile]' nor 'key = value'"
  elseif not current then
    wrong = ("'%s' stands before any profile: begin with [default]"):format(key)
  else
    wrong = wrong_key(key) or (profiles[current][key] ~= nil and ("'%s' for a second time"):format(key))
  end
  if wrong then
    return nil, wrong
  end
  local converted, why = KEYS[key](value, directory)
  if converted == nil then
    return nil, ("'%s' %s"):format(key, why)
  end
  local rule = rules[key]
  if rule and not rule[1](converted) then
    return nil, ("'%s' must be %s, not '%s'"):format(key, rule[2], value)
  end
  profiles[current][key] = converted
  return current
end

--- The profiles in the text of a config file: tables of client options, by name. Or nil and an error that
-- names file and line. `name`: the file's path.
function M.parse(content, name)
  local profiles, current = {}, nil
  local directory = name:match "^(.*)/[^/]*$" or "."
  local count = 0
  for line in (content .. "\n"):gmatch "(.-)\r?\n" do
    count = count + 1
    local profile, why = read_line(profiles, current, line, directory)
    current = profile
    if why then
      return nil, config_error(("%s:%d: %s"):format(name, count, why))
    end
  end
  return profiles
end

--- Where the config file is: in $XDG_CONFIG_HOME, or ~/.config. nil: there is no home either.
function M.path()
  local directory = os.getenv "XDG_CONFIG_HOME"
  if not directory or directory:sub(1, 1) ~= "/" then -- a relative one is not valid, says the standard
    local home = os.getenv "HOME"
    directory = home and home ~= "" and home .. "/.config"
  end
  return directory and directory .. "/spreetail/config.ini"
end

-- Who can write the file says which command we run, and where we send the secret.
local function check_owner(name, system)
  local file = system.mode(name)
  if not file then
    return true -- to open it will say more
  elseif file.owner ~= 0 and file.owner ~= system.user() then
    return nil, config_error(("%s belongs to another user, who could have us run any command: make it yours")
      :format(name))
  elseif file.others_may_write then
    local message = "%s may be written by others, who could have us run any command: chmod go-w '%s'"
    return nil, config_error(message:format(name, name))
  end
  return true
end

local ENOENT = 2

-- The profiles, none when there is no file; or nil and an error.
local function read_profiles(name, system)
  local file, why, number_of_error = io.open(name, "r")
  if not file then
    if number_of_error == ENOENT then
      return {}
    end
    return nil, config_error("the config file can't be read: " .. why)
  end
  local content, read_why = file:read "*a"
  file:close()
  if not content then
    return nil, config_error(("the config file %s can't be read: %s"):format(name, read_why))
  end
  local trusted, err = check_owner(name, system)
  if not trusted then
    return nil, err
  end
  return M.parse(content, name)
end

--- What a profile in the config file has; nil: [default], which need not be there. Or nil and
-- an error. `system`: spreetail.command.system.
function M.read(profile, system)
  local name = M.path()
  local profiles, err = {}, nil
  if name then
    profiles, err = read_profiles(name, system)
  end
  if not profiles then
    return nil, err
  end
  local found = profiles[profile or "default"]
  if found or not profile then
    return found or {}
  end
  local known = next(profiles) and ", only: " .. list(profiles) or ""
  local message = "there is no profile '%s' in %s%s"
  return nil, config_error(message:format(profile, name or "any config file", known))
end

-- Variables of the environment, and the keys that each of them goes before. The core reads those that are
-- marked itself, since no option is given.
local VARIABLES = {
  { "SPREETAIL_BASE_URL", "base_url", by_core = true },
  { "SPREETAIL_CLIENT_ID", "client_id", by_core = true },
  { "SPREETAIL_CLIENT_SECRET", "client_secret_file", "client_secret_command", by_core = true },
  { "SPREETAIL_SECRET_COMMAND", "client_secret_file", "client_secret_command", by_core = true },
  { "SPREETAIL_CA_FILE", "ca_file" },
}

--- What a client is to be made with, out of what a profile has: what the environment says goes before. Also
-- returns the names of variables that went before something in the profile.
function M.with_environment(options)
  local result, overruling = {}, {}
  for key in pairs(M.keys) do
    result[key] = options[key]
  end
  for _, variable in ipairs(VARIABLES) do
    local value = os.getenv(variable[1])
    for i = 2, value and value ~= "" and #variable or 0 do
      if options[variable[i]] ~= nil and overruling[#overruling] ~= variable[1] then
        table.insert(overruling, variable[1])
      end
      result[variable[i]] = not variable.by_core and value or nil
    end
  end
  return result, overruling
end

return M
