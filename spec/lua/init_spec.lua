local core = require "spreetail.core"
local spreetail = require "spreetail"

describe("spreetail", function()
  it("has a version", function()
    assert.matches("^%d+%.%d+%.%d+$", spreetail._VERSION)
  end)

  it("holds nothing that was not meant to be there", function()
    assert.equal("function", type(spreetail.client))
    assert.equal("function", type(spreetail.assert))
    assert.equal("function", type(spreetail.array))
    assert.equal("userdata", type(spreetail.null))
  end)

  it("sets no globals", function()
    assert.is_nil(rawget(_G, "spreetail"))
    assert.is_nil(rawget(_G, "cjson"))
  end)
end)

describe("spreetail.core", function()
  it("has a clock that does not run backwards", function()
    local before = core.now()
    assert.is_true(core.now() >= before)
  end)

  it("can be loaded twice", function()
    local again = package.loaded["spreetail.core"]
    package.loaded["spreetail.core"] = nil
    local second = require "spreetail.core"
    package.loaded["spreetail.core"] = again
    assert.equal(again.list_marks.list, second.list_marks.list)
    local options = { client_id = "a", client_secret = "b", base_url = "https://localhost" }
    local client = assert(second.open(options))
    assert.equal(0, client:stats().calls)
    client:close()
  end)

  it("encodes every byte of a path's segment that is not plain", function()
    assert.equal("AZaz09-._~", core.encode_segment "AZaz09-._~")
    assert.equal("%2F%20%25%2B%3F%23%26%C3%A4%00", core.encode_segment "/ %+?#&\195\164\0")
    assert.equal("", core.encode_segment "")
  end)

  it("knows UTF-8", function()
    for _, text in ipairs { "", "abc", "\195\164", "\226\130\172", "\240\159\152\128", "a\0b" } do
      assert.is_true(core.is_utf8(text), text)
    end
    for _, text in ipairs {
      "\255", "\195", "\192\128", "\237\160\128", "\244\144\128\128", "\224\128\128", "a\128",
    } do
      assert.is_false(core.is_utf8(text), text)
    end
  end)
end)
