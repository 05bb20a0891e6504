--- What `spreetail doctor` makes of what it has seen: pure, apart from the looking (doctor.lua).
--
-- A check is a table with
--   name   what it is about, as --json has it
--   needs  checks that must not have failed, for else there is nothing to see
--   judge  function(seen): its finding
-- and a finding one with
--   state   "ok"; "remark": it works, and something should be done; "failed"; "skipped"
--   saw     what was seen: a line, or a list of them
--   advice  what to do, where something is to be done
-- and what monitoring may want as numbers and words of their own: seconds, addresses, days_left and so on.

local advice = require "spreetail.command.advice"
local exit = require "spreetail.command.exit"

local M = {}

local DAY = 86400

--- Days before its end from which a certificate is remarked on.
M.FEW_DAYS = 14
--- Seconds between our clock and the server's from which that is remarked on, and from which it is a failure:
-- a token lives for a day, and certificates are renewed by the day.
M.CLOCK_REMARK, M.CLOCK_FAILURE = 60, DAY

local function duration(seconds)
  seconds = seconds or 0
  return seconds < 1 and ("%.3g ms"):format(seconds * 1000) or ("%.1f s"):format(seconds)
end

local function date(time)
  return os.date("!%Y-%m-%d", time)
end

local function failed(saw, todo, more)
  local finding = more or {}
  finding.state, finding.saw, finding.advice = "failed", saw, todo
  return finding
end

local function skipped(why)
  return { state = "skipped", saw = why }
end

-- `because`: the check that failed.
local function left_out_because(name)
  return { state = "skipped", saw = "left out, since " .. name .. " failed", because = name }
end

