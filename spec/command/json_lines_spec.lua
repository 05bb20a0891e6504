-- Orders out of JSON Lines.

local json = require "spreetail.json"
local json_lines = require "spreetail.command.json_lines"

local function open(text, size)
  local at = 1
  return json_lines.new(function()
    local block = text:sub(at, at + (size or 65536) - 1)
    at = at + #block
    return block ~= "" and block or nil
  end)
end

-- All orders, and what is wrong with what is none, as "line:column message".
local function read(text, size)
  local lines, orders, problems, sources = open(text, size), {}, {}, {}
  local order, source = lines:next()
  while source do
    orders[#orders + 1], sources[#sources + 1] = order, order and source
    for _, problem in ipairs(source.problems or {}) do
      table.insert(problems, ("%d:%d %s"):format(problem.line, problem.column, problem.message))
    end
    order, source = lines:next()
  end
  return orders, problems, sources, lines
end

local function both(text)
  local orders, problems = read(text)
  return { orders, problems }
end

describe("orders in JSON Lines", function()
  it("stand in a line each, in whatever blocks they come; empty lines are none", function()
    for _, size in ipairs { 1, 5, 65536 } do
      local orders,
        problems = read('\239\187\191{"ReferenceNumber":"A"}\n\n{"reference_number": "B"}\r\n \n{"a":1}',
          size)
      assert.same({ { { ReferenceNumber = "A" }, { reference_number = "B" }, { a = 1 } }, {} }, { orders,
        problems })
    end
    assert.same({ {}, {} }, both "")
  end)

  it("are what was written: all digits, empty lists, nulls", function()
    local line = '{"Notes":{"list":[],"object":{},"whole":9007199254740993,"null":null,"text":"a\\":1"}}'
    if not math.type then
      line = line:gsub("9007199254740993", "12345")
    end
    local order = read(line)[1]
    assert.equal(#line, #json.encode(order))
    assert.matches('"list":[]', json.encode(order), 1, true)
    assert.matches('"whole":' .. line:match '"whole":(%d+)', json.encode(order), 1, true)
  end)

  it("are objects, each in one line, and have a name once; others are read all the same", function()
    local orders,
      problems = read('{"a" :1,"b":{"c":1,"c":2}}\n[1]\n"x"\nnull\n{"a":"Ä" "b"}\n{\n"a":1}\n{"a":1}')
    assert.same({ { { a = 1 } }, {
      "1:20 'c' for a second time in one object",
      "2:1 an order is an object, in { }, and stands in a line of its own",
      "3:1 an order is an object, in { }, and stands in a line of its own",
      "4:1 an order is an object, in { }, and stands in a line of its own",
      "5:10 ',' or '}' expected, not '\"'",
      "6:2 a name in quotes expected, not the end of the file",
      "7:4 nothing more expected, and here is ':'",
    } }, { orders, problems })
  end)

  it("are not read into memory without an end", function()
    local lines = json_lines.new(function(size) return ("x"):rep(size) end)
    assert.same({ nil, "more than 16 MB without an end" }, { lines:next(), lines.failure })
  end)

  it("have the place of each mistake", function()
    local text = '\n{"reference_number": "Ä", "order_items": [{"sku": "S"}, {"sku": "T", "qty": 0}]}\n'
    local _, _, sources, lines = read(text)
    local function place(path)
      return table.concat({ lines:locate(sources[1], path) }, " ")
    end
    assert.equal("2 2 ReferenceNumber", place "ReferenceNumber")
    assert.equal("2 70 OrderItems[2].Qty", place "OrderItems[2].Qty")
    assert.equal("2 43 OrderItems[1].Qty", place "OrderItems[1].Qty")
  end)
end)

describe("a line that was rejected", function()
  it("is as it was, behind one that says why, and can be read again", function()
    local text = '{"a" : 1}\r\n{"b":2}'
    local _, _, sources, lines = read(text)
    local rejected = lines:rejected_header() .. lines:rejected(sources[1], "wrong\n")
      .. lines:rejected(sources[2], '"')
    assert.equal('{"rejected_because":"wrong\\n"}\n{"a" : 1}\r\n{"rejected_because":"\\""}\n{"b":2}\n',
      rejected)
    assert.same({ { { a = 1 }, { b = 2 } }, {} }, both(rejected))
  end)

  it("may have the reason in itself", function()
    assert.same({ { { a = 1 } }, {} }, both '{"rejected_because":"wrong","a":1}')
  end)
end)
