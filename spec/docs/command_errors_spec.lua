-- docs/command-errors.md shows every mistake of spec/command/mistakes.lua, which are made there.

local command_errors = require "spec.docs.command_errors"
local read = require("spec.files").read

describe("docs/command-errors.md", function()
  it("is what the table of mistakes says", function()
    assert.equal(command_errors(), read "docs/command-errors.md", "it is stale: `make messages`")
  end)
end)
