local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

local PROGRAM, FILE = "examples/orders_from_csv.lua", "examples/orders.csv"

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    before_each(sandbox.reset)

    it("creates the orders of a file, with a line of progress", function()
      local output, errors, status = example.run(lua, PROGRAM, FILE)
      assert.same({ "3 accepted, 0 failed\n", "\r1 done\r2 done\r3 done\n", 0 }, { output, errors, status })
      local order = sandbox.control("GET", "/orders/CSV-1001")
      assert.equal('Cushion, "Sylt"', order.OrderItems[2].ItemTitle)
      assert.equal(12.5, order.OrderItems[2].PricePerUnit)
      assert.equal("Lindelaan 4, app. 2", sandbox.control("GET", "/orders/CSV-1002").DeliveryAddress.Address1)
    end)

    it("can be run twice", function()
      example.run(lua, PROGRAM, FILE)
      local output, _, status = example.run(lua, PROGRAM, FILE)
      assert.same({ "3 accepted, 0 failed\n", 0 }, { output, status })
      assert.equal(3, sandbox.stats().orders)
    end)

    it("names the orders that failed, each with its reason, and creates the others", function()
      local name = os.tmpname()
      local copy = assert(io.open(name, "w"))
      for line in io.lines(FILE) do
        copy:write((line:gsub("129%.00", "free")), "\r\n")
      end
      copy:close()
      local output, errors, status = example.run(lua, PROGRAM, name)
      os.remove(name)
      assert.same({ "2 accepted, 1 failed\n", 1 }, { output, status })
      assert.matches("\rCSV%-1002: validation: .* OrderItems%[1%]%.PricePerUnit must .* not 'free'\n", errors)
      assert.equal(2, sandbox.stats().orders)
    end)
  end)
end)
