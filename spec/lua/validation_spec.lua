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
        local accepted, rejected = counts.accepted or 0, counts.rejected or 0
        -- Of a few records, all may happen to be of one kind.
        assert.is_true(count < 300 or (accepted > count / 10 and rejected > count / 20),
          ("too few of a kind: %d accepted, %d rejected"):format(accepted, rejected))
      end)
  end
end)
