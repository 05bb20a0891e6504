local cjson = require "cjson"
local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

local PROGRAM = "examples/watch_order.lua"
local TRACKING = { tracking_number = "T1", carrier = "DHL", tracking_url = "https://track.example/T1" }

-- Has the warehouse dispatch the order in a while, while this process waits for the example.
local function dispatch_later(seconds)
  local request = "curl -s -d '%s' $SANDBOX_CONTROL_URL/__sandbox/orders/R-1"
  os.execute(("(sleep %g; " .. request .. ") > /dev/null 2>&1 &"):format(seconds, cjson.encode(TRACKING)))
end

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    before_each(function()
      sandbox.reset()
      sandbox.control("POST", "/orders", sandbox.order "R-1")
    end)

    it("says where an order is that was dispatched", function()
      sandbox.control("POST", "/orders/R-1", TRACKING)
      local output, errors, status = example.run(lua, PROGRAM, "R-1")
      assert.same({ "", 0 }, { errors, status })
      assert.matches("^%d%d:%d%d:%d%d\tProcessed\ndispatched\tDHL\tT1\thttps://track.example/T1\n$", output)
    end)

    it("waits, through a failure that passes", function()
      sandbox.fault { path = "/order", times = 1, status = 503 }
      dispatch_later(0.5)
      local output, errors, status = example.run(lua, PROGRAM, "R-1", "10")
      assert.same({ "", 0 }, { errors, status })
      assert.matches("\tPending\n.*\tProcessed\ndispatched\t", output)
    end)

    it("gives up when its time is over", function()
      local output, errors, status = example.run(lua, PROGRAM, "R-1", "1")
      assert.same({ "R-1 is not dispatched yet\n", 2 }, { errors, status })
      assert.matches("\tPending\n$", output)
    end)

    it("does not wait for what can't come", function()
      for _, word in ipairs { "Cancelled", "Canceled_Refunded" } do
        sandbox.control("POST", "/orders/R-1", { status = word })
        local output, _, status = example.run(lua, PROGRAM, "R-1", "1")
        assert.equal(1, status)
        assert.matches("\t" .. word .. "\n$", output)
      end
      local _, errors, status = example.run(lua, PROGRAM, "NONE")
      assert.equal(1, status)
      assert.matches("^not_found: ", errors)
    end)
  end)
end)
