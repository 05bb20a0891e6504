-- What is printed: for people on a terminal, for programs elsewhere.

local json = require "spreetail.json"
local output = require "spreetail.command.output"

-- Prints what fn(out) does; returns the text.
local function printed(options, fn)
  local parts = {}
  options.stream = {
    write = function(_, ...)
      for _, part in ipairs { ... } do
        parts[#parts + 1] = part
      end
      return true
    end,
    flush = function() return true end,
  }
  fn(output.new(options))
  return table.concat(parts)
end

local function stock(out)
  local rows = out:rows { { "SKU" }, { "Available", "right" }, { "Note" } }
  rows:add { "A-1", 7, "few" }
  rows:add { "Köln-2", 1200, nil }
  rows:close()
end

describe("a table", function()
  it("on a terminal has titles and columns", function()
    assert.equal("SKU     AVAILABLE  NOTE\nA-1             7  few\nKöln-2       1200  \n",
      printed({ terminal = true }, stock))
  end)

  it("has a bold title where there are colours", function()
    assert.matches("^\27%[1mSKU .-\27%[0m\n", printed({ terminal = true, colour = true }, stock))
  end)

  it("elsewhere is lines of cells, with tabs between them, without titles or colours", function()
    assert.equal("A-1\t7\tfew\nKöln-2\t1200\t\n", printed({ colour = true }, stock))
  end)

  it("with many rows is printed as they come, in columns as wide as the first hundred need", function()
    local rows
    local text = printed({ terminal = true }, function(out)
      rows = out:rows { { "N", "right" }, { "Word" } }
      for i = 1, 100 do
        rows:add { i, "x" }
      end
    end)
    assert.equal(101, select(2, text:gsub("\n", "")))
    assert.matches("\n 99  x\n100  x\n$", text)
  end)

  it("without rows is nothing", function()
    assert.equal("", printed({ terminal = true }, function(out) out:rows({ { "A" } }):close() end))
  end)

  it("shows whole numbers as such, and nothing where there is nothing", function()
    assert.equal("100\t2.5\ttrue\t\t\n", printed({}, function(out)
      out:rows({ { "a" }, { "b" }, { "c" }, { "d" }, { "e" } }):add { 100.0, 2.5, true, json.null, nil }
    end))
  end)

  it("has nothing in it that a terminal or a program would take for a command", function()
    assert.equal("a b c d [2J\n", printed({}, function(out)
      out:rows({ { "a" } }):add { "a\tb\nc\194\155d\27[2J" }
    end))
  end)
end)

describe("a record", function()
  local order = {
    Status = "Pending", ReferenceNumber = "R-1", Notes = "",
    Items = { { SKU = "A", Qty = 2 }, { SKU = "B" } },
  }

  it("is a field a line, those that matter first", function()
    assert.equal("ReferenceNumber\tR-1\nItems[1].Qty\t2\nItems[1].SKU\tA\nItems[2].SKU\tB\nNotes\t\n"
      .. "Status\tPending\n", printed({}, function(out) out:fields(order, { "ReferenceNumber" }) end))
  end)

  it("on a terminal is in two columns", function()
    assert.matches("ReferenceNumber  R%-1\nItems%[1%]%.Qty     2\n",
      printed({ terminal = true }, function(out) out:fields(order, { "ReferenceNumber" }) end))
  end)
end)

describe("a stream that can't be written", function()
  local function failing(number)
    local writes = 0
    local out = output.new {
      stream = {
        write = function() writes = writes + 1; return true end,
        flush = function() return nil, "words", number end,
      },
    }
    out:line { "a" }
    out:line { "b" }
    assert.equal(1, writes)
    return out
  end

  it("since nobody reads it is broken, and stays quiet", function()
    local out = failing(32)
    assert.same({ true, nil }, { out.broken, out.failed })
  end)

  it("for another reason has failed, and says why", function()
    local out = failing(28)
    assert.same({ false, "words" }, { out.broken, out.failed })
  end)
end)
