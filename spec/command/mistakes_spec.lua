-- Every mistake of mistakes.lua, made: what is printed, the exit status, and that nothing was lost.

local mistake = require "spec.command.mistake"
local page = require "spec.docs.page"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

for _, section in ipairs(require "spec.command.mistakes") do
  describe(section.title .. ":", function()
    local home

    before_each(function()
      sandbox.reset()
      home = mistake.home()
    end)

    after_each(function()
      spreetail.remove(home)
    end)

    for _, row in ipairs(section) do
      it(row.title, function()
        local stored = row.stored or {}
        local output, status = mistake.make(row, home)
        assert.is_true(page.is(output, row.says), output)
        assert.equal(row.status, status, output)
        assert.same(stored, mistake.stored(stored))
        assert.equal(#stored, sandbox.stats().orders)
        assert.equal(row.sent or #stored > 0, mistake.has_sent())
        for _, secret in ipairs { "s3cr3t", sandbox.variable "SPREETAIL_CLIENT_SECRET" } do
          assert.is_nil(output:find(secret, 1, true))
        end
        if row.after then
          row.after(home, output)
        end
      end)
    end
  end)
end
