local sandbox = require "spec.lua.sandbox"
local validation = require "spec.lua.validation"

-- SEED in the environment repeats a run.
local seed = tonumber(os.getenv "SEED") or os.time() % 1000000

describe("any record at all", function()
  for _, kind in ipairs(validation.kinds) do
    it(("is refused by validate without raising, or accepted by the server: %s, SEED=%d"):format(kind, seed),
      function()
        sandbox.reset()
        local client = sandbox.client()
        local count = sandbox.count(300, 30)
        local counts, failures = validation.run(client, kind, seed, count)
        client:close()
        assert.equal("", table.concat(failures, "\n"))
        assert.is_true(counts.accepted > count / 10 and counts.rejected > count / 20,
          ("too few of a kind: %d accepted, %d rejected"):format(counts.accepted, counts.rejected))
      end)
  end
end)
