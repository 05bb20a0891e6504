-- JSON by the rules of RFC 8259: texts for every production, and for every way to break it. They are
-- values, to be put where a value may stand.

local texts = {
  --- { text, value } each: value is what it means in Lua.
  valid = {},
  --- Texts that are no JSON.
  invalid = {},
}

local function valid(text, value)
  table.insert(texts.valid, { text, value })
end

local function invalid(...)
  for _, text in ipairs { ... } do
    table.insert(texts.invalid, text)
  end
end

-- A code point as UTF-8, also one that is none.
local function utf8(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xc0 + math.floor(code / 0x40), 0x80 + code % 0x40)
  elseif code < 0x10000 then
    return string.char(0xe0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40,
      0x80 + code % 0x40)
  end
  return string.char(0xf0 + math.floor(code / 0x40000), 0x80 + math.floor(code / 0x1000) % 0x40,
    0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function quoted(text)
  return '"' .. text .. '"'
end

-- Each text that comes of putting `piece` in one of the places "_", and nothing in the others.
local function each_place(template, piece, use)
  local _, places = template:gsub("_", "")
  for chosen = 1, places do
    local place = 0
    use((template:gsub("_", function()
      place = place + 1
      return place == chosen and piece or ""
    end)))
  end
end

--
-- Literals, arrays, objects, white space.
--

valid("true", true)
valid("false", false)

for _, word in ipairs {
  "True", "TRUE", "tRue", "tru", "truee", "true1", "t", "False", "FALSE", "fals", "falsee", "Null", "NULL",
    "nul",
  "nulll", "nil", "None", "undefined", "true false", "null null", "yes", "on", "a", "A", "?", "@",
    "true,false",
} do
  invalid(word)
end

valid("[]", {})
valid("[true]", { true })
valid("[1,2,3]", { 1, 2, 3 })
valid('[1,"a",true,[],{}]', { 1, "a", true, {}, {} })
valid("[[[[]]]]", { { { {} } } })
valid("{}", {})
valid('{"a":1}', { a = 1 })
valid('{"a":1,"b":"x","c":[],"d":{},"e":false}', { a = 1, b = "x", c = {}, d = {}, e = false })
valid('{"a":{"a":{"a":{}}}}', { a = { a = { a = {} } } })
valid('{"":1}', { [""] = 1 })
valid('{"a b":1,"ü":2,"\\u0061\\n":3}', { ["a b"] = 1, ["ü"] = 2, ["a\n"] = 3 })
valid('{"1":1,"true":2,"null":3}', { ["1"] = 1, ["true"] = 2, ["null"] = 3 })
valid('{"a":1,"a":2}', { a = 2 }) -- the last one counts
valid('{"a":1,"\\u0061":2,"a":3}', { a = 3 })

invalid("[", "]", "[1", "1]", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1,2", "[[1]",
  "[1]]",
  "[true false]", '["a" "b"]', "[1}", "[}", "[1,2}", "(1)", "<1>", "[1 ,]", "[ ,1]", "[...]", "[1,2,3]]")
invalid("{", "}", '{"a"}', '{"a":}', '{"a" 1}', '{"a":1,}', "{,}", '{,"a":1}', '{"a":1 "b":2}',
  '{"a":1;"b":2}',
  '{"a"::1}', "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{true:1}", "{[]:1}", "{{}:1}", '{"a"=1}',
    '{"a":1,,"b":2}',
  '{"a":1:2}', '{"a":1]', "{]", '{"a":1', '{"a":', '{"a"', '{"a":1}}', '{"a",1}', '{"a":1,"b"}', "{:1}",
    "{1}",
  '{"a":{"b":1}', "{1e400:1}", "{1e400 :1}")

for _, space in ipairs { " ", "\t", "\n", "\r", " \t\n\r", "\r\n\r\n" } do
  each_place("_[_1_,_2_]_", space, function(text) valid(text, { 1, 2 }) end)
  each_place('_{_"a"_:_1_,_"b"_:_true_}_', space, function(text) valid(text, { a = 1, b = true }) end)
  valid("[" .. space .. "]", {})
  valid("{" .. space .. "}", {})
end

for _, no_space in ipairs {
  "\v", "\f", "\b", "\0", "\127", utf8(0xa0), utf8(0x2028), utf8(0x3000), utf8(0xfeff), "//", "/**/", "#",
    "\\n",
} do
  each_place("_[_1_,_2_]_", no_space, invalid)
  each_place('_{_"a"_:_1_}_', no_space, invalid)
end

--
-- Numbers.
--

for _, sign in ipairs { "", "-" } do
  for _, whole in ipairs { "0", "1", "9", "10", "100", "123456789" } do
    for _, fraction in ipairs { "", ".0", ".5", ".123456789" } do
      for _, exponent in ipairs { "", "e0", "E5", "e+5", "e-5", "E+05", "E-07" } do
        local text = sign .. whole .. fraction .. exponent
        valid(text, tonumber(text))
      end
    end
  end
end
for _, text in ipairs { "1.7976931348623157e308", "5e-324", "1e-400", "-1e-400", "0e999999",
  "0.0e-999999" } do
  valid(text, tonumber(text))
end
valid("0." .. ("0"):rep(400) .. "1e401", 1)
valid("1" .. ("0"):rep(400) .. "e-400", 1)

-- Too large for integers of 64 bits or for doubles: they stay what was sent.
for _, text in ipairs {
  "9223372036854775808", "-9223372036854775809", "18446744073709551615", "12345678901234567890",
  ("9"):rep(400), "1e309", "-1E+400", "1.8e308", "1e999999999999999999999", ("9"):rep(400) .. ".5",
} do
  valid(text, text)
  valid("[" .. text .. ',0,"x"]', { text, 0, "x" })
  valid('{"a":' .. text .. ',"b": ' .. text .. ' ,"1e400":"1e400"}', { a = text, b = text,
    ["1e400"] = "1e400" })
end

for _, text in ipairs {
  "+1", "01", "-01", "00", "-00", "007", "1.", "-1.", ".5", "-.5", "-", "--1", "+", "1e", "1E", "1e+", "1e-",
    "1.e5",
  "1..2", "1.2.3", "1e5.5", "1e5e5", "0e", "0.", ".", "e5", "0x10", "0X1F", "0b1", "0o7", "1_000", "1f", "1L",
    "1 2",
  "1a", "-a", "- 1", "1 .5", "1. 5", "1e 5", "1 e5", "Infinity", "-Infinity", "+Infinity", "inf", "-inf",
    "NaN",
  "nan", "-NaN", "1'000", "$1", "1%", "\217\161", "1e\217\161", "1/2", "0.0.0", "1e+-5", "1-1", "1+1",
} do
  invalid(text, "[1e400," .. text .. "]", '{"a":1e400,"b":' .. text .. "}")
end

--
-- Strings.
--

local ascii = {}
for code = 0x20, 0x7e do
  local character = string.char(code)
  if character ~= '"' and character ~= "\\" then
    ascii[#ascii + 1] = character
    valid(quoted(character), character)
  end
end
valid(quoted(table.concat(ascii)), table.concat(ascii))
valid('""', "")
valid(quoted(("x"):rep(10000)), ("x"):rep(10000))

local ESCAPES = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
for letter, character in pairs(ESCAPES) do
  valid(quoted("\\" .. letter), character)
  valid(quoted("a\\" .. letter .. "b"), "a" .. character .. "b")
end
for code = 0x20, 0x7e do
  local letter = string.char(code)
  if not ESCAPES[letter] and letter ~= "u" then
    invalid(quoted("\\" .. letter))
  end
end

local BORDERS = { 0x20, 0x7e, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xfffe, 0xffff }
for _, code in ipairs { 0, 1, 0x1f, 0x22, 0x5c, unpack and unpack(BORDERS) or table.unpack(BORDERS) } do
  valid(quoted(("\\u%04x"):format(code)), utf8(code))
  valid(quoted(("a\\u%04Xb"):format(code)), "a" .. utf8(code) .. "b")
end
for _, code in ipairs { 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000, 0x1f600, 0x10ffff } do
  valid(quoted(utf8(code)), utf8(code))
  valid('{"' .. utf8(code) .. '":1}', { [utf8(code)] = 1 })
end
valid('"\\ud800\\udc00"', utf8(0x10000))
valid('"\\ud83d\\ude00"', utf8(0x1f600))
valid('"\\uD83D\\uDE00x"', utf8(0x1f600) .. "x")
valid('"\\udbff\\udfff"', utf8(0x10ffff))

for code = 0, 0x1f do
  invalid(quoted(string.char(code)), '{"a' .. string.char(code) .. '":1}')
end
for _, digits in ipairs { "", "0", "00", "000", "000g", "g000", "0g00", "-123", "+123", " 123", "00 0",
  "0x41", "{41}" } do
  invalid(quoted("\\u" .. digits), '{"\\u' .. digits .. '":1}')
end
invalid('"', '"a', 'a"', "'a'", '"a\'', '"a" "b"', '"a"b', '"\\"', '"\\', '"\\\\\\"', "`a`", '"""', '"a\\',
  '"\\u004')

-- Bytes that are no UTF-8 (RFC 3629).
for _, bytes in ipairs {
  "\128", "\191", "\192", "\192\128", "\193\191", "\194", "\194A", "\194\194", "\224\128\128", "\224\159\191",
  "\226\130", "\226A\130", "\226\130A", "\237\160\128", "\237\191\191", "\240\128\128\128",
    "\240\143\191\191",
  "\240\159\152", "\240\159A\128", "\244\144\128\128", "\245\128\128\128", "\247\191\191\191",
  "\248\136\128\128\128", "\252\132\128\128\128\128", "\254", "\255", "\254\255", "\252",
} do
  invalid(quoted(bytes), quoted("a" .. bytes .. "b"), '{"' .. bytes .. '":1}', bytes)
end

return texts
