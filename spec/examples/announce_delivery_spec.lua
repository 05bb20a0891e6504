local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

local PROGRAM = "examples/announce_delivery.lua"

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    before_each(sandbox.reset)

    it("announces a delivery", function()
      assert.same({ "PO-7 is announced to RHEINE02: 2 items\n", "", 0 },
        { example.run(lua, PROGRAM, "PO-7", "RHEINE02") })
      local delivery = sandbox.control("GET", "/deliveries/PO-7")
      assert.same({ barcode = "4000000000001", Quantity = 40, SKU = "SKU-00001" }, delivery.items[1])
    end)

    it("says why it could not, and what is known", function()
      example.run(lua, PROGRAM, "PO-7")
      local _, errors, status = example.run(lua, PROGRAM, "PO-7")
      assert.equal(1, status)
      assert.matches("^conflict: POST /inbound for 'PO%-7': .* %(refused%)\n$", errors)
      sandbox.fault { path = "/inbound", when = "after", status = 501 }
      _, errors, status = example.run(lua, PROGRAM, "PO-8")
      assert.equal(1, status)
      assert.matches("%(unknown%)\nDeliveries can't be looked up: ask the warehouse ", errors)
    end)
  end)
end)
