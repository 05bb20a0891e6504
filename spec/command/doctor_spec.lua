-- spreetail doctor: what it looks at, and says of each.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"
local start = dofile "spec/faults/start.lua"

local CA = sandbox.variable "SPREETAIL_CA_FILE"

-- The findings of --json by the names of the checks, the names in order, and the exit status.
local function diagnose(options, ...)
  local output, complaint, status = spreetail.run({ "--json", "doctor", ... }, options)
  assert.equal("", complaint)
  local findings, names = {}, {}
  for line in output:gmatch "[^\n]+" do
    local finding = cjson.decode(line)
    findings[finding.check] = finding
    names[#names + 1] = finding.check
  end
  return findings, table.concat(names, " "), status
end

local function at(variable)
  return { environment = { SPREETAIL_BASE_URL = sandbox.variable(variable) } }
end

local function states(findings)
  local list = {}
  for _, name in ipairs { "configuration", "name", "tcp", "tls", "clock", "login", "read" } do
    list[#list + 1] = findings[name].state
  end
  return table.concat(list, " ")
end

-- A home with this config file; it is removed after the test.
local function home_with(config)
  local home = spreetail.directory()
  finally(function() spreetail.remove(home) end)
  spreetail.write(home, ".config/spreetail/config.ini", config)
  return home
end

before_each(sandbox.reset)

describe("spreetail doctor", function()
  it("says of each check what it saw", function()
    local output, complaint, status = spreetail.run { "doctor" }
    assert.same({ "", 0 }, { complaint, status })
    for _, line in ipairs {
      "^ok      configuration  no config file %(/.*/%.config/spreetail/config%.ini is not there%)\n",
      "\n +environment: SPREETAIL_BASE_URL, .* and SPREETAIL_CA_FILE\n",
      "\n +the secret: from SPREETAIL_CLIENT_SECRET\n",
      "\nok      name           127%.0%.0%.1:%d+: 127%.0%.0%.1 %([%d.]+ ms%)\n",
      "\nok      tcp            127%.0%.0%.1 port %d+ %([%d.]+ ms%)\n",
      "\nok      tls            TLSv1%.%d %([%d.]+ ms%)\n",
      "\n +certificate of CN = Sandbox %(.*%), by CN = Sandbox CA, until [%d-]+ %(%d+ days left%)\n",
      "\n +CAs that are trusted: /.*/ca%.pem\n",
      "\nok      clock          as the server's\n",
      "\nok      login          a token was issued %([%d.]+ ms%)\n",
      "\nok      read           a page of the stock, which has 60 SKUs %([%d.]+ ms%)\n",
      "\nok      versions       spreetail %d.*, Lua 5.4, libcurl .*, jansson .*, argparse %d",
    } do
      assert.matches(line, output)
    end
  end)

  it("is a health check: an object for each, in order, and one login", function()
    local findings, names, status = diagnose()
    assert.equal("configuration name tcp tls clock login read versions", names)
    assert.equal("ok ok ok ok ok ok ok", states(findings))
    assert.equal(0, status)
    assert.same({ "127.0.0.1" }, findings.name.addresses)
    assert.is_true(findings.tls.days_left > 3000)
    assert.is_true(findings.read.seconds > 0)
    assert.equal(require("spreetail")._VERSION, findings.versions.spreetail)
    assert.equal(1, sandbox.stats().logins)
  end)

  it("--quiet is silent where all is well, and else says what isn't", function()
    assert.same({ "", "", 0 }, { spreetail.run { "-q", "doctor" } })
    local output, _, status = spreetail.run({ "-q", "doctor" },
      { environment = { SPREETAIL_CLIENT_SECRET = "wrong" } })
    assert.equal(4, status)
    assert.matches("^failed  login          no login\n +%-> login at .* was refused: [^\n]*\n$", output)
  end)

  it("never prints a secret", function()
    local home = home_with("[default]\nbase_url = https://robot:s3cr3t@api.example\n"
      .. "proxy = http://robot:s3cr3t@127.0.0.1:1\n")
    local environment = { SPREETAIL_CLIENT_SECRET = "s3cr3t", SPREETAIL_BASE_URL = false }
    for _, arguments in ipairs { { "doctor" }, { "doctor", "--json" } } do
      local output, complaint = spreetail.run(arguments, { home = home, environment = environment })
      assert.is_nil((output .. complaint):find "s3cr3t", output .. complaint)
      assert.matches("proxy: http:[\\]?/[\\]?/127%.0%.0%.1:1", output)
    end
  end)
end)

describe("its look at the configuration", function()
  it("names the file, the profile, and where the secret comes from", function()
    local secret = sandbox.variable "SANDBOX_SECRET_FILE"
    local home = home_with("[test]\nclient_secret_file = " .. secret .. "\n")
    local findings, _, status = diagnose(
      { home = home, environment = { SPREETAIL_CLIENT_SECRET = false } }, "--profile", "test")
    assert.equal(0, status)
    local seen = findings.configuration
    assert.same({ home .. "/.config/spreetail/config.ini", "test", "the file " .. secret },
      { seen.file, seen.profile, seen.secret })
  end)

  it("remarks on a secret that others may read, and refuses one that they may write", function()
    local home = home_with "[default]\nclient_secret_file = secret\n"
    local options = { home = home, environment = { SPREETAIL_CLIENT_SECRET = false } }
    local name = ".config/spreetail/secret"
    spreetail.write(home, name, sandbox.variable "SPREETAIL_CLIENT_SECRET", "644")
    local findings, _, status = diagnose(options)
    assert.equal("remark ok ok ok ok ok ok", states(findings))
    assert.matches("chmod go%-r '/.*/secret'", findings.configuration.advice)
    assert.equal(0, status)
    spreetail.write(home, name, sandbox.variable "SPREETAIL_CLIENT_SECRET", "666")
    findings, _, status = diagnose(options)
    assert.equal("failed ok ok ok ok skipped skipped", states(findings))
    assert.matches("chmod go%-w '/.*/secret'", findings.configuration.advice)
    assert.equal(2, status)
  end)

  it("goes on to the server without credentials", function()
    local findings, _, status = diagnose { environment = { SPREETAIL_CLIENT_ID = false } }
    assert.equal("failed ok ok ok ok skipped skipped", states(findings))
    assert.matches("no client_id", findings.configuration.advice)
    assert.equal(2, status)
    assert.equal(0, sandbox.stats().logins)
  end)

  it("ends at a config file that can't be read", function()
    local findings, _, status = diagnose { home = home_with "[default]\nclient_idd = x\n" }
    assert.equal("failed skipped skipped skipped skipped skipped skipped", states(findings))
    assert.matches("config%.ini:2: unknown key 'client_idd'", findings.configuration.advice)
    assert.equal(2, status)
  end)
end)

describe("its look at the server", function()
  it("ends where there is no address, and where nobody listens", function()
    for url, expected in pairs {
      ["https://no-such-host.invalid"] = "ok failed skipped skipped skipped skipped skipped",
      ["https://127.0.0.1:1"] = "ok ok failed skipped skipped skipped skipped",
    } do
      local findings, _, status = diagnose { environment = { SPREETAIL_BASE_URL = url } }
      assert.equal(expected, states(findings))
      assert.equal(4, status)
    end
  end)

  it("shows the certificate that it refuses, and the CAs that it has asked", function()
    for variable, advice in pairs {
      SANDBOX_EXPIRED_URL = "has expired",
      SANDBOX_WRONG_HOST_URL = "for another host",
      SANDBOX_UNKNOWN_CA_URL = "not signed by a CA that is trusted here",
      SANDBOX_OLD_TLS_URL = "no TLS 1.2 or later",
    } do
      local findings, _, status = diagnose(at(variable))
      assert.equal("ok ok ok failed skipped skipped skipped", states(findings))
      assert.matches(advice, findings.tls.advice, 1, true)
      assert.matches("CAs that are trusted: " .. CA, findings.tls.saw, 1, true)
      assert.equal(4, status)
    end
    assert.same({}, sandbox.stats().requests)
  end)

  it("names the system's CAs where no other are configured", function()
    local findings = diagnose { environment = { SPREETAIL_CA_FILE = false } }
    assert.matches("CAs that are trusted: /etc/ssl/certs/ca-certificates.crt and /etc/ssl/certs",
      findings.tls.saw, 1, true)
  end)

  it("goes through the proxy", function()
    local home = home_with "[default]\nproxy = http://127.0.0.1:1\n"
    local findings, _, status = diagnose { home = home }
    assert.equal("ok ok failed skipped skipped skipped skipped", states(findings))
    assert.matches("the proxy: 127.0.0.1", findings.name.saw, 1, true)
    assert.equal(4, status)
  end)

  it("compares the clocks, and goes on with one that is wrong", function()
    for days, expected in pairs { [2] = "failed", [-2] = "failed", [0.1] = "remark" } do
      sandbox.reset()
      local date = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() - math.floor(days * 86400))
      sandbox.fault { headers = { Date = date } }
      local findings, _, status = diagnose()
      assert.equal("ok ok ok ok " .. expected .. " ok ok", states(findings))
      assert.is_true(math.abs(findings.clock.ahead_seconds - days * 86400) < 10)
      assert.matches("timedatectl", findings.clock.advice)
      assert.equal(expected == "failed" and 2 or 0, status)
    end
  end)

  it("says what the server says to a login, and to a read", function()
    local findings, _, status = diagnose { environment = { SPREETAIL_CLIENT_SECRET = "wrong" } }
    assert.equal("ok ok ok ok ok failed skipped", states(findings))
    assert.same({ "auth", 401, 4 }, { findings.login.kind, findings.login.status, status })
    sandbox.fault { path = "/inventory", status = 403 }
    findings, _, status = diagnose()
    assert.equal("ok ok ok ok ok ok failed", states(findings))
    assert.same({ "forbidden", 403, 4 }, { findings.read.kind, findings.read.status, status })
  end)

  it("is over in time, whatever the server leaves out", function()
    local address = sandbox.variable("SANDBOX_HTTP1_URL"):match "//([^/]*)"
    local terminated = {
      "--to", address, "--to-tls-ca", CA, "--tls-cert", sandbox.variable "SANDBOX_CERT",
      "--tls-key", sandbox.variable "SANDBOX_KEY", "--fault", "hang",
    }
    for expected, arguments in pairs {
      ["ok ok ok failed skipped skipped skipped"] = { "--to", address, "--fault", "no-handshake" },
      ["ok ok ok ok skipped failed skipped"] = terminated,
    } do
      local proxy = start(arguments)
      local began = require("spreetail.core").now()
      local findings, _, status = diagnose(
        { environment = { SPREETAIL_BASE_URL = "https://127.0.0.1:" .. proxy.port .. "/api/api/v1" } },
        "--timeout", "1")
      local took = require("spreetail.core").now() - began
      proxy:stop()
      assert.equal(expected, states(findings))
      assert.equal(4, status)
      assert.is_true(took < 6, took)
    end
  end)

  it("ends on Ctrl-C", function()
    sandbox.fault { path = "/auth/login", delay = 30 }
    local script = "timeout --foreground --preserve-status -s INT 1 spreetail doctor"
    local output, _, status = spreetail.shell(script)
    assert.equal(130, status)
    assert.is_nil(output:find "login")
  end)
end)

describe("its arguments", function()
  it("are checked", function()
    for _, seconds in ipairs { "0", "x", "1e999" } do
      local _, complaint, status = spreetail.run { "doctor", "--timeout", seconds }
      assert.equal(2, status)
      assert.matches("must be a positive number of seconds, not '" .. seconds, complaint, 1, true)
    end
  end)
end)
