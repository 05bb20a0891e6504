-- What the exit status says.

local exit = require "spreetail.command.exit"

describe("the exit status", function()
  it("of an error is 3 whenever its outcome is unknown", function()
    for _, kind in ipairs { "timeout", "server", "network", "cancelled", "conflict", "protocol" } do
      assert.equal(3, exit.of_error { kind = kind, outcome = "unknown" }, kind)
    end
  end)

  it("of an error else goes by its kind", function()
    local statuses = {
      [1] = { "validation", "forbidden", "not_found", "conflict", "rejected" },
      [2] = { "config" },
      [4] = {
        "auth", "rate_limit", "server", "network", "tls", "timeout", "protocol", "cancelled", "closed",
      },
    }
    for status, kinds in pairs(statuses) do
      for _, kind in ipairs(kinds) do
        assert.equal(status, exit.of_error { kind = kind, outcome = "not_sent" }, kind)
        assert.equal(status, exit.of_error { kind = kind }, kind)
      end
    end
  end)

  it("of a database that fails is 4 when the same may work later, and 2 when somebody is to act", function()
    assert.equal(4, exit.of_error { kind = "database", retryable = true })
    assert.equal(2, exit.of_error { kind = "database", retryable = false })
  end)

  it("of several things is that of the gravest: unknown, unreachable, usage, refused, done", function()
    local order = { exit.unknown, exit.unreachable, exit.usage, exit.refused, exit.done }
    for i, graver in ipairs(order) do
      for j = i, #order do
        assert.equal(graver, exit.worse(graver, order[j]))
        assert.equal(graver, exit.worse(order[j], graver))
      end
    end
  end)
end)
