local example = require "spec.examples.example"
local sandbox = require "spec.lua.sandbox"

local PROGRAM = "examples/log_events.lua"

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    before_each(function()
      sandbox.reset()
      sandbox.control("POST", "/orders", sandbox.order "R-1")
    end)

    it("logs what happens behind a call", function()
      sandbox.fault { path = "/order", times = 1, status = 503 }
      local output, log, status = example.run(lua, PROGRAM, "R-1", "NONE")
      assert.equal(1, status)
      assert.equal("R-1\tPending\nNONE\tnot_found\n"
        .. "2 calls, 3 attempts, 1 retries, 1 logins; 2 connections, used again 2 times\n", output)
      local date = "%d+%-%d+%-%d+T%d+:%d+:%d+Z"
      local lines = {}
      for line in log:gmatch "[^\n]+" do
        lines[#lines + 1] = line
      end
      assert.equal(4, #lines)
      assert.matches("^" .. date .. " login status=200 elapsed=%d", lines[1])
      assert.matches(" retry method=GET path=/order/R%-1 status=503 kind=server attempt=1 pause=%d", lines[2])
      assert.matches(" call method=GET path=/order/R%-1 status=200 attempt=2 elapsed=[%d.]+$", lines[3])
      assert.matches(' call method=GET path=/order/NONE status=404 kind=not_found .* reason="GET ', lines[4])
    end)

    it("logs a login that was refused, and no secret", function()
      sandbox.fault { path = "/auth/login", status = 401 }
      local output, log, status = example.run(lua, PROGRAM, "R-1")
      assert.equal(1, status)
      assert.matches("^R%-1\tauth\n", output)
      assert.matches(" login_failed status=401 kind=auth ", log)
      assert.is_nil(log:find(sandbox.variable "SPREETAIL_CLIENT_SECRET", 1, true))
    end)
  end)
end)
