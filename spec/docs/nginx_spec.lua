-- The module and the configuration of docs/loops.md, as an nginx whose worker has the build for LuaJIT.

local nginx = require "spec.examples.nginx"
local page = require "spec.docs.page"
local sandbox = require "spec.lua.sandbox"

-- The block of a language that begins so.
local function block(language, beginning)
  for _, each in ipairs(page.blocks("docs/loops.md", language)) do
    if each.text:sub(1, #beginning) == beginning then
      return each.text
    end
  end
  error(("no block of %s begins with '%s'"):format(language, beginning))
end

describe("docs/loops.md, followed by a user of nginx", function()
  local shop

  setup(function()
    sandbox.reset()
    local directory = nginx.new_directory()
    local configuration = block("nginx", "")
      :gsub("/srv/shop", directory)
      :gsub("listen 8080", "listen " .. nginx.address)
    local installed = ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;;' LUA_CPATH='%s/build/luajit/?.so;;'")
      :format(nginx.tree, nginx.tree, nginx.tree)
    local files = { ["orders.lua"] = block("lua", "-- orders.lua\n") }
    shop = nginx.start(directory, configuration, files, installed)
  end)

  teardown(function()
    shop:stop()
  end)

  it("creates orders", function()
    local status, stored = shop:post(sandbox.order "R-1")
    assert.equal(201, status, shop:log())
    assert.equal("R-1", stored.ReferenceNumber)
    assert.equal(1, sandbox.stats().orders)
  end)

  it("says what is wrong with others", function()
    assert.equal(400, (shop:post_text ""))
    local status, answer = shop:post(sandbox.order("R-2", { Currency = "" }))
    assert.equal(422, status)
    assert.same({ "validation", "not_sent" }, { answer.error, answer.outcome })
    assert.matches("Currency is required", shop:log(), 1, true)
  end)
end)
