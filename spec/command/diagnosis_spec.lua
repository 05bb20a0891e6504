-- What `spreetail doctor` makes of what it has seen.

local diagnosis = require "spreetail.command.diagnosis"

local NOW = 1790000000 -- 2026-09-21
local DAY = 86400

local function seen(changes)
  local all = {
    now = NOW,
    configuration = {
      file = "/home/x/.config/spreetail/config.ini", file_is_there = true, profile = "default",
      variables = { "SPREETAIL_CLIENT_ID", "SPREETAIL_CLIENT_SECRET" }, secret = "SPREETAIL_CLIENT_SECRET",
      trusted = "/etc/ssl/certs",
    },
    sight = {
      host = "api.example:443", addresses = { "192.0.2.1", "2001:db8::1" }, name_seconds = 0.012,
      peer = "192.0.2.1", port = 443, tcp_seconds = 0.02, tls_version = "TLSv1.3", tls_seconds = 0.04,
      certificate = {
        subject = "CN = api.example", issuer = "CN = A CA", names = "api.example",
        not_before = NOW - 30 * DAY, not_after = NOW + 60 * DAY + 5,
      },
      status = 404, server_time = NOW, our_time = NOW + 0.4,
    },
    login = { seconds = 0.3 },
    read = { seconds = 2.5, count = 437 },
  }
  for part, fields in pairs(changes or {}) do
    for name, value in pairs(fields) do
      all[part][name] = value
    end
  end
  return all
end

-- The findings by name, as the doctor makes them.
local function diagnose(all)
  local findings = {}
  for _, check in ipairs(diagnosis.checks) do
    findings[check.name] = diagnosis.left_out(check, findings) or check.judge(all)
  end
  return findings
end

-- One of them, its lines as a text.
local function finding(name, changes)
  local found = diagnose(seen(changes))[name]
  found.saw = type(found.saw) == "table" and table.concat(found.saw, "\n") or found.saw
  return found
end

local function states(findings)
  local list = {}
  for i, check in ipairs(diagnosis.checks) do
    list[i] = check.name .. " " .. findings[check.name].state
  end
  return table.concat(list, ", ")
end

describe("all is well", function()
  it("when everything was seen", function()
    local findings = diagnose(seen())
    assert.equal("configuration ok, name ok, tcp ok, tls ok, clock ok, login ok, read ok", states(findings))
    assert.equal(0, diagnosis.status(findings))
  end)

  it("and it is said what was seen", function()
    assert.equal([[
/home/x/.config/spreetail/config.ini, profile [default]
environment: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET
the secret: from SPREETAIL_CLIENT_SECRET]], finding("configuration").saw)
    assert.equal("api.example:443: 192.0.2.1 and 2001:db8::1 (12 ms)", finding("name").saw)
    assert.equal("192.0.2.1 port 443 (20 ms)", finding("tcp").saw)
    assert.equal([[
TLSv1.3 (40 ms)
certificate of CN = api.example (api.example), by CN = A CA, until 2026-11-20 (60 days left)
CAs that are trusted: /etc/ssl/certs]], finding("tls").saw)
    assert.equal("as the server's", finding("clock").saw)
    assert.equal("a token was issued (300 ms)", finding("login").saw)
    assert.equal("a page of the stock, which has 437 SKUs (2.5 s)", finding("read").saw)
  end)

  it("and monitoring finds it as numbers", function()
    assert.same({ "192.0.2.1", "2001:db8::1" }, finding("name").addresses)
    assert.equal(0.02, finding("tcp").seconds)
    assert.equal(60, finding("tls").days_left)
    assert.equal("2026-11-20T14:13:25Z", finding("tls").not_after)
    assert.equal(0, finding("clock").ahead_seconds)
  end)
end)

