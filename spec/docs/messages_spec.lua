-- docs/messages.md shows every message as it is. A change of one is to be read there, as a new user would.

local messages = require "spec.docs.messages"
local read = require("spec.files").read

local function each_line(text)
  return text:gmatch "[^\n]+"
end

describe("a message", function()
  local provoked = messages.provoke()

  it("is as docs/messages.md shows it", function()
    local on_page = each_line(read "docs/messages.md")
    for line in each_line(messages.page(provoked)) do
      assert.equal(line, on_page(), "docs/messages.md is stale: read what has changed, then `make messages`")
    end
    assert.is_nil(on_page())
  end)

  it("never holds a secret or a token", function()
    for _, section in ipairs(provoked) do
      for _, each in ipairs(section) do
        for _, secret in ipairs { messages.SECRET, messages.TOKEN, os.getenv "SPREETAIL_CLIENT_SECRET" } do
          assert.is_nil(each.text:find(secret, 1, true), each.text)
        end
      end
    end
  end)

  it("on a mistake of the program is raised at its line; any other is returned", function()
    for _, section in ipairs(provoked) do
      for _, each in ipairs(section) do
        assert.equal(section.title == "Mistakes in the program", each.raised, each.text)
        assert.equal(each.raised, each.text:find "^program:1: " ~= nil, each.text)
      end
    end
  end)

  it("that is returned begins with its kind, and goes on with what it is about", function()
    for _, section in ipairs(provoked) do
      for _, each in ipairs(section) do
        assert.is_true(each.raised or each.text:find "^[%l_]+: %S.*%S" ~= nil, each.text)
        assert.is_nil(each.text:find "[%c]", each.text)
      end
    end
  end)
end)
