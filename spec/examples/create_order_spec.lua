local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

example.on_each_lua(function(lua)
  describe("examples/create_order.lua on " .. lua, function()
    before_each(sandbox.reset)

    it("creates an order and shows it", function()
      local output, errors, status = example.run(lua, "examples/create_order.lua", "R-1")
      assert.same({ "", 0 }, { errors, status })
      assert.matches("^R%-1 is Pending at the server:\n  ReferenceNumber    R%-1\n", output)
      assert.matches("\n  DispatchBy         %d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ\n", output)
      assert.matches("\n  2 x SKU%-00001      EUR 39.95\n$", output)
      local stored = sandbox.control("GET", "/orders/R-1")
      assert.equal("Köln", stored.DeliveryAddress.Town)
      assert.same(stored.DeliveryAddress, stored.BillingAddress)
    end)

    it("says what is wrong, and what is known", function()
      example.run(lua, "examples/create_order.lua", "R-1")
      local output, errors, status = example.run(lua, "examples/create_order.lua", "R-1")
      assert.same({ "", 1 }, { output, status })
      assert.matches("^conflict: POST /outbound for 'R%-1': .* already exists .* %(refused%)\n$", errors)
    end)
  end)
end)
