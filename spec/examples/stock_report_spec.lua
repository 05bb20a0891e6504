local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

local PROGRAM = "examples/stock_report.lua"

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    before_each(function()
      sandbox.reset()
      sandbox.control("POST", "/stock", { skus = 130, locations = 3 })
    end)

    it("lists every SKU of every location once, and what there is of everything", function()
      local output, errors, status = example.run(lua, PROGRAM)
      assert.same({ "", 0 }, { errors, status })
      local stock, seen, locations = 0, {}, {}
      local row = "(RHEINE%d%d) +(%S+) +(%d+) +(%d+) +(%d+)\n"
      for location, sku, level, ordered, available in output:gmatch(row) do
        assert.is_nil(seen[sku])
        assert.equal(available + 0, level - ordered)
        seen[sku], locations[location] = true, true
        stock = stock + level
      end
      assert.same({ RHEINE01 = true, RHEINE02 = true, RHEINE03 = true }, locations)
      assert.matches("^Location     SKU                         Stock  Ordered Available\n", output)
      assert.matches(("\nTotal        130 SKUs %%s* %d %%s* %%d+\n$"):format(stock), output)
    end)

    it("ends with an error when a page can't be had", function()
      sandbox.fault { path = "/inventory", skip = 1, status = 400 }
      local output, errors, status = example.run(lua, PROGRAM)
      assert.equal(1, status)
      assert.matches("rejected: GET /inventory", errors)
      assert.is_nil(output:find "Total")
    end)
  end)
end)
