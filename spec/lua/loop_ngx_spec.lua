-- nginx's loop and its store, outside nginx. What they do inside: spec/hosts/nginx.

local process = require "spec.lua.process"
local spreetail = require "spreetail"

local function message_of(fn)
  local ok, message = pcall(fn)
  assert.is_false(ok)
  return message
end

describe("outside nginx", function()
  it('a client with loop = "ngx" raises at the program\'s line', function()
    local message = message_of(function() spreetail.client { loop = "ngx" } end)
    assert.matches("^spec/lua/loop_ngx_spec.lua:%d+: spreetail.client: loop = \"ngx\" can't be used: "
      .. "it works only inside nginx ", message)
  end)

  it("a store in a shared dictionary raises at the program's line", function()
    local store = require "spreetail.store.ngx_shdict"
    local message = message_of(function() store.new "spreetail" end)
    assert.matches("^spec/lua/loop_ngx_spec.lua:%d+: .*ngx_shdict works only inside nginx ", message)
    assert.matches("use spreetail.store.file", message, 1, true)
  end)
end)

describe("without the library of its loop", function()
  it("a client raises at the program's line, and names it", function()
    local text = process.run [[
      local spreetail = require "spreetail"
      package.path = os.getenv "LUA_PATH":gsub(";;", "") -- our own tree's
      print(select(2, pcall(function() spreetail.client { loop = "cqueues" } end)))
    ]]
    assert.matches("^[^\n]+:3: spreetail.client: loop = \"cqueues\" can't be used: "
      .. "module 'cqueues' not found\n$", text)
  end)
end)
