-- spreetail login: whether the credentials are good.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

before_each(sandbox.reset)

describe("spreetail login", function()
  it("logs in", function()
    assert.same({ "logged in\n", "", 0 }, { spreetail.run { "login", "--quiet" } })
    assert.equal(1, sandbox.stats().requests["POST /auth/login"])
  end)

  it("says so at a terminal, and to programs", function()
    assert.matches("logged in", spreetail.at_terminal "spreetail login", 1, true)
    assert.same({ result = "logged in" }, cjson.decode((spreetail.run { "login", "--json" })))
  end)

  it("keeps the token in the keyring, for the commands that follow, however many at once", function()
    sandbox.client():create_order(sandbox.order "R-1")
    local before = sandbox.stats().logins
    local output, complaint, status = spreetail.shell([[
      spreetail login
      seq 20 | xargs -P 10 -I{} spreetail order get R-1 > "$HOME/all"
      grep -c '^Status' "$HOME/all"
    ]], { environment = { LD_PRELOAD = "" } })
    assert.same({ "logged in\n20\n", "", 0 }, { output, complaint, status })
    assert.equal(before + 1, sandbox.stats().logins)
  end)

  it("says why where there is no keyring; each command logs in by itself then", function()
    local output, complaint, status = spreetail.run { "login" }
    assert.same({ "logged in\n", 0 }, { output, status })
    assert.matches("^spreetail: no tokens can be kept in the kernel's keyring: ", complaint)
    assert.matches("; each command logs in by itself\n$", complaint)
    assert.equal("", (select(2, spreetail.run { "stock" })))
    assert.equal(2, sandbox.stats().logins)
  end)

  it("with wrong credentials is refused", function()
    local output, complaint, status = spreetail.run({ "login" },
      { environment = { SPREETAIL_CLIENT_SECRET = "wrong" } })
    assert.same({ "", 4 }, { output, status })
    assert.matches("^spreetail: login at .* was refused", complaint)
  end)
end)
