-- Nothing in examples/ goes untested.

local function listing(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("examples/", function()
  it("holds no program without a spec", function()
    local examples = listing "cd examples && ls *.lua | sed 's/[.]lua$//'"
    local specs = listing "cd spec/examples && ls *_spec.lua | grep -v complete | sed 's/_spec[.]lua$//'"
    assert.equal(specs, examples)
  end)
end)