-- "a, b and c"
local function list(words)
  if #words < 2 then
    return words[1] or ""
  end
  return table.concat(words, ", ", 1, #words - 1) .. " and " .. words[#words]
end

--
-- Configuration.
--

local function describe_file(configuration)
  if not configuration.file then
    return "no config file (there is no home directory)"
  elseif not configuration.file_is_there then
    return "no config file (" .. configuration.file .. " is not there)"
  end
  return ("%s, profile [%s]"):format(configuration.file, configuration.profile)
end

-- In the order in which they are read.
local function describe_sources(configuration)
  local lines = { describe_file(configuration) }
  if #configuration.variables > 0 then
    lines[#lines + 1] = "environment: " .. list(configuration.variables)
  end
  lines[#lines + 1] = configuration.secret and "the secret: from " .. configuration.secret or nil
  lines[#lines + 1] = configuration.base_url and "base_url: " .. configuration.base_url or nil
  lines[#lines + 1] = configuration.proxy and "proxy: " .. configuration.proxy or nil
  return lines
end

local function judge_configuration(seen)
  local configuration = seen.configuration
  local finding = {
    state = "ok",
    saw = describe_sources(configuration),
    file = configuration.file_is_there and configuration.file or nil,
    profile = configuration.profile,
    variables = #configuration.variables > 0 and configuration.variables or nil,
    secret = configuration.secret,
    base_url = configuration.base_url,
  }
  if configuration.err then
    return failed(finding.saw, advice.message(configuration.err), finding)
  elseif configuration.readable_secret then
    finding.state = "remark"
    finding.advice = ("others on this machine may read '%s': chmod go-r '%s', unless that is how secrets are "
      .. "handed to a container"):format(configuration.readable_secret, configuration.readable_secret)
  end
  return finding
end

--
-- The way to the server.
--

-- What failed at this part of the way, or nil.
local function failure_at(sight, part, saw, more)
  if sight.failed == part then
    return failed(saw, sight.message, more)
  end
end

local function judge_name(seen)
  local sight = seen.sight
  if not sight then
    return left_out_because "configuration" -- which doesn't say where to look
  end
  local whose = seen.configuration.proxy and "the proxy" or sight.host
  return failure_at(sight, "name", whose .. " has no address", { host = sight.host }) or {
    state = "ok",
    saw = ("%s: %s (%s)"):format(whose, list(sight.addresses), duration(sight.name_seconds)),
    host = sight.host,
    addresses = sight.addresses,
    seconds = sight.name_seconds,
  }
end

local function judge_tcp(seen)
  local sight = seen.sight
  return failure_at(sight, "tcp", "no connection", { host = sight.host }) or {
    state = "ok",
    saw = ("%s port %d (%s)"):format(sight.peer, sight.port, duration(sight.tcp_seconds)),
    address = sight.peer,
    port = sight.port,
    seconds = sight.tcp_seconds,
  }
end

-- Days until then; whole ones, rounded down.
local function days_until(time, now)
  return math.floor((time - now) / DAY)
end

-- Seconds as people say them.
local function describe_span(seconds)
  if seconds < 120 then
    return ("%d s"):format(seconds)
  elseif seconds < 2 * 3600 then
    return ("%d min"):format(seconds / 60)
  elseif seconds < 2 * DAY then
    return ("%.1f hours"):format(seconds / 3600)
  end
  return ("%.1f days"):format(seconds / DAY)
end

local function describe_end(certificate, now)
  local days = days_until(certificate.not_after, now)
  return days < 0 and ("expired %s ago"):format(describe_span(now - certificate.not_after))
    or ("%d day%s left"):format(days, days == 1 and "" or "s")
end

-- Whose it is, for whom, by whom, and from when until when.
local function describe_certificate(certificate, now)
  local from = certificate.not_before and certificate.not_before > now and date(certificate.not_before)
  return ("%s%s, by %s, %suntil %s (%s)"):format(
    certificate.subject or "somebody without a name",
    certificate.names and " (" .. certificate.names .. ")" or "",
    certificate.issuer or "somebody without a name",
    from and "from " .. from .. " " or "",
    date(certificate.not_after),
    describe_end(certificate, now))
end

local function describe_tls(seen)
  local sight, lines = seen.sight, {}
  if sight.tls_version then
    local took = sight.tls_seconds and " (" .. duration(sight.tls_seconds) .. ")" or ""
    lines[1] = sight.tls_version .. took
  end
  if sight.certificate then
    lines[#lines + 1] = "certificate of " .. describe_certificate(sight.certificate, seen.now)
  elseif sight.other_tls then
    lines[#lines + 1] = "the certificate can't be shown: libcurl here has another TLS library than spreetail"
  end
  if sight.culprit then
    lines[#lines + 1] = "refused because of that of " .. describe_certificate(sight.culprit, seen.now)
  end
  lines[#lines + 1] = "CAs that are trusted: " .. seen.configuration.trusted
  return lines
end

local function judge_tls(seen)
  local sight, certificate = seen.sight, seen.sight.certificate
  if sight.plain then
    return skipped "none: base_url is an http:// address of this machine"
  end
  local days = certificate and days_until(certificate.not_after, seen.now)
  local finding = {
    state = "ok",
    saw = describe_tls(seen),
    version = sight.tls_version,
    subject = certificate and certificate.subject,
    issuer = certificate and certificate.issuer,
    not_after = certificate and os.date("!%Y-%m-%dT%H:%M:%SZ", certificate.not_after),
    days_left = days,
    seconds = sight.tls_seconds,
  }
  if sight.failed == "tls" then
    return failed(finding.saw, sight.message, finding)
  end
  if days and days < M.FEW_DAYS then
    finding.state = "remark"
    finding.advice = "the server's owner has to renew its certificate; all calls will fail from that day on"
  end
  return finding
end

local SET_CLOCK = "set this machine's clock, and have it kept (timedatectl set-ntp true): "

-- The server tells whole seconds.
local function judge_clock(seen)
  local sight = seen.sight
  if sight.failed == "answer" then
    return skipped("the server's time is not known: " .. sight.message)
  elseif not sight.server_time then
    return skipped "the server's time is not known: its answer has no Date"
  end
  local ahead = math.floor(sight.our_time - sight.server_time)
  local span = math.abs(ahead)
  local saw = span <= 1 and "as the server's" or
    ("%s %s the server's"):format(describe_span(span), ahead > 0 and "ahead of" or "behind")
  local finding = { state = "ok", saw = saw, ahead_seconds = ahead }
  if span >= M.CLOCK_FAILURE then
    return failed(saw, SET_CLOCK .. "certificates are judged by it, and shared tokens seem dead, or alive "
      .. "when they are not", finding)
  elseif span > M.CLOCK_REMARK then
    finding.state = "remark"
    finding.advice = SET_CLOCK .. "orders without a ReceivedDate get theirs from it"
  end
  return finding
end

--
-- Calls. Each is a table: `err`, or how many `seconds` it took.
--

local function judge_call(call, missing, saw)
  if call.err then
    return failed(missing, advice.message(call.err), {
      kind = call.err.kind, status = call.err.status, seconds = call.seconds,
    })
  end
  return { state = "ok", saw = ("%s (%s)"):format(saw, duration(call.seconds)), seconds = call.seconds }
end

local function judge_login(seen)
  return judge_call(seen.login, "no login", "a token was issued")
end

local function judge_read(seen)
  local count = seen.read.count
  return judge_call(seen.read, "the stock could not be read",
    count and ("a page of the stock, which has %d SKUs"):format(count) or "a page of the stock")
end

--
-- All of them.
--

--- The checks, in order.
M.checks = {
  { name = "configuration", needs = {}, judge = judge_configuration },
  { name = "name", needs = {}, judge = judge_name },
  { name = "tcp", needs = { "name" }, judge = judge_tcp },
  { name = "tls", needs = { "tcp" }, judge = judge_tls },
  { name = "clock", needs = { "tls" }, judge = judge_clock },
  { name = "login", needs = { "configuration", "tls" }, judge = judge_login },
  { name = "read", needs = { "login" }, judge = judge_read },
}

--- Why a check is left out, as a finding, or nil. `findings`: by name, of the checks before it.
function M.left_out(check, findings)
  for _, name in ipairs(check.needs) do
    local needed = findings[name]
    if needed.state == "failed" then
      return left_out_because(name)
    elseif needed.because then
      return left_out_because(needed.because)
    end
  end
end

-- What is wrong there is wrong on this machine.
local OURS = { configuration = true, clock = true }

--- The exit status, by the first of the findings (by name) that has failed: 0 for none, whatever was
-- remarked; 2 for what is wrong on this machine; 4 where the server can't be reached, or lets nobody in.
function M.status(findings)
  for _, check in ipairs(M.checks) do
    local finding = findings[check.name]
    if finding and finding.state == "failed" then
      return OURS[check.name] and exit.usage or exit.unreachable
    end
  end
  return exit.done
end

return M
