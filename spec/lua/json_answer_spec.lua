-- Which answers are JSON, and what they become: what RFC 8259 allows is accepted, what it doesn't is
-- refused as `protocol`, and no digit is lost.

local cjson = require "cjson"
local json = require "spreetail.json"
local raw_server = require "spec.lua.raw_server"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"
local texts = require "spec.lua.json_texts"

local server

setup(function()
  server = raw_server.start()
end)

teardown(function()
  server:stop()
end)

local function as_data(text)
  return '{"success":true,"data":' .. text .. "}"
end

-- The value that comes of a text.
local function read(text)
  local data, err = server:ask(as_data(text))
  assert.is_not_nil(data, text .. ": " .. tostring(err))
  return data
end

local function shown(text)
  return (text:sub(1, 60):gsub("[^ -~]", function(byte) return ("\\%d"):format(byte:byte()) end))
end

local function is_refused(answer)
  local data, err = server:ask(answer)
  return data == nil and err.kind == "protocol" and err.attempts == 1
end

local function check_refused(...)
  for _, answer in ipairs { ... } do
    assert.is_true(is_refused(answer), shown(answer))
  end
end

-- Calls `check` with each of the list, or with some of them where a run is slow by nature. Returns how
-- many there were.
local function each(list, check)
  local step = sandbox.count(1, 17)
  for i = 1, #list, step do
    check(list[i])
  end
  return #list
end

describe("an answer that is JSON", function()
  it("is read, in every production of the grammar", function()
    local count = each(texts.valid, function(case)
      local text, value = case[1], case[2]
      assert.same(value, read(text), shown(text))
    end)
    assert.is_true(count > 500)
  end)

  it("may have white space around it", function()
    assert.is_true(server:ask(" \r\n\t" .. as_data "true" .. "\n\n "))
  end)

  it("may have a NUL in a key", function()
    assert.same({ ["\0"] = 1 }, read '{"\\u0000":1}')
    assert.same({ { ["a\0b"] = { ["\0\0"] = "1e400", a = 2 } } },
      read '[{"a\\u0000b":{"\\u0000\\u0000":1e400,"a":2}}]')
  end)

  it("may name a member twice: the later counts, also when it is null", function()
    assert.same({ a = { 2 }, b = 3 }, read '{"a":{"x":1},"b":3,"a":[2]}')
    assert.same({ b = 3 }, read '{"a":1,"\\u0061":null,"b":3}')
    assert.same({ a = 1 }, read '{"a":null,"a":1}')
  end)

  it("may be null, which is no data", function()
    assert.is_true(server:ask(as_data "null"))
  end)
end)

describe("an answer that is no JSON", function()
  it("is refused, whatever rule it breaks", function()
    local count = each(texts.invalid, function(text)
      assert.is_true(is_refused(as_data(text)), shown(text))
    end)
    assert.is_true(count > 500)
  end)

  it("is refused when it is cut anywhere", function()
    local whole = as_data '{"a":[1.5e3,"x\\u00fc\195\188",true,null],"b":{"c":1e400}} '
    assert.is_not_nil(server:ask(whole))
    for size = 0, #whole - 1 do
      check_refused(whole:sub(1, size))
    end
  end)

  it("is refused when a character of its structure is missing or doubled", function()
    local whole = as_data '{"a":["x","y",{"b":[[],{}]}]}'
    for i = 1, #whole do
      if whole:sub(i, i):find '[%[%]{}:,"]' then
        check_refused(whole:sub(1, i - 1) .. whole:sub(i + 1), whole:sub(1, i) .. whole:sub(i))
      end
    end
  end)

  it("is refused when there is something behind it or before it", function()
    local whole = as_data "1"
    for _, extra in ipairs { "x", "{}", "[]", "1", "null", ",", "}", "\0", '"', "//", whole } do
      check_refused(whole .. extra, extra .. whole, whole .. "\n" .. extra)
    end
  end)

  it("is refused when it begins with a byte order mark, or is UTF-16", function()
    check_refused("\239\187\191" .. as_data "1")
    for _, mark in ipairs { "", "\255\254" } do
      check_refused(mark .. as_data("1"):gsub(".", "%0\0"))
    end
  end)

  it("is refused when it is a value without an object around it", function()
    check_refused("[]", "1", '"x"', "true", "null", "[1e400]", "1e400")
  end)
end)

describe("an answer that is JSON, and refused nevertheless,", function()
  it("has half of a surrogate pair, which no text has", function()
    for _, text in ipairs {
      "\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\ud800x", "\\ud800\\n", "\\ud800\\u0041",
        "\\ud800\\ud800",
      "\\udc00\\ud800", "a\\ud83d",
    } do
      check_refused(as_data('"' .. text .. '"'), as_data('{"' .. text .. '":1}'))
    end
  end)

  -- Fifteen million bytes of these would take a gigabyte as values.
  it("has absurdly many values for its size", function()
    local data, err = server:ask(as_data("[" .. ("[],"):rep(5 * 1024 * 1024) .. "1]"))
    assert.is_nil(data)
    assert.equal("protocol", err.kind)
    assert.matches("many values for its size", err.message, 1, true)
  end)

  it("is nested more than 2,048 levels deep", function()
    for _, depth in ipairs { 2048, 10000, 1000000 } do
      check_refused(as_data(("["):rep(depth) .. ("]"):rep(depth)))
      check_refused(as_data(('{"a":'):rep(depth) .. "1" .. ("}"):rep(depth)))
      check_refused(as_data(("["):rep(depth)))
    end
  end)
end)

