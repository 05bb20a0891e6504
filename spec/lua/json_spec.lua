local cjson = require "cjson"
local json = require "spreetail.json"
local process = require "spec.lua.process"
local random_record = require "spec.lua.random_record"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local nan, inf = 0 / 0, math.huge

-- The problems of a value, as "path message".
local function problems(value)
  local text, list = json.encode(value)
  assert.is_nil(text)
  local lines = {}
  for i, problem in ipairs(list) do
    lines[i] = problem.path .. ": " .. problem.message
  end
  return lines
end

local function check_problem(value, path, words)
  local lines = problems(value)
  assert.equal(1, #lines)
  assert.equal(path .. ": ", lines[1]:sub(1, #path + 2))
  assert.matches(words, lines[1], 1, true)
end

describe("JSON that is sent", function()
  it("is what the table holds", function()
    local text = json.encode { a = { 1, 2.5, "x", true, { b = "ü\n\"/" } }, c = {}, d = spreetail.null }
    assert.same({ a = { 1, 2.5, "x", true, { b = "ü\n\"/" } }, c = {}, d = cjson.null }, cjson.decode(text))
  end)

  it("has whole numbers without a point, on every Lua", function()
    assert.equal('[0,1,-7,100,99999999999999,-99999999999999]',
      json.encode { 0, 1.0, -7, 100, 99999999999999, -99999999999999 })
    assert.equal("[9.99,0.01,-0.5]", json.encode { 9.99, 0.01, -0.5 })
  end)

  it("has whole numbers with all their digits", function()
    assert.equal('[4006381333931,100000000000000,-123456789012345]',
      json.encode { 4006381333931, 100000000000000, -123456789012345 })
    assert.equal("[9007199254740992,9007199254740994,-4611686018427387904]",
      json.encode { 2 ^ 53, 2 ^ 53 + 2, -2 ^ 62 })
    if math.type then
      assert.equal("[9007199254740993,9223372036854775807,-9223372036854775808]",
        json.encode { 9007199254740993, math.maxinteger, math.mininteger })
    end
  end)

  it("has the fewest digits that bring a number back", function()
    assert.equal("[1234567890123.5,-12345678901234.5,0.1,123.456,0.000125,-19.99]",
      json.encode { 1234567890123.5, -12345678901234.5, 0.1, 123.456, 0.000125, -19.99 })
    assert.equal("[0.30000000000000004,1e+300,1.7976931348623157e+308,5e-324,-0]",
      json.encode { 0.1 + 0.2, 1e300, 1.7976931348623157e308, 4.9406564584124654e-324, -1 / inf })
  end)

  it("has of any number what reads as the same number", function()
    local random = random_record.random(1)
    for _ = 1, sandbox.count(4000, 500) do
      local digits, scale = random:upto(2 ^ 30) * random:upto(2 ^ 22), 10 ^ (random:upto(60) - 40)
      for _, number in ipairs { digits * scale, digits / 100, -random:upto(100000) / 100, digits / 3 } do
        local text = json.encode { number }
        assert.equal(number, tonumber(text:sub(2, -2)), text)
        assert.is_true(number % 1 == 0 or #text - 2 <= #("%.17g"):format(number), text)
      end
    end
  end)

  it("has a point before decimals in every locale, also when it is set later", function()
    local directory = os.tmpname()
    os.remove(directory)
    local made = process.shell(("mkdir %s && localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 && echo made"):format(
      directory, directory))
    assert.matches("made", made)
    local output = process.run([[
      local json = require "spreetail.json"
      print((json.encode { 39.95, 1 / 3 }))
      assert(os.setlocale "de_DE.UTF-8")
      print((json.encode { 39.95, 1 / 3 }))
      assert(os.setlocale "C")
      print((json.encode { 39.95, 1 / 3 }))
    ]], "ASAN_OPTIONS=detect_leaks=0 LOCPATH=" .. directory) -- the C library loses a copy of LOCPATH
    process.shell("rm -r " .. directory)
    assert.equal(("[39.95,0.3333333333333333]\n"):rep(3), output)
  end)

  it("has [] for what is marked as a list, and {} for other empty tables", function()
    assert.equal("[]", json.encode(spreetail.array {}))
    assert.equal("{}", json.encode {})
    assert.equal('{"a":[]}', json.encode { a = spreetail.array {} })
    assert.equal("[[],{},[[]]]", json.encode { spreetail.array {}, {}, { spreetail.array {} } })
    assert.equal("[1,2]", json.encode(spreetail.array { 1, 2 }))
  end)

  it("has [] for what a lua-cjson that marks lists has marked", function()
    local output = process.run [[
      local cjson = require "cjson"
      cjson.array_mt, cjson.empty_array_mt = {}, {}
      cjson.empty_array = debug.upvalueid and debug.upvalueid(function() return cjson end, 1)
      local json = require "spreetail.json"
      local function array(list) return setmetatable(list, cjson.array_mt) end
      local function empty_array(list) return setmetatable(list, cjson.empty_array_mt) end
      print((json.encode { array {}, array { 1 }, empty_array {}, empty_array { 1 }, {} }))
      print((json.encode { empty_array { a = 1 } }))
      print(select(2, json.encode { array { a = 1 } })[1].message)
      print((json.encode { a = cjson.empty_array or array {} }))
    ]]
    assert.equal('[[],[1],[],[1],{}]\n[{"a":1}]\nmixes list items with named fields\n{"a":[]}\n', output)
  end)

  it("has null for spreetail.null, in lists and objects", function()
    assert.equal("[1,null,3]", json.encode { 1, spreetail.null, 3 })
    assert.equal('{"a":null}', json.encode { a = spreetail.null })
  end)

  it("may hold one table several times", function()
    local address = { Town = "Rheine" }
    assert.same({ a = address, b = { address, address } },
      cjson.decode((json.encode { a = address, b = { address, address } })))
  end)

  it("has every character that there is, escaped where JSON wants it", function()
    local all = {}
    for code = 0, 127 do
      all[#all + 1] = string.char(code)
    end
    local text = table.concat(all) .. "ü\226\130\172\240\159\152\128"
    local value = { [text] = { text } }
    assert.same(value, cjson.decode(json.encode(value)))
    assert.equal([=[["\"\\\/\b\f\n\r\t\u0000\u001f\u007f"]]=], json.encode { "\"\\/\b\f\n\r\t\0\31\127" })
  end)

  it("may be of any length", function()
    for _, size in ipairs { 0, 1, 300, 1021, 1022, 1023, 1024, 1025, 4000, 100000 } do
      local list = {}
      for i = 1, size do
        list[i] = i % 10
      end
      local text = ("\n"):rep(size)
      assert.equal('"' .. ("\\n"):rep(size) .. '"', json.encode(text))
      assert.equal("[" .. table.concat(list, ",") .. "]", json.encode(spreetail.array(list)))
    end
  end)

  it("says of any record what lua-cjson says", function()
    local random = random_record.random(1)
    for _ = 1, sandbox.count(1000, 50) do
      for _, kind in ipairs { "order", "delivery" } do
        local record = random_record.makers[kind](random)
        assert.same(cjson.decode(cjson.encode(record)), cjson.decode(json.encode(record)))
      end
    end
  end)

  it("leaves the table as it is", function()
    local value = { list = spreetail.array {}, inner = { { spreetail.array {} } } }
    local list, inner = value.list, value.inner
    json.encode(value)
    assert.equal(list, value.list)
    assert.equal(inner, value.inner)
    assert.is_nil(next(list))
    assert.equal("table", type(inner[1][1]))
  end)
end)

describe("JSON that can't be sent exactly is refused:", function()
  it("lists with holes", function()
    check_problem({ a = { 1, nil, 3 } }, "a[2]", "must not have holes")
    check_problem({ [2] = "x" }, "[1]", "must not have holes")
    check_problem({ a = { [1e9] = "x" } }, "a[1]", "must not have holes")
    check_problem({ a = { [2 ^ 60] = "x" } }, "a[1]", "must not have holes")
  end)

  it("what JSON has nothing for", function()
    check_problem({ a = { b = print } }, "a.b", "is a function")
    check_problem({ 1, coroutine.create(function() end) }, "[2]", "is a thread")
    check_problem({ a = io.stdout }, "a", "is a userdata")
  end)

  it("numbers that are none", function()
    check_problem({ a = nan }, "a", "which JSON has no number for")
    check_problem({ a = { inf } }, "a[1]", "is inf")
    check_problem({ a = { -inf } }, "a[1]", "is -inf")
  end)

  it("tables that are a list and an object at once", function()
    check_problem({ a = { 1, 2, b = 3 } }, "a", "mixes list items with named fields")
    check_problem({ a = spreetail.array { b = 1 } }, "a", "mixes list items with named fields")
  end)

  it("keys that are neither names nor places", function()
    check_problem({ a = { [true] = 1 } }, "a", "has a key (true) that is neither")
    check_problem({ a = { [0] = 1 } }, "a", "has a key (0) that is neither")
    check_problem({ a = { [-1] = 1 } }, "a", "has a key (-1) that is neither")
    check_problem({ a = { [1.5] = 1 } }, "a", "has a key (1.5) that is neither")
    check_problem({ a = { [inf] = 1 } }, "a", "has a key (inf) that is neither")
    check_problem({ a = { [{}] = 1 } }, "a",
      "has a key (of type table) that is neither a name nor 1, 2, 3, ...")
  end)

  it("text that is not UTF-8, in values and in keys", function()
    check_problem({ a = { "ok", "\255" } }, "a[2]", "is not valid UTF-8")
    check_problem({ a = { ["\255"] = 1 } }, "a", "has a key that is not valid UTF-8")
    check_problem({ ["\195"] = 1 }, "", "has a key that is not valid UTF-8")
  end)

  it("tables that contain themselves", function()
    local loop = { b = {} }
    loop.b.c = loop
    check_problem({ a = loop }, "a.b.c", "contains itself")
    loop = {}
    loop[1] = loop
    check_problem(loop, "[1]", "contains itself")
  end)

  it("tables that contain themselves many times over, without delay", function()
    local loop = {}
    for i = 1, 20 do
      loop["k" .. i] = loop
    end
    assert.equal(20, #problems(loop))
  end)

  it("tables nested more deeply than anything in the API", function()
    local deep = {}
    for _ = 1, 99 do
      deep = { deep }
    end
    assert.is_string(json.encode(deep))
    local lines = problems { a = deep }
    assert.equal(1, #lines)
    assert.matches("^a%[1%].*: is nested more than 100 levels deep$", lines[1])
  end)

  it("everything that is wrong at once, in the order of the paths", function()
    assert.same({ "a", "b.c[1]", "b.d", "e[3]" }, (function()
      local paths = {}
      local _, list = json.encode { e = { 1, 2, nan }, a = print, b = { c = { "\255" }, d = { 1, x = 1 } } }
      for i, problem in ipairs(list) do
        paths[i] = problem.path
      end
      return paths
    end)())
  end)
end)

describe("an order that can't be sent exactly", function()
  it("is refused with every problem, its reference, and nothing sent", function()
    sandbox.reset()
    local client = sandbox.client()
    local order = sandbox.order("R-1", { Total = nan, Notes = print })
    order.OrderItems[1].Barcode = inf
    local _, err = client:create_order(order)
    assert.same({ "validation", "not_sent", "R-1" }, { err.kind, err.outcome, err.reference })
    assert.same({ "Notes", "OrderItems[1].Barcode", "Total" },
      { err.details[1].path, err.details[2].path, err.details[3].path })
    assert.matches("order 'R-1': Notes is a function", err.message, 1, true)
    assert.equal(0, sandbox.stats().logins)
    assert.equal(print, order.Notes)
    client:close()
  end)
end)
