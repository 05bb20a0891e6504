-- spreetail login: whether the credentials are good.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

before_each(sandbox.reset)

describe("spreetail login", function()
  it("logs in", function()
    assert.same({ "logged in\n", "", 0 }, { spreetail.run { "login" } })
    assert.equal(1, sandbox.stats().requests["POST /auth/login"])
  end)

  it("says so at a terminal, and to programs", function()
    assert.matches("logged in", spreetail.at_terminal "spreetail login", 1, true)
    assert.same({ result = "logged in" }, cjson.decode((spreetail.run { "login", "--json" })))
  end)

  it("with wrong credentials is refused", function()
    local output, complaint, status = spreetail.run({ "login" },
      { environment = { SPREETAIL_CLIENT_SECRET = "wrong" } })
    assert.same({ "", 4 }, { output, status })
    assert.matches("^spreetail: login at .* was refused", complaint)
  end)
end)