describe("nesting", function()
  local DEPTH = 2000

  it("of 2,000 levels is read, as lists and as objects", function()
    local data = read(("["):rep(DEPTH) .. ("]"):rep(DEPTH))
    for _ = 2, DEPTH do
      data = data[1]
    end
    assert.is_nil(next(data))
    data = read(('{"a":'):rep(DEPTH) .. "1e400" .. ("}"):rep(DEPTH))
    for _ = 1, DEPTH do
      data = data.a
    end
    assert.equal("1e400", data)
  end)

  it("of 2,000 levels can't be sent back, and is refused in words", function()
    local data = read(("["):rep(DEPTH) .. ("]"):rep(DEPTH))
    local sent, err = server:ask("{}", { json = { data } })
    assert.is_nil(sent)
    assert.equal("validation", err.kind)
    assert.matches("is nested more than 100 levels deep", err.message, 1, true)
  end)
end)

describe("a number in an answer", function()
  it("prints as it was sent when it is whole, on every Lua", function()
    for _, text in ipairs { "100", "0", "-5", "1000000", "4006381333931", "99999999999999" } do
      assert.equal(text, tostring(read(text)))
      assert.equal(text, tostring(read('{"StockLevel":' .. text .. "}").StockLevel))
    end
  end)

  it("is a number where the Lua can hold it", function()
    for _, text in ipairs { "9007199254740992", "-9007199254740992", "4006381333931" } do
      local number = read(text)
      assert.equal("number", type(number))
      assert.equal(text, ("%.0f"):format(number))
    end
  end)

  it("keeps its digits: in a string, where this Lua's numbers can't hold them", function()
    for _, text in ipairs {
      "9007199254740993", "-9007199254740993", "123456789012345678", "9223372036854775807",
        "-9223372036854775808",
    } do
      local value = read(text)
      assert.equal(math.type and "number" or "string", type(value))
      assert.equal(text, tostring(value))
    end
  end)

  it("that no Lua can hold is a string of what was sent", function()
    for _, text in ipairs { "9223372036854775808", "123456789012345678901234567890", "1e400",
      "-1.50E+999" } do
      assert.equal(text, read(text))
    end
  end)

  it("is sent back with all its digits", function()
    local value = read "9007199254740993"
    assert.is_not_nil(server:ask("{}", { json = { ean = value } }))
    assert.equal(type(value) == "string" and '{"ean":"9007199254740993"}' or '{"ean":9007199254740993}',
      server.received)
  end)
end)

describe("data that is sent back", function()
  local function check_same(...)
    for _, text in ipairs { ... } do
      server:ask("{}", { json = read(text) })
      assert.equal(text, server.received)
    end
  end

  it("is what came", function()
    check_same("[]", "{}", "[[],{},[[]],[{}]]", '{"list":[]}', '{"object":{}}', '{"a":{"b":[[]]}}',
      "[null,1,null]", "[null]", "[100,-1,0,0.5,9.99]", '["",true,false]', '["a\\u0000b"]', '["1e400"]')
  end)

  it("has a list of what was a list, when it was emptied or filled", function()
    local data = read '{"a":[1],"b":[]}'
    data.a[1], data.b[1] = nil, 5
    assert.same({ "[]", "[5]" }, { json.encode(data.a), json.encode(data.b) })
  end)
end)

describe("the writer beneath", function()
  -- lua-cjson 2.1.0 and its newer fork differ in this and that; nothing of it is to be seen.
  it("is lua-cjson, old or new: " .. tostring(cjson._VERSION), function()
    assert.equal('[100,1,0.1,-2.5,1e-07,"/\\u0000"]', (json.encode { 100, 1.0, 0.1, -2.5, 1e-7, "/\0" }
      :gsub("\\/", "/")))
    assert.same(read '[100,1,0.1,-2.5,1e-07]', { 100, 1, 0.1, -2.5, 1e-7 })
  end)

  it("is the module's own: what a program sets in cjson changes nothing", function()
    local settings = { "encode_number_precision", "encode_sparse_array", "encode_max_depth",
      "encode_invalid_numbers",
      "encode_empty_table_as_object", "encode_escape_forward_slash" }
    local values = { 3, false, 5, true, false, false }
    local before = json.encode { 1.23456789, {}, { { { { { { 1 } } } } } } }
    local kept = {}
    for i, name in ipairs(settings) do
      if cjson[name] then
        kept[name] = { cjson[name]() }
        cjson[name](values[i])
      end
    end
    local after = json.encode { 1.23456789, {}, { { { { { { 1 } } } } } } }
    for name, value in pairs(kept) do
      cjson[name]((unpack or table.unpack)(value))
    end
    assert.equal(before, after)
    assert.is_nil(json.encode { 0 / 0 })
    assert.matches("1.23456789", spreetail.assert(after), 1, true)
  end)
end)
