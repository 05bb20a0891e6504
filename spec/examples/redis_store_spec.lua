-- The store itself is proved with a real Redis in spec/proof/token_stores; here is what it does
-- without one.

local example = require "spec.examples.example"

local PROGRAM = [[
  local store = dofile("examples/redis_store.lua").new("127.0.0.1", 1)
  local spreetail = require "spreetail"
  local client = spreetail.assert(spreetail.client {
    ca_file = os.getenv "SPREETAIL_CA_FILE",
    token_store = store,
  })
  spreetail.assert(client:inventory())
  print("logins", client:stats().logins)
]]

example.on_each_lua(function(lua)
  describe("examples/redis_store.lua on " .. lua, function()
    it("costs a login, and nothing else, when Redis can't be reached", function()
      local name = os.tmpname()
      local file = assert(io.open(name, "w"))
      file:write(PROGRAM)
      file:close()
      assert.same({ "logins\t1\n", "", 0 }, { example.run(lua, name) })
      os.remove(name)
    end)
  end)
end)
