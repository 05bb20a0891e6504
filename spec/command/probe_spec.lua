-- The look that `spreetail doctor` takes at a server: what it sees, how far it comes, and that nothing is
-- sent to a server that is not trusted.

local core = require "spreetail.core" -- before the probe, since it prepares libcurl for both
local files = require "spec.files"
local probe = require "spreetail.command.probe"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

local CA = sandbox.variable "SPREETAIL_CA_FILE"

local function look(options)
  options.timeout = options.timeout or 10
  local begun = assert(probe.look(options))
  while not begun:step(0.1) do end
  return begun:sight()
end

-- At one of the sandbox's servers.
local function look_at(variable, options)
  options = options or { ca_file = CA }
  options.base_url = sandbox.variable(variable)
  return look(options)
end

-- A server's certificate, and between it and its root another that has expired yesterday.
local CHAIN = [[
  openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj /CN=Root -days 30 -out root.pem
  for name in middle server; do
    openssl req -newkey rsa:2048 -nodes -keyout $name.key -subj /CN=$name -out $name.csr
  done
  echo basicConstraints=critical,CA:TRUE > ca.ext
  echo subjectAltName=IP:127.0.0.1 > server.ext
  openssl x509 -req -in middle.csr -CA root.pem -CAkey root.key -extfile ca.ext -days -1 -out middle.pem
  openssl x509 -req -in server.csr -CA middle.pem -CAkey middle.key -extfile server.ext -out server.pem
]]

-- A command that goes on; what it prints, and a function that ends it.
local function background(command)
  local pipe = assert(io.popen("echo $$; " .. command, "r"))
  local pid = pipe:read "*l"
  return pipe, function()
    process.shell("kill " .. pid .. " 2>/dev/null")
    pipe:close()
  end
end

