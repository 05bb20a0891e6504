-- What all subcommands have in common: how the client is configured, and how Ctrl-C and pipes end them.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

local home

before_each(function()
  sandbox.reset()
  home = spreetail.directory()
end)

after_each(function()
  spreetail.remove(home)
end)

-- The variables of the sandbox as a profile, without the secret.
local function profile(name, lines)
  return ("[%s]\nbase_url = %s\nclient_id = %s\nca_file = %s\n%s\n"):format(name,
    sandbox.variable "SPREETAIL_BASE_URL", sandbox.variable "SPREETAIL_CLIENT_ID",
    sandbox.variable "SPREETAIL_CA_FILE", lines)
end

local function write_config(text, mode)
  return spreetail.write(home, ".config/spreetail/config.ini", text, mode)
end

-- Logs in with nothing but the config file. Returns what the command does, without the word that there is no
-- keyring.
local function login(...)
  return spreetail.run({ "login", "--quiet", ... }, { home = home, environment = spreetail.nothing_set })
end

describe("the client of the command", function()
  it("is configured by the config file: the secret from a file", function()
    spreetail.write(home, ".config/spreetail/secret", (sandbox.variable "SPREETAIL_CLIENT_SECRET"))
    write_config(profile("default", "client_secret_file = secret"))
    assert.same({ "logged in\n", "", 0 }, { login() })
  end)

  it("or from a command", function()
    write_config(profile("default", "client_secret_command = cat " .. sandbox.variable "SANDBOX_SECRET_FILE"))
    assert.same({ "logged in\n", "", 0 }, { login() })
  end)

  it("or from a command that the environment names, which goes before the file", function()
    write_config(profile("default", "client_secret_file = /nowhere"))
    assert.same({ "logged in\n", "", 0 }, { spreetail.run({ "login", "--quiet" }, {
      home = home,
      environment = {
        SPREETAIL_CLIENT_SECRET = false, SPREETAIL_BASE_URL = false, SPREETAIL_CLIENT_ID = false,
        SPREETAIL_CA_FILE = false, SPREETAIL_SECRET_COMMAND = "cat $SANDBOX_SECRET_FILE",
      },
    }) })
  end)

  it("is of the profile that is named", function()
    write_config("[default]\nclient_id = nobody\n"
      .. profile("test", "client_secret_command = cat " .. sandbox.variable "SANDBOX_SECRET_FILE"))
    assert.same({ "logged in\n", "", 0 }, { login("--profile", "test") })
    local output, complaint, status = login("--profile", "live")
    assert.same({ "", 2 }, { output, status })
    assert.matches("there is no profile 'live' in .*config%.ini, only: default, test\n$", complaint)
  end)

  it("of a named profile says which variables go before it", function()
    write_config(profile("test", "timeout = 5"))
    local _, complaint = spreetail.run({ "login", "--profile", "test" }, { home = home })
    assert.matches("SPREETAIL_BASE_URL is set, and goes before the profile 'test'\n", complaint)
    assert.matches("SPREETAIL_CLIENT_ID is set", complaint)
    local _, quiet = spreetail.run({ "login", "--profile", "test", "--quiet" }, { home = home })
    assert.equal("", quiet)
  end)

  it("without credentials is a matter of configuration, told with where they may be", function()
    local output, complaint, status = login()
    assert.same({ "", 2 }, { output, status })
    assert.matches("^spreetail: no client_id: .*SPREETAIL_CLIENT_ID", complaint)
  end)

  it("has no config file that others may write: they could have us run any command", function()
    local path = write_config("[default]\n", "620")
    local output, complaint, status = login()
    assert.same({ "", 2 }, { output, status })
    local expected = "spreetail: %s may be written by others, who could have us run any command: "
      .. "chmod go-w '%s'\n"
    assert.equal(expected:format(path, path), complaint)
  end)

  it("has no secret file that others may write", function()
    spreetail.write(home, ".config/spreetail/secret", sandbox.variable "SPREETAIL_CLIENT_SECRET", "602")
    write_config(profile("default", "client_secret_file = secret"))
    local _, complaint, status = login()
    assert.equal(2, status)
    assert.matches("^spreetail: client_secret_file '.*/secret' may be written by others", complaint)
  end)

  it("with a value that can't be is refused, and names the file", function()
    local path = write_config(profile("default", "timeout = -1"))
    local expected = "spreetail: %s:5: 'timeout' must be a positive number of seconds, not '-1'\n"
    assert.same({ "", expected:format(path), 2 }, { login() })
  end)

  it("speaks http:// only as the library does: to this machine, when told to", function()
    local lines = ("[default]\nbase_url = %s\n"):format(sandbox.variable "SANDBOX_PLAIN_URL")
    write_config(lines)
    local environment = { SPREETAIL_BASE_URL = false }
    local _, complaint, status = spreetail.run({ "login" }, { home = home, environment = environment })
    assert.equal(2, status)
    assert.matches("would send credentials in clear", complaint)
    write_config(lines .. "allow_http = true\n")
    assert.equal(0, select(3, spreetail.run({ "login" }, { home = home, environment = environment })))
  end)
end)

