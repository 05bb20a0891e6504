-- Nothing in examples/ goes untested.

local shell = require("spec.lua.process").shell

describe("examples/", function()
  it("holds no program without a spec", function()
    local examples = shell "cd examples && ls *.lua | sed 's/[.]lua$//'"
    local specs = shell "cd spec/examples && ls *_spec.lua | grep -v complete | sed 's/_spec[.]lua$//'"
    assert.equal(specs, examples)
  end)
end)
