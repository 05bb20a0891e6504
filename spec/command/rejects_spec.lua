-- The file of what was rejected: what is in it, and when it goes.

local files = require "spec.files"
local rejects = require "spreetail.command.rejects"

describe("a file of rejects", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)

  after_each(function() os.remove(path) end)

  it("is not there when nothing was rejected", function()
    rejects.open(path, "header\n"):close()
    assert.is_nil(io.open(path))
  end)

  it("begins with its header, once", function()
    local file = rejects.open(path, "header\n")
    file:write "one\n"
    file:write "two\n"
    file:close()
    assert.equal("header\none\ntwo\n", files.read(path))
  end)

  it("with something in it is left as it is", function()
    files.write(path, "rejected before\n")
    local file, err = rejects.open(path, "header\n")
    assert.is_nil(file)
    assert.equal(path .. " can't be written: there is something in it; import that or put it away first",
      err.message)
    assert.equal("rejected before\n", files.read(path))
  end)

  it("is not taken away from another import that was begun at the same moment", function()
    local ours, others = rejects.open(path, "header\n"), rejects.open(path, "header\n")
    others:write "theirs\n"
    ours:close()
    others:close()
    assert.equal("header\ntheirs\n", files.read(path))
  end)
end)