describe("the exit status", function()
  it("is 4 where nobody is let in", function()
    local output, complaint, status = spreetail.run({ "login", "--json" },
      { environment = { SPREETAIL_CLIENT_SECRET = "wrong" } })
    assert.equal(4, status)
    assert.equal("auth", cjson.decode(output).error.kind)
    assert.matches("^spreetail: login at .* was refused", complaint)
  end)

  it("is 4 where nobody is", function()
    local _, complaint, status = spreetail.run({ "login" }, {
      environment = { SPREETAIL_BASE_URL = "https://127.0.0.1:1" },
    })
    assert.equal(4, status)
    assert.matches("no connection to 127.0.0.1:1", complaint, 1, true)
  end)
end)

-- A script that runs the command as one that Ctrl-C reaches, and sends it a signal when its request is under
-- way. $pid is the command's.
local function interrupted(command, signal)
  return ([[
    set -m
    %s &
    pid=$!
    sleep 1
    kill -%s $pid
    wait $pid
  ]]):format(command, signal)
end

describe("Ctrl-C", function()
  local ORDER

  before_each(function()
    ORDER = spreetail.write(home, "order.json", cjson.encode(sandbox.order "R-1"))
  end)

  it("lets an order under way settle, and says what became of it", function()
    for _, signal in ipairs { "INT", "TERM" } do
      sandbox.reset()
      sandbox.fault { path = "/outbound", delay = 2 }
      local output, _, status = spreetail.shell(
        interrupted("spreetail order create " .. ORDER, signal), { home = home })
      assert.equal("R-1\tcreated\n", output)
      assert.equal(signal == "INT" and 130 or 143, status)
    end
  end)

  it("gives up what does not settle, and says that its outcome is unknown", function()
    sandbox.fault { path = "/outbound", delay = 20 }
    local output, complaint, status = spreetail.shell(
      interrupted("spreetail order create --json " .. ORDER, "INT"), { home = home })
    assert.equal(3, status)
    assert.equal("unknown", cjson.decode(output).result)
    assert.matches("spreetail: POST /outbound for 'R%-1': .*It may have been created", complaint)
  end)

  it("pressed twice ends at once", function()
    sandbox.fault { path = "/outbound", delay = 20 }
    local script = interrupted("spreetail order create " .. ORDER, "INT")
      :gsub("kill %-INT", "kill -INT $pid; sleep 0.3; %0")
    local began = os.time()
    local _, _, status = spreetail.shell(script, { home = home })
    assert.equal(130, status)
    assert.is_true(os.time() - began < 4)
  end)

  it("before anything was sent sends nothing", function()
    local script = [[
      set -m
      mkfifo fifo
      spreetail order create fifo & pid=$!
      exec 3> fifo
      sleep 0.3
      kill -INT $pid
      wait $pid
    ]]
    local _, _, status = spreetail.shell("cd $HOME; " .. script, { home = home })
    assert.equal(130, status)
    assert.same({}, sandbox.stats().requests)
  end)
end)

describe("a reader that goes away", function()
  it("ends the command quietly", function()
    sandbox.control("POST", "/stock", { skus = 3000 }) -- more than a pipe holds
    local output, complaint = spreetail.shell "{ spreetail stock; echo $? >&2; } | head -n 1"
    assert.matches("^[^\n]*\n$", output)
    assert.equal("141\n", complaint)
  end)

  it("does not take an order back that was sent", function()
    local path = spreetail.write(home, "order.json", cjson.encode(sandbox.order "R-1"))
    local _, complaint = spreetail.shell(("{ spreetail order create %s; echo $? >&2; } | true"):format(path))
    assert.is_true(complaint == "141\n" or complaint == "0\n", complaint)
    assert.equal("R-1", sandbox.control("GET", "/orders/R-1").ReferenceNumber)
  end)
end)

describe("colours", function()
  it("are seen on a terminal alone, and never with NO_COLOR", function()
    assert.matches("\27[", spreetail.at_terminal "spreetail stock", 1, true)
    assert.not_matches("\27[", spreetail.at_terminal("spreetail stock", { NO_COLOR = "1" }), 1, true)
    assert.not_matches("\27[", (spreetail.run { "stock" }), 1, true)
  end)
end)
