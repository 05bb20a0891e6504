local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

example.on_each_lua(function(lua)
  describe("examples/game_loop.lua on " .. lua, function()
    before_each(sandbox.reset)

    it("buys three things while frames are drawn", function()
      sandbox.fault { path = "/outbound", delay = 0.1 }
      local output, errors, status = example.run(lua, "examples/game_loop.lua")
      assert.same({ "", 0 }, { errors, status })
      assert.matches("GAME%-%d+%-1 is %a+\n", output)
      assert.matches("\n3 bought, and frames drawn meanwhile\n$", output)
      assert.equal(3, sandbox.stats().orders)
    end)
  end)
end)
