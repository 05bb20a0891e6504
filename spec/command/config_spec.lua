-- The config file, and what goes before it.

local config = require "spreetail.command.config"

local NAME = "/home/erika/.config/spreetail/config.ini"

local function parse(text)
  local profiles, err = config.parse(text, NAME)
  assert.is_nil(err)
  return profiles
end

-- What is wrong, without the file's name in front.
local function mistake(text)
  local profiles, err = config.parse(text, NAME)
  assert.is_nil(profiles)
  assert.equal("config", err.kind)
  assert.equal(NAME, err.message:sub(1, #NAME))
  return err.message:sub(#NAME + 1)
end

describe("the config file", function()
  it("has profiles with options of the client", function()
    assert.same({
      default = { client_id = "me", client_secret_command = "pass show shop # first", timeout = 20 },
      test = { base_url = "https://127.0.0.1:8443/api", allow_http = true, proxy = "environment" },
    }, parse [[
# A remark.
[default]
client_id = me
client_secret_command=pass show shop # first
  timeout   =   20

; Another.
[ test ]
base_url = https://127.0.0.1:8443/api
allow_http = true
proxy = environment]])
    assert.same({ default = { client_id = "me" } }, parse "[default]\r\nclient_id = me\r\n")
    assert.same({}, parse "")
  end)

  it("names files from where it is, or from the home directory", function()
    local profile = parse "[a]\nca_file = ca.pem\nclient_key = /etc/key\nclient_secret_file = ~/secret".a
    assert.equal("/home/erika/.config/spreetail/ca.pem", profile.ca_file)
    assert.equal("/etc/key", profile.client_key)
    assert.equal(os.getenv "HOME" .. "/secret", profile.client_secret_file)
  end)

  it("with a mistake says in which line, and which", function()
    for text, expected in pairs {
      ["[default]\n\nclient_idd = me"] = ":3: unknown key 'client_idd' (did you mean 'client_id'?)",
      ["client_id = me"] = ":1: 'client_id' stands before any profile: begin with [default]",
      ["[default]\nclient_id me"] = ":2: neither '[profile]' nor 'key = value'",
      ["[default\n"] = ":1: neither '[profile]' nor 'key = value'",
      ["[]"] = ":1: a profile needs a name",
      ["[a]\n[a]"] = ":2: a second profile [a]",
      ["[a]\nretries = 1\nretries = 2"] = ":3: 'retries' for a second time",
      ["[a]\ntimeout = soon"] = ":2: 'timeout' must be a number",
      ["[a]\nallow_http = 1"] = ":2: 'allow_http' must be true or false",
    } do
      assert.equal(expected, mistake(text))
    end
    assert.matches("^:2: unknown key 'colour'; there are allow_http, .*, user_agent$",
      mistake "[a]\ncolour = 1")
  end)

  it("is no place for a secret, which the complaint does not repeat", function()
    local words = mistake "[default]\nclient_secret = swordfish"
    assert.matches("^:2: a secret does not belong into this file: .*client_secret_file", words)
    assert.not_matches("swordfish", words)
  end)
end)

describe("docs/command.md", function()
  local page = require("spec.files").read "docs/command.md"

  it("has every key of a profile, but the outbox's, which have a page of their own", function()
    for key in pairs(config.keys) do
      assert.is_truthy(key:find "^outbox" or page:find("`" .. key .. "`", 1, true), key)
    end
  end)

  it("has every exit status", function()
    for _, status in pairs(require "spreetail.command.exit") do
      assert.is_truthy(type(status) ~= "number" or page:find("\n| " .. status .. " |", 1, true), status)
    end
  end)
end)

describe("the environment", function()
  -- What fn returns, called with these variables and no others.
  local function with(variables, fn, ...)
    local getenv = os.getenv
    os.getenv = function(name) return variables[name] end -- luacheck: ignore 122
    local results = { pcall(fn, ...) }
    os.getenv = getenv -- luacheck: ignore 122
    assert(results[1], results[2])
    return results[2], results[3]
  end

  it("goes before the file, each variable before what it is about", function()
    local profile = {
      base_url = "https://file", client_id = "file", client_secret_file = "/file", ca_file = "/file",
      retries = 1,
    }
    local options, overruling = with({
      SPREETAIL_BASE_URL = "https://environment", SPREETAIL_SECRET_COMMAND = "pass",
    }, config.with_environment, profile)
    assert.same({ client_id = "file", ca_file = "/file", retries = 1 }, options)
    assert.same({ "SPREETAIL_BASE_URL", "SPREETAIL_SECRET_COMMAND" }, overruling)
    options = with({
      SPREETAIL_CLIENT_ID = "e", SPREETAIL_CLIENT_SECRET = "e", SPREETAIL_CA_FILE = "/e",
    }, config.with_environment, profile)
    assert.same({ base_url = "https://file", ca_file = "/e", retries = 1 }, options)
    assert.equal("/file", profile.client_secret_file)
  end)

  it("that is empty is none", function()
    local empty = { SPREETAIL_CLIENT_ID = "", SPREETAIL_CA_FILE = "" }
    local options, overruling = with(empty, config.with_environment, { client_id = "file" })
    assert.same({ { client_id = "file" }, {} }, { options, overruling })
  end)

  it("says where the config file is", function()
    local function path(variables)
      return (with(variables, config.path))
    end
    assert.equal("/c/spreetail/config.ini", path { XDG_CONFIG_HOME = "/c", HOME = "/h" })
    assert.equal("/h/.config/spreetail/config.ini", path { HOME = "/h" })
    assert.equal("/h/.config/spreetail/config.ini", path { HOME = "/h", XDG_CONFIG_HOME = "relative" })
    assert.is_nil(path {})
  end)
end)
