--- `spreetail doctor`: looks at all that a call needs, from the configuration to a read, and says what it saw
-- and what to do. What it makes of it is in diagnosis.lua.

local core = require "spreetail.core"
local config = require "spreetail.command.config"
local diagnosis = require "spreetail.command.diagnosis"
local output = require "spreetail.command.output"
local system = require "spreetail.command.system"

local M = {
  name = "doctor",
  summary = "Look for what is wrong, from the configuration to a read.",
  description = "Looks, in this order, at the configuration, the server's name, TCP, TLS, this machine's "
    .. "clock, a login and one read of the stock. Says of each what it saw and, where something is wrong, "
    .. "what to do.\n\n"
    .. "For monitoring: --json prints an object for each check, with its state (ok, remark, failed, "
    .. "skipped), and --quiet only what is not well. Exit status: 0 all is well, remarks allowed; 2 the "
    .. "configuration or the clock of this machine is wrong; 4 the server can't be reached, or lets "
    .. "nobody in.",
}

function M.define(parser)
  parser:option "--timeout"
    :description "Seconds for all of it."
    :argname "SECONDS"
    :default "20"
    :convert(function(text)
      local seconds = tonumber(text)
      if seconds and seconds > 0 and seconds < math.huge then
        return seconds
      end
      return nil, ("--timeout must be a positive number of seconds, not '%s'"):format(text)
    end)
end

--
-- Looking. Each of these adds what it has seen to `seen`.
--

-- Without what a URL may hold of secrets.
local function without_credentials(url)
  return (url:gsub("^(%a[%w+.-]*://).*@", "%1"):gsub("^[^/]*@", ""))
end

local VARIABLES = {
  "SPREETAIL_BASE_URL", "SPREETAIL_CLIENT_ID", "SPREETAIL_CLIENT_SECRET", "SPREETAIL_SECRET_COMMAND",
  "SPREETAIL_CA_FILE",
}

local function is_set(name)
  local value = os.getenv(name)
  return value ~= nil and value ~= ""
end

