-- Options that are well formed and can't work: nil and an error of kind config.

local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local function refused(options)
  local client, err = spreetail.client(options)
  assert.is_nil(client)
  assert.equal("config", err.kind)
  assert.is_false(err.retryable)
  assert.equal("config: " .. err.message, tostring(err))
  return err.message
end

local function file_with(content)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(content)
  file:close()
  return name
end

describe("a client that can't work", function()
  it("sends nothing over http://, unless told that this is a test", function()
    local message = refused { base_url = "http://127.0.0.1:1/api" }
    assert.matches("use https://", message, 1, true)
    assert.matches("allow_http = true", message, 1, true)
  end)

  it("sends nothing over http:// to other machines", function()
    for _, host in ipairs { "api.example.com", "192.0.2.1", "127.0.0.1.example.com", "[2001:db8::1]" } do
      local message = refused { base_url = "http://" .. host .. "/api", allow_http = true }
      assert.matches("loopback addresses only", message, 1, true)
    end
    for _, host in ipairs { "127.0.0.1", "127.1.2.3", "localhost", "[::1]" } do
      spreetail.assert(spreetail.client { base_url = "http://" .. host .. "/api", allow_http = true }):close()
    end
  end)

  it("needs a base_url that is one", function()
    for _, url in ipairs { "not a url", "https://", "https://host/a b", "https://host/\n" } do
      assert.matches("base_url is not a URL such as https://", refused { base_url = url }, 1, true)
    end
    assert.matches("must begin with https://", refused { base_url = "ftp://host/" }, 1, true)
    assert.matches("no '?' or '#'", refused { base_url = "https://host/api?x=1" }, 1, true)
  end)

  it("takes no credentials from a URL, and does not repeat them", function()
    local message = refused { base_url = "https://user:swordfish@host/api" }
    assert.matches("must not hold a user name or password", message, 1, true)
    assert.not_matches("swordfish", message)
  end)

  it("needs files that can be read", function()
    for _, name in ipairs { "ca_file", "ca_path", "client_cert", "client_key" } do
      local message = refused { [name] = "/nowhere/" .. name }
      assert.equal(("%s '/nowhere/%s' can't be read: No such file or directory"):format(name, name), message)
    end
  end)

  it("needs a secret in the secret file", function()
    assert.matches("client_secret_file '/nowhere' can't be used: No such file or directory",
      refused { client_secret_file = "/nowhere" }, 1, true)
    for _, content in ipairs { "", "\n", "\r\n" } do
      local name = file_with(content)
      assert.matches("it is empty", refused { client_secret_file = name }, 1, true)
      os.remove(name)
    end
  end)

  it("needs credentials of one line", function()
    assert.matches("client_secret has a control character",
      refused { client_secret = "sword\nfish" }, 1, true)
    assert.not_matches("fish", refused { client_secret = "sword\nfish" })
    assert.matches("client_id has a control character", refused { client_id = "a\rb" }, 1, true)
    assert.matches("user_agent has a control character", refused { user_agent = "a\r\nX: y" }, 1, true)
  end)

  it("says where credentials may come from", function()
    local program = [[
      local client, err = require "spreetail".client(%s)
      assert(not client and err.kind == "config")
      print(err.message)
    ]]
    local function message(options, environment)
      local output, status = process.run(program:format(options), environment)
      assert.equal(0, status, output)
      return (output:gsub("%s+$", ""))
    end
    assert.equal("no client_id: give client_id, or set SPREETAIL_CLIENT_ID in the environment",
      message("", "SPREETAIL_CLIENT_ID="))
    assert.equal("no client_secret: give client_secret, client_secret_file or client_secret_command, or set "
      .. "SPREETAIL_CLIENT_SECRET or SPREETAIL_SECRET_COMMAND in the environment",
      message("{}", "SPREETAIL_CLIENT_SECRET="))
  end)
end)

describe("credentials", function()
  before_each(sandbox.reset)

  it("may be read from a file, its last newline left out", function()
    local name = file_with(sandbox.variable "SPREETAIL_CLIENT_SECRET" .. "\n")
    local client = sandbox.client { client_secret_file = name }
    os.remove(name)
    assert.is_true(spreetail.assert(client:login()))
    client:close()
  end)

  it("may be printed by a command, which an option or the environment names", function()
    local client = sandbox.client { client_secret_command = 'cat "$SANDBOX_SECRET_FILE"; echo; echo more' }
    assert.is_true(spreetail.assert(client:login()))
    client:close()
    local output = process.run([[
      local client = require("spec.lua.sandbox").client()
      print(require("spreetail").assert(client:login()))
    ]], "SPREETAIL_CLIENT_SECRET= SPREETAIL_SECRET_COMMAND='cat \"$SANDBOX_SECRET_FILE\"'")
    assert.matches("^true\t", output)
  end)

  it("that a command does not give are missing, with a word how it ended", function()
    assert.equal("the client_secret_command gave no secret: its exit status was 7",
      refused { client_secret_command = "echo swordfish; exit 7" })
  end)

  it("given as an option are preferred to a file and to the environment", function()
    local client = sandbox.client { client_secret = "wrong", client_secret_file = "/nowhere" }
    local _, err = client:login()
    assert.equal("auth", err.kind)
    client:close()
  end)
end)
