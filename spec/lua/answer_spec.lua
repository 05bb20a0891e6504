-- From the server's JSON to Lua values.

local json = require "spreetail.json"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

describe("data that the server sent", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client { retries = 0 }
  end)

  after_each(function()
    client:close()
  end)

  -- The value that comes of JSON text.
  local function read(text)
    sandbox.fault { path = "/any", body = '{"success":true,"data":' .. text .. "}", times = 1 }
    local data, err = client:request("GET", "/any")
    assert.is_not_nil(data, tostring(err))
    return data
  end

  it("has whole numbers as whole numbers", function()
    local data = read '{"qty":100,"big":9007199254740992,"negative":-5,"price":9.5,"one":1.0}'
    assert.equal("100", tostring(data.qty))
    assert.equal(9007199254740992, data.big)
    assert.equal("-5", tostring(data.negative))
    assert.equal(9.5, data.price)
    if math.type then
      assert.equal("integer", math.type(data.qty))
      assert.equal("integer", math.type(data.big))
      assert.equal("float", math.type(data.one))
    end
  end)

  it("keeps every digit of numbers that a double can't hold", function()
    for _, digits in ipairs { "9007199254740993", "-9007199254740993", "9223372036854775807" } do
      local value = read(digits)
      assert.equal(digits, tostring(value))
      assert.equal(math.type and "number" or "string", type(value))
    end
  end)

  it("has nothing where there was null, save in lists, where it holds a place", function()
    local data = read '{"a":null,"b":[1,null,3]}'
    assert.is_nil(data.a)
    assert.same({ b = { 1, spreetail.null, 3 } }, data)
  end)

  it("has lists that stay lists when they are sent again", function()
    local data = read '{"empty":[],"object":{},"nested":[[],{},[null]]}'
    assert.equal('[]', json.encode(data.empty))
    assert.equal('{}', json.encode(data.object))
    assert.equal('[[],{},[null]]', json.encode(data.nested))
  end)

  it("has text as it was, zeros and all", function()
    assert.equal("a\0b ü \240\159\152\128 \"\\/", read [["a\u0000b ü \ud83d\ude00 \"\\\/"]])
  end)

  it("may be false, a number or a text", function()
    assert.is_false(read "false")
    assert.equal(0, read "0")
    assert.equal("", read '""')
  end)

  it("may be nested deeply", function()
    local data, depth = read(("["):rep(1500) .. ("]"):rep(1500)), 0
    while data do
      data, depth = data[1], depth + 1
    end
    assert.equal(1500, depth)
    data = read(('{"a":'):rep(1500) .. "1" .. ("}"):rep(1500))
    for _ = 1, 1500 do
      data = data.a
    end
    assert.equal(1, data)
  end)

  it("is refused when nested beyond reason", function()
    local nested = ("["):rep(100000) .. ("]"):rep(100000)
    sandbox.fault { path = "/any", body = '{"success":true,"data":' .. nested .. "}" }
    local _, err = client:request("GET", "/any")
    assert.equal("protocol", err.kind)
  end)

  it("is the program's own: changing it changes nothing else", function()
    local first = read '{"a":[1]}'
    first.a[1] = 2
    assert.equal(1, read '{"a":[1]}'.a[1])
  end)

  it("comes back from an order as it was sent", function()
    local stored = spreetail.assert(client:create_order(sandbox.order("R-1", {
      Extra = { list = spreetail.array {}, nothing = spreetail.null, number = 99999999999999 },
    })))
    assert.equal("99999999999999", tostring(stored.Extra.number))
    assert.is_nil(stored.Extra.nothing)
    assert.equal("[]", json.encode(stored.Extra.list))
  end)
end)
