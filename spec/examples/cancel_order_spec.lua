local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

local PROGRAM = "examples/cancel_order.lua"
local CANCELLED = { "R-1 is cancelled\n", "", 0 }

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    before_each(function()
      sandbox.reset()
      sandbox.control("POST", "/orders", sandbox.order "R-1")
    end)

    it("cancels", function()
      assert.same(CANCELLED, { example.run(lua, PROGRAM, "R-1", "9.99", "not wanted") })
      local order = sandbox.control("GET", "/orders/R-1")
      assert.same({ "Cancelled", 9.99, "not wanted" }, { order.Status, order.RefundAmount, order.CancelNote })
    end)

    it("looks at the order when the answer was lost", function()
      sandbox.fault { path = "/order/cancel", when = "after", status = 500 }
      assert.same(CANCELLED, { example.run(lua, PROGRAM, "R-1") })
    end)

    it("looks for a cancelled one in whatever words the server has for it", function()
      sandbox.control("POST", "/orders/R-1", { status = "CANCELED" })
      sandbox.fault { path = "/order/cancel", status = 500 }
      assert.same(CANCELLED, { example.run(lua, PROGRAM, "R-1") })
    end)

    it("says why it could not", function()
      sandbox.control("POST", "/orders/R-1", { status = "Processed" })
      local _, errors, status = example.run(lua, PROGRAM, "R-1")
      assert.equal(1, status)
      assert.matches("^rejected: POST /order/cancel for 'R%-1': .* already processed .*%(refused%)\n", errors)
      _, errors, status = example.run(lua, PROGRAM, "NONE")
      assert.equal(1, status)
      assert.matches("^not_found: .* %(refused%)\n$", errors)
    end)

    it("wants a reference, and a number for a refund", function()
      for _, words in ipairs { {}, { "R-1", "all" } } do
        local _, errors, status = example.run(lua, PROGRAM, words[1], words[2])
        assert.same({ "usage: cancel_order.lua REFERENCE [REFUND [NOTE]]\n", 2 }, { errors, status })
      end
    end)
  end)
end)
