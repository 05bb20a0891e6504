local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

-- The sandbox's CA in a directory, in a file that is called by a hash of its name.
local function hashed_directory()
  local ca_file = sandbox.variable "SPREETAIL_CA_FILE"
  return process.shell(("directory=$(mktemp -d) && printf %%s $directory && "
    .. "cp '%s' $directory/$(openssl x509 -hash -noout -in '%s').0"):format(ca_file, ca_file))
end

-- Each way to name a CA: what sets it up, and the options for it.
local WAYS = {
  ca_file = function()
    return { ca_file = sandbox.variable "SPREETAIL_CA_FILE" }
  end,
  ca_path = function()
    return { ca_path = hashed_directory() }
  end,
}

for way, set_up in pairs(WAYS) do
  describe("by " .. way .. ", a server that can't be trusted", function()
    local trusted

    setup(function()
      trusted = set_up()
    end)

    teardown(function()
      if trusted.ca_path then
        process.shell("rm -r " .. trusted.ca_path)
      end
    end)

    before_each(sandbox.reset)

    local function client_of(variable)
      return spreetail.assert(spreetail.client {
        base_url = sandbox.variable(variable), retries = 0,
        ca_file = trusted.ca_file, ca_path = trusted.ca_path,
      })
    end

    -- Returns the error of an order sent there.
    local function refused(variable)
      local client = client_of(variable)
      local data, err = client:create_order(sandbox.order())
      assert.is_nil(data)
      assert.same({ "tls", "not_sent", 0 }, { err.kind, err.outcome, err.attempts })
      assert.is_false(err.retryable)
      client:close()
      return err.message
    end

    it("is told from one that can", function()
      local client = client_of "SPREETAIL_BASE_URL"
      assert.is_true(spreetail.assert(client:login()))
      client:close()
    end)

    it("because its certificate has expired is told from others", function()
      local message = refused "SANDBOX_EXPIRED_URL"
      assert.matches("has expired", message, 1, true)
      assert.not_matches("ca_file", message)
    end)

    it("because its certificate is for another host, too", function()
      local message = refused "SANDBOX_WRONG_HOST_URL"
      assert.matches("is for another host", message, 1, true)
      assert.matches("base_url", message, 1, true)
      assert.not_matches("ca_file", message)
    end)

    it("because an unknown CA has signed it, too: ca_file is what helps", function()
      local message = refused "SANDBOX_UNKNOWN_CA_URL"
      assert.matches("not signed by a CA that is trusted here: set ca_file", message, 1, true)
    end)

    it("because it speaks no TLS of today, too", function()
      local message = refused "SANDBOX_OLD_TLS_URL"
      assert.matches("no TLS 1.2 or later", message, 1, true)
      assert.matches("protocol version", message, 1, true)
      assert.not_matches("ca_file", message)
    end)

    it("is asked nothing", function()
      for _, variable in ipairs { "EXPIRED", "WRONG_HOST", "UNKNOWN_CA", "OLD_TLS" } do
        refused("SANDBOX_" .. variable .. "_URL")
      end
      local stats = sandbox.stats()
      assert.same({ 0, 0, 0 }, { stats.logins, stats.login_failures, stats.connections.total })
    end)
  end)
end

describe("trust", function()
  before_each(sandbox.reset)

  it("is in the system's CAs when nothing else is said, and the sandbox's is not one", function()
    local client = spreetail.assert(spreetail.client { retries = 0 })
    local _, err = client:login()
    assert.equal("tls", err.kind)
    assert.matches("set ca_file", err.message, 1, true)
    client:close()
  end)

  it("is in ca_file alone when that is given", function()
    local client = sandbox.tls_client()
    assert.is_true(spreetail.assert(client:login()))
    client:close()
  end)

  it("needs a ca_file that holds certificates", function()
    local name = os.tmpname()
    local client, err = spreetail.client { ca_file = name }
    os.remove(name)
    assert.is_nil(client)
    assert.equal("config", err.kind)
    assert.matches("must hold at least one certificate", err.message, 1, true)
  end)

  it("goes by the name in base_url", function()
    local port = sandbox.variable "SPREETAIL_BASE_URL":match ":(%d+)/"
    local client = sandbox.tls_client { base_url = "https://localhost:" .. port .. "/api/api/v1" }
    assert.is_true(spreetail.assert(client:login()))
    client:close()
  end)

  it("is not had by speaking TLS to a server that does not", function()
    local port = sandbox.variable "SANDBOX_PLAIN_URL":match ":(%d+)/"
    local base_url = "https://127.0.0.1:" .. port .. "/api/api/v1"
    local client = sandbox.tls_client { base_url = base_url, retries = 0 }
    local _, err = client:create_order(sandbox.order())
    assert.same({ "tls", "not_sent" }, { err.kind, err.outcome })
    client:close()
  end)
end)