describe("a look at the server", function()
  before_each(sandbox.reset)

  it("sees addresses, who accepts, TLS and the certificate, and the time there", function()
    local sight = look_at "SPREETAIL_BASE_URL"
    assert.is_nil(sight.failed, sight.message)
    assert.same({ "127.0.0.1" }, sight.addresses)
    assert.equal("127.0.0.1", sight.peer)
    assert.equal(tonumber(sight.host:match ":(%d+)$"), sight.port)
    assert.is_truthy(sight.tls_version:find "^TLSv1%.[23]$")
    assert.equal("CN = Sandbox", sight.certificate.subject)
    assert.equal("CN = Sandbox CA", sight.certificate.issuer)
    assert.equal("localhost, api.sandbox.test, 127.0.0.1, ::1", sight.certificate.names)
    local days = (sight.certificate.not_after - os.time()) / 86400
    assert.is_true(days > 3649 and days <= 3650, days)
    assert.is_true(math.abs(sight.server_time - os.time()) <= 2)
    assert.is_true(math.abs(sight.our_time - os.time()) <= 2)
    for _, name in ipairs { "name_seconds", "tcp_seconds", "tls_seconds", "answer_seconds" } do
      assert.is_true(sight[name] > 0 and sight[name] < 5, name)
    end
  end)

  it("sends one request, without credentials", function()
    look_at "SPREETAIL_BASE_URL"
    local stats = sandbox.stats()
    assert.equal(0, stats.logins + stats.login_failures)
    assert.same({ ["HEAD other"] = 1 }, stats.requests)
  end)

  it("sees all addresses of a name", function()
    local sight = look { base_url = "https://localhost:1", ca_file = CA }
    table.sort(sight.addresses)
    assert.same({ "127.0.0.1", "::1" }, sight.addresses)
    assert.equal("tcp", sight.failed)
    assert.equal("network", sight.kind)
    assert.is_truthy(sight.message:find("no connection to localhost:1", 1, true))
  end)

  it("ends at a name that has none", function()
    local sight = look { base_url = "https://no-such-host.invalid" }
    assert.equal("name", sight.failed)
    assert.same({}, sight.addresses)
    assert.is_truthy(sight.message:find("no address for no-such-host.invalid:443", 1, true))
  end)

  it("ends at a proxy that is not there, and shows no credentials", function()
    local sight = look { base_url = "https://api.example", proxy = "http://robot:s3cr3t@127.0.0.1:1" }
    assert.equal("tcp", sight.failed)
    assert.same({ "127.0.0.1" }, sight.addresses)
    assert.is_nil(sight.message:find "s3cr3t")
  end)

  it("needs no TLS where the client doesn't", function()
    local sight = look_at("SANDBOX_PLAIN_URL", { allow_http = true })
    assert.is_nil(sight.failed, sight.message)
    assert.is_true(sight.plain)
    assert.is_nil(sight.certificate)
    assert.is_true(sight.server_time > 0)
  end)

  it("describes a certificate that is refused, and sends nothing", function()
    for variable, expected in pairs {
      SANDBOX_EXPIRED_URL = { "has expired", "CN = Sandbox CA" },
      SANDBOX_WRONG_HOST_URL = { "for another host", "CN = Sandbox CA" },
      SANDBOX_UNKNOWN_CA_URL = { "not signed by a CA that is trusted here", "CN = Unknown CA" },
    } do
      local sight = look_at(variable)
      assert.equal("tls", sight.failed)
      assert.equal("tls", sight.kind)
      assert.is_truthy(sight.message:find(expected[1], 1, true), sight.message)
      assert.equal(expected[2], sight.certificate.issuer)
      assert.is_true(sight.tcp_seconds > 0)
      assert.is_nil(sight.status)
    end
    assert.same({}, sandbox.stats().requests)
  end)

  it("trusts the system's CAs where none are named", function()
    local sight = look_at("SPREETAIL_BASE_URL", {})
    assert.is_truthy(sight.message:find("not signed by a CA", 1, true), sight.message)
  end)

  it("takes no TLS that is too old", function()
    local sight = look_at "SANDBOX_OLD_TLS_URL"
    assert.equal("tls", sight.failed)
    assert.is_truthy(sight.message:find("no TLS 1.2 or later", 1, true), sight.message)
    assert.is_nil(sight.certificate)
  end)

  it("says which certificate of a chain has failed, if it isn't the server's", function()
    local directory = process.shell("mktemp -d"):match "%S+"
    process.shell(("cd %s && { %s } 2>/dev/null"):format(directory, CHAIN))
    local pipe, stop = background(("cd %s; exec openssl s_server -accept 127.0.0.1:0 -www -cert server.pem "
      .. "-key server.key -cert_chain middle.pem 2>&1"):format(directory))
    local port
    repeat
      port = assert(pipe:read "*l"):match "^ACCEPT 127.0.0.1:(%d+)"
    until port
    local sight = look { base_url = "https://127.0.0.1:" .. port, ca_file = directory .. "/root.pem" }
    stop()
    process.shell("rm -rf " .. directory)
    assert.equal("CN = server", sight.certificate.subject)
    assert.is_truthy(sight.message:find("has expired", 1, true), sight.message)
    assert.equal("CN = middle", sight.culprit.subject)
    assert.is_true(sight.culprit.not_after < os.time())
  end)

  it("is over in time, whatever the server leaves out", function()
    local start = dofile "spec/faults/start.lua"
    local address = sandbox.variable("SANDBOX_HTTP1_URL"):match "//([^/]*)"
    local terminated = {
      "--to", address, "--to-tls-ca", CA, "--tls-cert", sandbox.variable "SANDBOX_CERT",
      "--tls-key", sandbox.variable "SANDBOX_KEY", "--fault", "hang",
    }
    for failed, arguments in pairs {
      tls = { "--to", address, "--fault", "no-handshake" },
      answer = terminated,
    } do
      local proxy = start(arguments)
      local began = core.now()
      local sight = look { base_url = "https://127.0.0.1:" .. proxy.port, ca_file = CA, timeout = 0.5 }
      local took = core.now() - began
      proxy:stop()
      assert.equal(failed, sight.failed, sight.message)
      assert.equal("timeout", sight.kind)
      assert.is_true(took >= 0.4 and took < 3, took)
    end
  end)

  it("can be given up at any moment", function()
    for _ = 1, 3 do
      local begun = assert(probe.look { base_url = sandbox.variable "SPREETAIL_BASE_URL", ca_file = CA })
      begun:step(0)
      assert.is_nil(begun:sight().status)
    end
    collectgarbage()
  end)

  it("does not begin with options that can't work", function()
    for options, expected in pairs {
      [{ base_url = "http://api.example" }] = "base_url 'http://api.example' would send credentials in clear",
      [{ ca_file = "/dev/null" }] = "ca_file '/dev/null' can't be used",
      [{ ca_file = "/no/such" }] = "ca_file '/no/such' can't be read",
      [{ proxy = "gopher://robot:s3cr3t@proxy.example" }] = "proxy: its scheme must be",
    } do
      local begun, why = probe.look(options)
      assert.is_nil(begun)
      assert.is_truthy(why:find(expected, 1, true), why)
      assert.is_nil(why:find "s3cr3t")
    end
  end)
end)

describe("the versions", function()
  it("are those of what we are built on", function()
    local versions = probe.versions()
    assert.equal(require("spreetail")._VERSION, versions.spreetail)
    for _, name in ipairs { "libcurl", "libcurl_tls", "openssl", "jansson" } do
      assert.is_truthy(versions[name]:find "%d%.%d", name)
    end
  end)
end)

describe("where CAs are trusted", function()
  it("is where libcurl was built to look", function()
    local bundle, directory = probe.trusted()
    assert.is_truthy(files.read(bundle):find("BEGIN CERTIFICATE", 1, true))
    assert.is_truthy(process.shell("ls " .. directory):find "%x+%.0")
  end)
end)