describe("the configuration", function()
  it("says where there is no file, and what else counts", function()
    assert.equal([[
no config file (/home/x/.config/spreetail/config.ini is not there)
environment: SPREETAIL_CLIENT_ID
base_url: https://api.example
proxy: http://proxy.example:3128]], finding("configuration", {
      configuration = {
        file_is_there = false, variables = { "SPREETAIL_CLIENT_ID" }, secret = false,
        base_url = "https://api.example", proxy = "http://proxy.example:3128",
      },
    }).saw)
  end)

  it("is remarked on when others may read the secret", function()
    local found = finding("configuration", { configuration = { readable_secret = "/home/x/secret" } })
    assert.equal("remark", found.state)
    assert.is_truthy(found.advice:find("chmod go-r '/home/x/secret'", 1, true))
  end)

  it("that is wrong is left by the way to the server, and no login is tried", function()
    local all = seen { configuration = { err = { message = "no client_id: ..." } } }
    local findings = diagnose(all)
    assert.equal("no client_id: ...", findings.configuration.advice)
    assert.equal("configuration failed, name ok, tcp ok, tls ok, clock ok, login skipped, read skipped",
      states(findings))
    assert.equal("left out, since configuration failed", findings.read.saw)
    assert.equal(2, diagnosis.status(findings))
  end)

  it("that doesn't say where to look leaves nothing to look at", function()
    local all = seen { configuration = { err = { message = "config.ini:3: ..." } } }
    all.sight = nil
    local findings = diagnose(all)
    assert.equal("configuration failed, name skipped, tcp skipped, tls skipped, clock skipped, "
      .. "login skipped, read skipped", states(findings))
    assert.equal("left out, since configuration failed", findings.clock.saw)
    assert.equal(2, diagnosis.status(findings))
  end)
end)

describe("the way to the server", function()
  it("ends where it fails; what comes behind is left out", function()
    local parts = { "name", "tcp", "tls" }
    for i, part in ipairs(parts) do
      local findings = diagnose(seen { sight = { failed = part, message = "why, and what to do" } })
      for j, each in ipairs(parts) do
        assert.equal(j < i and "ok" or j == i and "failed" or "skipped", findings[each].state)
      end
      assert.equal("why, and what to do", findings[part].advice)
      assert.equal("left out, since " .. part .. " failed", findings.clock.saw)
      assert.equal("left out, since " .. part .. " failed", findings.read.saw)
      assert.equal(4, diagnosis.status(findings))
    end
  end)

  it("goes to the proxy, where there is one", function()
    local found = finding("name", { configuration = { proxy = "http://proxy.example:3128" } })
    assert.equal("the proxy: 192.0.2.1 and 2001:db8::1 (12 ms)", found.saw)
  end)

  it("needs no TLS on this machine", function()
    local findings = diagnose(seen { sight = { plain = true, certificate = false } })
    assert.equal("skipped", findings.tls.state)
    assert.equal("ok", findings.login.state)
    assert.equal(0, diagnosis.status(findings))
  end)
end)

