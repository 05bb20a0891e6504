-- JSON in files, and where in them something stands.

local json = require "spreetail.json"
local located_json = require "spreetail.command.located_json"

local function read(text)
  local value = located_json.read(text)
  assert.is_not_nil(value, text)
  return value
end

-- "line:column: message" of what is wrong.
local function mistake(text)
  local value, wrong = located_json.read(text)
  assert.is_nil(value, text)
  return ("%d:%d: %s"):format(wrong.line, wrong.column, wrong.message)
end

describe("JSON of a file", function()
  it("is read as what it says", function()
    assert.same({ a = { 1, -2.5, 1e3, true, false }, b = { c = "d" } },
      read ' { "a" : [1, -2.5, 1e3, true,false], "b": {"c":"d"} } \n')
    assert.equal(json.null, read '{"a": null}'.a)
    assert.equal('"\\/\b\f\n\r\t', read [==[["\"\\\/\b\f\n\r\t"]]==][1])
    assert.equal("A\195\188\226\130\172\240\159\152\128", read [==[["\u0041\u00fc\u20AC\ud83d\ude00"]]==][1])
    assert.same({ a = 1 }, read '\239\187\191{"a":1}')
  end)

  it("is sent as it was written: whole numbers with all digits, empty lists as lists", function()
    local text = '{"n":9007199254740991,"list":[],"object":{}}'
    local again = json.encode(read(text))
    assert.matches('"n":9007199254740991', again, 1, true)
    assert.matches('"list":[]', again, 1, true)
    assert.matches('"object":{}', again, 1, true)
  end)

  it("with a number that can't be kept is refused, rather than sent as another", function()
    assert.matches("^1:2: a number with more digits than can be kept", mistake "[123456789012345678901]")
    assert.matches("^1:2: a number too large", mistake "[1e999]")
    if not (math.type and math.type(1) == "integer") then
      assert.matches("^1:2: a number with more digits", mistake "[9007199254740993]")
    else
      assert.equal("[9007199254740993]", json.encode(read "[9007199254740993]"))
    end
  end)

  it("with a mistake says where and which", function()
    for text, expected in pairs {
      [""] = "1:1: a value expected, not the end of the file",
      ['{"a": 1,}'] = "1:9: a name in quotes expected, not '}'",
      ['{"a" 1}'] = "1:6: ':' expected, not '1'",
      ['{"a": 1 "b": 2}'] = "1:9: ',' or '}' expected, not '\"'",
      ["{\n  a: 1}"] = "2:3: a name in quotes expected, not 'a'",
      ["[1 2]"] = "1:4: ',' or ']' expected, not '2'",
      ["[1,]"] = "1:4: a value expected, not ']'",
      ["[1, nil]"] = "1:5: a value expected, not 'nil'",
      ["['a']"] = "1:2: a value expected, not '''",
      ['["a'] = "1:2: a string without an end",
      ['["a\nb"]'] = "1:4: a line break or control character in a string, which is written as \\n or \\u00XX",
      ['["\\x"]'] = "1:3: \\x means nothing in JSON",
      ['["\\u12"]'] = "1:3: \\u needs four hexadecimal digits",
      ['["\\udc00"]'] = "1:3: half of a surrogate pair, which is no character",
      ['["\\ud800\\u0041"]'] = "1:3: half of a surrogate pair, which is no character",
      ["[01]"] = "1:2: a number that begins with 0",
      ["[-]"] = "1:2: '-' without a number",
      ["{} {}"] = "1:4: nothing more expected, and here is '{'",
      ['{"a": 1,\n "a": 2}'] = "2:2: 'a' for a second time in one object",
      [("["):rep(200)] = "1:101: more than 100 levels deep",
    } do
      assert.equal(expected, mistake(text))
    end
  end)

  it("knows where each field stands, in either spelling, counted in characters", function()
    local _, places = located_json.read [[{
  "name": "Köln", "order_items": [
    {"sku": "A"}, {"sku": "B"}]}]]
    local function at(path)
      return ("%d:%d"):format(located_json.locate(places, path))
    end
    assert.equal("2:3", at "name")
    assert.equal("2:19", at "OrderItems")
    assert.equal("3:6", at "OrderItems[1].SKU")
    assert.equal("3:20", at "order_items[2].sku")
    assert.equal("1:1", at "")
  end)

  it("shows a field that is missing where it should be", function()
    local _, places = located_json.read '{"OrderItems":\n [{"SKU": "A"}]}'
    assert.same({ 2, 3 }, { located_json.locate(places, "OrderItems[1].Qty") })
    assert.same({ 1, 1 }, { located_json.locate(places, "Currency") })
  end)
end)
