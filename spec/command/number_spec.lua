-- Numbers on the command line.

local number = require "spreetail.command.number"

local function refuses(convert, ...)
  for _, text in ipairs { ... } do
    local value, why = convert(text)
    assert.is_nil(value, text)
    assert.matches("'" .. text .. "' is not a", why, 1, true)
  end
end

describe("a number on the command line", function()
  it("is written in digits: an amount is none of what else Lua takes for numbers", function()
    assert.equal(12.5, number.number "12.50")
    assert.equal(0, number.number "0")
    refuses(number.number, "-1", "1e3", "0x10", "1,5", " 1", "inf", "nan", "", ".5", "1.2.3")
  end)

  it("of seconds is above 0", function()
    assert.equal(0.5, number.seconds "0.5")
    refuses(number.seconds, "0", "0.0", "-1", "soon")
  end)

  it("that counts is whole, from 1", function()
    assert.equal(16, number.count "16")
    refuses(number.count, "0", "1.5", "-1", "4294967296", "many")
  end)
end)