local function variables_set()
  local set = {}
  for _, name in ipairs(VARIABLES) do
    set[#set + 1] = is_set(name) and name or nil
  end
  return set
end

-- In the order in which the core looks for it.
local function describe_secret(options)
  if options.client_secret_file then
    return "the file " .. options.client_secret_file
  elseif options.client_secret_command then
    return "a command of the config file"
  elseif is_set "SPREETAIL_CLIENT_SECRET" then
    return "SPREETAIL_CLIENT_SECRET"
  elseif is_set "SPREETAIL_SECRET_COMMAND" then
    return "the command of SPREETAIL_SECRET_COMMAND"
  end
end

local function describe_trusted(options, probe)
  local named = { options.ca_file, options.ca_path }
  if not named[1] and not named[2] then
    named = { probe.trusted() }
  end
  return named[1] and named[2] and named[1] .. " and " .. named[2] or named[1] or named[2] or "none"
end

local function see_configuration(seen, session, probe)
  local options, err = session:client_options()
  local client
  if options then
    client, err = session:client()
  end
  seen.options = options
  options = options or {}
  local secret = options.client_secret_file and system.mode(options.client_secret_file)
  local base_url = options.base_url or os.getenv "SPREETAIL_BASE_URL"
  local file = config.path()
  seen.configuration = {
    file = file,
    file_is_there = file and system.mode(file) ~= nil,
    profile = session.arguments.profile or "default",
    variables = variables_set(),
    secret = describe_secret(options),
    readable_secret = secret and secret.others_may_read and options.client_secret_file or nil,
    base_url = base_url and without_credentials(base_url),
    proxy = options.proxy and without_credentials(options.proxy),
    trusted = describe_trusted(options, probe),
    err = not client and err or nil,
  }
end

local function see_server(seen, session, probe)
  if not seen.options then
    return
  end
  local options = { timeout = seen.deadline - core.now() }
  for _, name in ipairs {
    "base_url", "ca_file", "ca_path", "client_cert", "client_key", "proxy", "user_agent", "allow_http",
  } do
    options[name] = seen.options[name]
  end
  local look = probe.look(options) -- what is wrong with them, the client has said
  while look and not look:step(0.1) do
    if session:interrupted() then
      return
    end
  end
  seen.sight = look and look:sight()
end

local LEAST = 0.1 -- seconds for a call whose time is up: it says so itself

-- Makes a call; what it came to.
local function see_call(seen, session, method, options)
  local began = core.now()
  options.retries, options.timeout = 0, math.max(seen.deadline - began, LEAST)
  local data, err = session:call(method, options)
  return { err = not data and err or nil, seconds = core.now() - began }, data
end

local function see_login(seen, session)
  seen.login = see_call(seen, session, "login", {})
end

local function see_read(seen, session)
  local data
  seen.read, data = see_call(seen, session, "inventory", { page_size = 1 })
  seen.read.count = data and tonumber(data.total_count_of_skus)
end

-- The others see nothing that was not seen before.
local looks = { configuration = see_configuration, name = see_server, login = see_login, read = see_read }

--
-- Saying.
--

local COLOURS = { ok = "green", remark = "yellow", failed = "red", skipped = "grey" }

local MARGIN = "\n" .. (" "):rep(23)

-- For people: what was seen, a line each, and below it what to do.
local function describe(out, name, finding)
  local lines = {}
  for i, line in ipairs(type(finding.saw) == "table" and finding.saw or { finding.saw }) do
    lines[i] = output.plain(line)
  end
  lines[#lines + 1] = finding.advice and "-> " .. output.plain(finding.advice)
  local state = out:paint(COLOURS[finding.state], ("%-7s"):format(finding.state))
  return ("%s %-13s  %s"):format(state, name, table.concat(lines, MARGIN))
end

local function object_of(name, finding)
  local object = { check = name }
  for key, value in pairs(finding) do
    object[key] = value
  end
  object.saw = type(finding.saw) == "table" and table.concat(finding.saw, "; ") or finding.saw
  return object
end

local function report(session, name, finding)
  if session.arguments.quiet and (finding.state == "ok" or finding.state == "skipped") then
    return
  elseif session.arguments.json then
    session.out:object(object_of(name, finding))
  else
    session.out:say(describe(session.out, name, finding))
  end
end

-- What a module calls its version, or nil.
local function version_of(name, field)
  local found, module = pcall(require, name)
  return found and type(module) == "table" and module[field] or nil
end

local function versions(probe)
  local found = probe.versions()
  return {
    { "spreetail", found.spreetail },
    { "lua", rawget(_G, "jit") and rawget(_G, "jit").version or _VERSION },
    { "libcurl", found.libcurl },
    { "libcurl_tls", found.libcurl_tls },
    { "openssl", found.openssl },
    { "jansson", found.jansson },
    { "lua_cjson", version_of("cjson", "_VERSION") },
    { "argparse", version_of("argparse", "version") },
    { "luadbi", version_of("DBI", "_VERSION") },
  }
end

local function versions_finding(probe)
  local words, finding = {}, { state = "ok" }
  for _, version in ipairs(versions(probe)) do
    local name, number = version[1], version[2]
    words[#words + 1] = number and (number:find "^%a" and number or name .. " " .. number) or nil
    finding[name] = number
  end
  finding.saw = table.concat(words, ", ")
  return finding
end

function M.run(arguments, session)
  local probe = require "spreetail.command.probe"
  local seen = { now = os.time(), deadline = core.now() + arguments.timeout }
  local findings = {}
  for _, check in ipairs(diagnosis.checks) do
    local finding = diagnosis.left_out(check, findings)
    if not finding then
      if looks[check.name] then
        looks[check.name](seen, session, probe)
      end
      if session:interrupted() then
        break
      end
      finding = check.judge(seen)
    end
    findings[check.name] = finding
    report(session, check.name, finding)
  end
  report(session, "versions", versions_finding(probe))
  return diagnosis.status(findings)
end

return M
