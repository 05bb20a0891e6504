-- What the command reads of CSV: fields, lines and columns, whatever the blocks are in which it comes.

local blocks = require "spreetail.command.blocks"
local csv = require "spreetail.command.csv"

local BLOCKS = { 1, 2, 3, 7, 65536 }

-- What returns a text so many bytes at a time.
local function in_blocks(text, size)
  local at = 1
  return function()
    local block = text:sub(at, at + size - 1)
    at = at + size
    return block ~= "" and block or nil
  end
end

-- All records of a text: { line, { fields }, wrong = { line, column, why } }.
local function read(text, size, delimiter)
  local reader, records = csv.reader(in_blocks(text, size or 65536), delimiter), {}
  local fields = {}
  local count, record, line, at, why = reader:next(fields)
  while count do
    local copy = {}
    for i = 1, count do
      copy[i] = fields[i]
    end
    local wrong = nil
    if at then
      local lines, column = blocks.place(record, at)
      wrong = { line + lines, column, why }
    end
    records[#records + 1] = { line, copy, wrong = wrong }
    count, record, line, at, why = reader:next(fields)
  end
  return records, record
end

local function read_in_any_blocks(text, delimiter)
  local records, failure = read(text, nil, delimiter)
  for _, size in ipairs(BLOCKS) do
    assert.same({ records, failure }, { read(text, size, delimiter) }, "in blocks of " .. size)
  end
  return records, failure
end

describe("a table in CSV", function()
  it("has a record a line, with fields between commas", function()
    assert.same({ { 1, { "a", "b", "" } }, { 2, { "", "1 ", " 2" } } },
      read_in_any_blocks "a,b,\n,1 , 2\n")
  end)

  it("has quotes around what has commas, quotes and line breaks in it", function()
    assert.same({ { 1, { "a,b", 'say "so"' } }, { 2, { "two\nlines", "" } }, { 4, { '"', 'x""y' } } },
      read_in_any_blocks '"a,b","say ""so"""\n"two\nlines",""\n"""","x""""y"')
  end)

  it("may have lines that end as on Windows, the last one or none", function()
    assert.same({ { 1, { "a", "b" } }, { 2, { "1\r\n2", "3" } }, { 4, { "4", "5" } } },
      read_in_any_blocks 'a,b\r\n"1\r\n2","3"\r\n4,5\r\n')
    assert.same(read "a,b\n1,2\n", read "a,b\n1,2")
  end)

  it("may begin with a byte order mark", function()
    assert.same({ { 1, { "a" } } }, read_in_any_blocks "\239\187\191a\n")
  end)

  it("has between its fields what the first line has most of", function()
    assert.same({ { 1, { "a", "b,c", "d" } }, { 2, { "1,5", "2", "3" } } },
      read_in_any_blocks 'a;"b,c";d\n1,5;2;3\n')
    assert.same({ { 1, { "a", "b" } } }, read_in_any_blocks "a\tb\n")
    assert.same({ { 1, { "a;b", "c" } } }, read_in_any_blocks("a;b,c", ","))
  end)

  it("may have empty lines, which are counted and no records", function()
    assert.same({ { 3, { "a" } }, { 6, { "b" } }, { 7, { "" } } },
      read_in_any_blocks '\n\r\na\n\n\nb\n""\n\n')
  end)

  it("may be empty, or have a header alone", function()
    assert.same({ {} }, { read_in_any_blocks "" })
    assert.same({ { 1, { "a", "b" } } }, read_in_any_blocks "a,b")
  end)

  it("names the place of a quote that is never closed, and goes on to the end", function()
    assert.same({
      { 1, { "a", "b" } },
      { 2, { "1", "2\n3,4\n" }, wrong = { 2, 3, "a quote is opened here and never closed" } },
    }, read_in_any_blocks 'a,b\n1,"2\n3,4\n')
  end)

  it("names the place of a quote that should have been doubled, and goes on behind it", function()
    local records = read_in_any_blocks '1,"Kö\n5" pipe",x\n2,5" pipe,"y\nz"\n3\n'
    assert.matches("^there is text behind", table.remove(records[1].wrong))
    assert.matches("^there is a quote in a field", table.remove(records[2].wrong))
    assert.same({ 2, 3 }, records[1].wrong)
    assert.same({ 3, 4 }, records[2].wrong)
    assert.same({ "2", '5" pipe', "y\nz" }, records[2][2])
    assert.same({ 5, { "3" } }, records[3])
  end)

  it("may hold any bytes", function()
    assert.same({ { 1, { "a\0b", "\255\254", "\0" } } }, read_in_any_blocks "a\0b,\255\254,\0\n")
  end)

  it("may have a field of a megabyte, and many lines in it", function()
    local long = ("0123456789abcde\n"):rep(65536)
    for _, text in ipairs { long:gsub("\n", "."), long } do
      local records = read('1,"' .. text .. '",2\n3,4,5\n', 65536)
      assert.is_true(records[1][2][2] == text)
      assert.same({ "3", "4", "5" }, records[2][2])
    end
  end)

  it("is not read into memory without an end", function()
    local count = 0
    local reader = csv.reader(function(size)
      count = count + 1
      return count == 1 and 'a,b\n1,"' or ("x"):rep(size)
    end)
    local fields = {}
    assert.equal(2, reader:next(fields))
    assert.same({ nil, "more than 16 MB without an end" }, { reader:next(fields) })
    assert.equal(2, reader.line)
  end)

  it("is no UTF-16, and what can't be read is said", function()
    assert.same({ {}, "it is UTF-16: save it as UTF-8" }, { read "\255\254a\0" })
    local reader = csv.reader(function() return nil, "Input/output error" end)
    assert.same({ nil, "Input/output error" }, { reader:next {} })
  end)
end)

describe("random tables", function()
  local PIECES = { "", "a", "Kö", ",", ";", "\t", '"', "\n", "\r\n", "\r", " ", "\0", "\255", "x,y", '""' }

  local function random_table(width)
    local rows = {}
    for i = 1, math.random(0, 6) do
      rows[i] = {}
      for j = 1, width do
        local parts = {}
        for k = 1, math.random(0, 5) do
          parts[k] = PIECES[math.random(#PIECES)]
        end
        rows[i][j] = table.concat(parts)
      end
    end
    return rows
  end

  local function write(rows, delimiter, line_end)
    local lines = {}
    for i, row in ipairs(rows) do
      local fields = {}
      for j, value in ipairs(row) do
        local is_bare = not value:find('["\r\n' .. delimiter .. "]") and value ~= "" and math.random(2) == 1
        fields[j] = is_bare and value or '"' .. value:gsub('"', '""') .. '"'
      end
      lines[i] = table.concat(fields, delimiter) .. line_end
    end
    return table.concat(lines)
  end

  it("are the same when they are read as they were when they were written", function()
    math.randomseed(os.time())
    for _ = 1, 3000 do
      local rows = random_table(math.random(4))
      local delimiter = ({ ",", ";", "\t" })[math.random(3)]
      local text = write(rows, delimiter, ({ "\n", "\r\n" })[math.random(2)])
      local found = {}
      for i, record in ipairs(read(text, BLOCKS[math.random(#BLOCKS)], delimiter)) do
        found[i] = record[2]
        assert.is_nil(record.wrong)
      end
      assert.same(rows, found, ("%q"):format(text))
    end
  end)

  it("have the same field in each record when the others are passed over", function()
    for _ = 1, 1000 do
      local width, index = math.random(4), math.random(5)
      local rows = random_table(width)
      local text = write(rows, ",", "\n")
      local reader, found = csv.reader(in_blocks(text, BLOCKS[math.random(#BLOCKS)]), ","), {}
      local is_there, field = reader:pass(index)
      while is_there do
        found[#found + 1] = field or "fewer"
        is_there, field = reader:pass(index)
      end
      for i, row in ipairs(rows) do
        rows[i] = row[index] or "fewer"
      end
      assert.same(rows, found, ("%q"):format(text))
    end
  end)

  it("of any bytes are read to their end, in any blocks alike", function()
    for _ = 1, 3000 do
      local parts = {}
      for k = 1, math.random(0, 25) do
        parts[k] = PIECES[math.random(#PIECES)]
      end
      local text = table.concat(parts)
      assert.same({ read(text, 65536, ",") }, { read(text, BLOCKS[math.random(4)], ",") },
        ("%q"):format(text))
    end
  end)
end)

describe("a field", function()
  it("is written in quotes where it needs them", function()
    for value, text in pairs {
      ["a b"] = "a b", ["a,b"] = '"a,b"', ["a;b"] = "a;b", ['"'] = '""""', ["a\nb"] = '"a\nb"', [""] = '""',
    } do
      assert.equal(text, csv.quote(value, ","))
    end
  end)
end)
