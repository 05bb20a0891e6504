local core = require "spreetail.core"
local example = require "spec.examples.example"
local files = require "spec.files"
local sandbox = require "spec.lua.sandbox"

local PROGRAM, FILE = "examples/orders_from_csv.lua", "examples/orders.csv"

-- The example's file, changed.
local function changed(...)
  return (files.read(FILE):gsub(...))
end

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    local name

    before_each(function()
      sandbox.reset()
      name = os.tmpname()
    end)

    after_each(function()
      os.remove(name)
    end)

    -- Runs it on a file that holds this text; what it says has "FILE" for the file's name.
    local function run(text)
      files.write(name, text)
      local output, errors, status = example.run(lua, PROGRAM, name)
      local start, stop = errors:find(name, 1, true)
      while start do
        errors = errors:sub(1, start - 1) .. "FILE" .. errors:sub(stop + 1)
        start, stop = errors:find(name, 1, true)
      end
      return output, errors, status
    end

    local function stored(reference)
      return sandbox.control("GET", "/orders/" .. reference)
    end

    it("creates the orders of a file, and writes no progress into a log", function()
      assert.same({ "3 accepted, 0 cancelled, 0 failed\n", "", 0 }, { example.run(lua, PROGRAM, FILE) })
      local order = stored "CSV-1001"
      assert.equal('Cushion, "Sylt"', order.OrderItems[2].ItemTitle)
      assert.equal(12.5, order.OrderItems[2].PricePerUnit)
      assert.equal("Lindelaan 4, app. 2", stored "CSV-1002".DeliveryAddress.Address1)
    end)

    it("shows its progress to somebody at a terminal", function()
      local text = example.run_at_terminal(lua, PROGRAM, FILE)
      assert.matches("\r1 done\r2 done\r3 done\r?\n3 accepted, 0 cancelled, 0 failed", text)
    end)

    it("can be run twice", function()
      example.run(lua, PROGRAM, FILE)
      local output, _, status = example.run(lua, PROGRAM, FILE)
      assert.same({ "3 accepted, 0 cancelled, 0 failed\n", 0 }, { output, status })
      assert.equal(3, sandbox.stats().orders)
    end)

    it("names those that have been cancelled since", function()
      example.run(lua, PROGRAM, FILE)
      local client = sandbox.client()
      client:cancel_order "CSV-1002"
      client:close()
      local output, errors, status = example.run(lua, PROGRAM, FILE)
      assert.same({ "2 accepted, 1 cancelled, 0 failed\n", 0 }, { output, status })
      assert.equal(FILE .. ":4: CSV-1002: has been cancelled\n", errors)
    end)

    it("reads a file as a spreadsheet writes it: marked as UTF-8, CR LF, semicolons, commas", function()
      local text = changed('"Lindelaan 4, app. 2"', "Lindelaan 4"):gsub('"Cushion, ""Sylt"""', "Cushion")
      text = text:gsub(",", ";"):gsub("(%d)%.(%d)", "%1,%2"):gsub("\n", "\r\n")
      assert.same({ "3 accepted, 0 cancelled, 0 failed\n", "", 0 }, { run("\239\187\191" .. text) })
      assert.equal(39.95, stored "CSV-1003".OrderItems[1].PricePerUnit)
    end)

    it("does not guess what 1.234 means where decimals may have a comma", function()
      local text = changed('"Lindelaan 4, app. 2"', "Lindelaan 4"):gsub('"Cushion, ""Sylt"""', "Cushion")
      text = text:gsub(",", ";"):gsub("129%.00", "1.234")
      assert.same({
        "2 accepted, 0 cancelled, 1 failed\n",
        "FILE:4: CSV-1002: OrderItems[1].PricePerUnit must be a number of at least 0.01, not '1.234'\n", 1,
      }, { run(text) })
    end)

    it("reads fields with line breaks, and files with empty lines", function()
      local text = changed("4, app%. 2", "4\napp. 2"):gsub("\n", "\r\n") .. "\r\n\r\n"
      assert.same({ "3 accepted, 0 cancelled, 0 failed\n", "", 0 }, { run(text) })
      assert.equal("Lindelaan 4\napp. 2", stored "CSV-1002".DeliveryAddress.Address1)
    end)

    it("names the lines of orders that failed, each with its reason, and creates the others", function()
      local text = changed("12%.50", "free"):gsub("4, app%. 2", "4\napp. 2"):gsub(",PL,", ",pl,")
      local output, errors, status = run(text)
      assert.same({ "1 accepted, 0 cancelled, 2 failed\n", 1 }, { output, status })
      local place = "FILE:3: CSV-1001: OrderItems[2].PricePerUnit"
      assert.matches(place .. " must be a number of at least 0.01, not 'free'\n", errors, 1, true)
      assert.matches("FILE:6: CSV-1003: DeliveryAddress.CountryCode must be ", errors, 1, true)
      assert.equal(1, sandbox.stats().orders)
    end)

    it("names the line of an order that the server refuses", function()
      sandbox.fault { reference = "CSV-1002", status = 400 }
      local output, errors, status = run(files.read(FILE))
      assert.same({ "2 accepted, 0 cancelled, 1 failed\n", 1 }, { output, status })
      assert.matches("^FILE:4: CSV%-1002: rejected: POST /outbound for 'CSV%-1002': .*\n$", errors)
    end)

    it("sees a quote that is never closed at once, however much comes after it", function()
      local head, line = files.read(FILE):match "^([^\n]*\n)([^\n]*\n)"
      local began = core.now()
      local _, errors, status = run(head .. '"' .. line:rep(30000))
      assert.same({ "FILE:2: a quote is opened and never closed\n", 2 }, { errors, status })
      assert.is_true(core.now() - began < 3)
    end)

    it("sends nothing of a file that it can't read, and says where that is", function()
      for problem, text in pairs {
        ["FILE:3: 11 fields, where the first line has 12"] = changed(",Köln(,51147,DE,SKU%-00002)", "%1"),
        ["FILE:4: a quote is opened and never closed"] = changed('app%. 2"', "app. 2"),
        ["FILE:1: there is no column 'sku'"] = changed("sku", "article"),
        ["FILE:1: there is no column 'reference'"] = "",
      } do
        local output, errors, status = run(text)
        assert.same({ problem .. "\n", "", 2 }, { errors, output, status })
      end
      local output, errors, status = example.run(lua, PROGRAM, "/nowhere/orders.csv")
      assert.same({ "/nowhere/orders.csv: No such file or directory\n", "", 2 }, { errors, output, status })
      assert.equal(0, sandbox.stats().logins)
    end)
  end)
end)