describe("a certificate", function()
  local function ends_in(seconds)
    return finding("tls", { sight = { certificate = { subject = "CN = a", not_after = NOW + seconds } } })
  end

  it("is remarked on in its last days", function()
    assert.equal("ok", ends_in(14 * DAY).state)
    local found = ends_in(14 * DAY - 1)
    assert.equal("remark", found.state)
    assert.equal(13, found.days_left)
    assert.is_truthy(found.advice:find("renew its certificate", 1, true))
    assert.is_truthy(ends_in(DAY).saw:find("(1 day left)", 1, true))
  end)

  it("that was refused is shown, with the CAs that were asked", function()
    local found = finding("tls", {
      sight = {
        failed = "tls", message = "it has expired", tls_seconds = false,
        certificate = { subject = "CN = a", issuer = "CN = b", not_after = NOW - 3 * DAY },
      },
    })
    assert.equal("failed", found.state)
    assert.equal([[
TLSv1.3
certificate of CN = a, by CN = b, until 2026-09-18 (expired 3.0 days ago)
CAs that are trusted: /etc/ssl/certs]], found.saw)
    assert.equal("it has expired", found.advice)
  end)

  it("of the future says from when", function()
    local found = finding("tls", {
      sight = {
        failed = "tls", message = "not valid yet",
        certificate = {
          subject = "CN = a", issuer = "CN = b", not_before = NOW + DAY, not_after = NOW + 9 * DAY,
        },
      },
    })
    assert.is_truthy(found.saw:find("by CN = b, from 2026-09-22 until 2026-09-30", 1, true), found.saw)
  end)

  it("of somebody between the server and its CA may be to blame", function()
    local found = finding("tls", {
      sight = {
        failed = "tls", message = "it has expired",
        culprit = { subject = "CN = middle", issuer = "CN = root", not_after = NOW - 7200 },
      },
    })
    assert.is_truthy(found.saw:find("refused because of that of CN = middle, by CN = root, until 2026-09-21 "
      .. "(expired 2.0 hours ago)", 1, true), found.saw)
  end)

  it("can't be shown where libcurl has another TLS library", function()
    local found = finding("tls", { sight = { certificate = false, tls_version = false, other_tls = true } })
    assert.equal("ok", found.state)
    assert.is_truthy(found.saw:find("can't be shown", 1, true))
  end)
end)

describe("the clock", function()
  local function ahead(seconds)
    return finding("clock", { sight = { our_time = NOW + seconds } })
  end

  it("is well within a minute", function()
    assert.equal("ok", ahead(60.9).state)
    assert.equal("60 s ahead of the server's", ahead(60.9).saw)
    assert.equal("as the server's", ahead(-1).saw)
    assert.equal("ok", ahead(-60).state)
  end)

  it("is remarked on beyond", function()
    for seconds, saw in pairs {
      [61] = "61 s ahead of the server's", [-61] = "61 s behind the server's",
      [-600] = "10 min behind the server's", [3 * 3600] = "3.0 hours ahead of the server's",
    } do
      local found = ahead(seconds)
      assert.equal("remark", found.state)
      assert.equal(saw, found.saw)
      assert.equal(seconds, found.ahead_seconds)
      assert.is_truthy(found.advice:find("timedatectl set-ntp true", 1, true))
    end
  end)

  it("fails from a day on, and calls are tried all the same", function()
    local findings = diagnose(seen { sight = { our_time = NOW - 2 * DAY } })
    assert.equal("failed", findings.clock.state)
    assert.equal("2.0 days behind the server's", findings.clock.saw)
    assert.equal("ok", findings.read.state)
    assert.equal(2, diagnosis.status(findings))
    assert.equal("failed", ahead(DAY).state)
  end)

  it("can't be judged where the server doesn't tell the time, which is no failure", function()
    local found = finding("clock", { sight = { server_time = false } })
    assert.equal("skipped", found.state)
    assert.is_truthy(found.saw:find("no Date", 1, true))
    found = finding("clock", { sight = { failed = "answer", message = "no answer in time" } })
    assert.equal("the server's time is not known: no answer in time", found.saw)
  end)
end)

describe("a call", function()
  it("that fails says what the client says", function()
    local err = { kind = "auth", status = 401, message = "login was refused: check client_id" }
    local findings = diagnose(seen { login = { err = err } })
    assert.equal("failed", findings.login.state)
    assert.equal("login was refused: check client_id", findings.login.advice)
    assert.equal("auth", findings.login.kind)
    assert.equal(401, findings.login.status)
    assert.equal("left out, since login failed", findings.read.saw)
    assert.equal(4, diagnosis.status(findings))
    findings = diagnose(seen { read = { err = { kind = "forbidden", message = "not for you" } } })
    assert.equal("failed", findings.read.state)
    assert.equal(4, diagnosis.status(findings))
  end)
end)

describe("the exit status", function()
  it("is that of the first that failed", function()
    local findings = diagnose(seen {
      sight = { our_time = NOW - 2 * DAY }, login = { err = { kind = "auth", message = "no" } },
    })
    assert.equal(2, diagnosis.status(findings))
  end)
end)
