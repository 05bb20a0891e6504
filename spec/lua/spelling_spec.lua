local spelling = require "spreetail.spelling"

local function nearest(name, ...)
  local names = {}
  for _, each in ipairs { ... } do
    names[each] = true
  end
  return spelling.nearest(name, names)
end

describe("the name that was probably meant", function()
  it("is one with a letter too many, too few or changed", function()
    assert.equal("timeout", nearest("timeot", "timeout", "retries"))
    assert.equal("timeout", nearest("timeoutt", "timeout", "retries"))
    assert.equal("timeout", nearest("tineout", "timeout", "retries"))
    assert.equal("ReferenceNumber", nearest("RefrenceNumber", "ReferenceNumber", "ReceivedDate"))
    assert.equal("price_per_unit", nearest("prize_per_unit", "PricePerUnit", "price_per_unit"))
  end)

  it("is the nearest of several", function()
    assert.equal("abcdef", nearest("abcdeg", "abcdef", "abcdxx", "abxxef"))
  end)

  it("is the first by name of those that are equally near, in every run", function()
    assert.equal("abcda", nearest("abcde", "abcdz", "abcdb", "abcda", "abcdy"))
  end)

  it("may differ in a third of its letters, and in three at most", function()
    assert.equal("abc", nearest("abx", "abc"))
    assert.is_nil(nearest("axy", "abc"))
    assert.equal("abcdefghijkl", nearest("abcdefghixyz", "abcdefghijkl"))
    assert.is_nil(nearest("abcdefghwxyz", "abcdefghijkl"))
    assert.is_nil(nearest("ab", "a"))
    assert.is_nil(nearest("", "a"))
  end)

  it("is none where nothing is near, or there are no names", function()
    assert.is_nil(nearest("ReferenceNumber", "Currency", "Notes"))
    assert.is_nil(nearest("ReferenceNumber"))
  end)

  it("is itself when it is there", function()
    assert.equal("Notes", nearest("Notes", "Notes", "Note"))
  end)

  it("is not looked for in vain: a name of a million letters takes no time", function()
    local began = os.clock()
    assert.is_nil(nearest(("x"):rep(1000000), "ReferenceNumber", "Currency"))
    assert.is_true(os.clock() - began < 0.5)
  end)
end)
