-- What is particular to a client without a loop: it blocks, and says so where something else stands
-- still meanwhile.

local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

-- What a program writes that has a client without a loop, and a function `look` that makes a call.
local function output_of(program)
  local text, status = process.run([[
    local sandbox = require "spec.lua.sandbox" -- which loads cqueues
    local cqueues, uv = require "cqueues", require "luv"
    local client = sandbox.client()
    local function look() assert(select(2, client:get_order "NONE").kind == "not_found") end
  ]] .. program)
  assert.equal(0, status, text)
  return text
end

describe("a client without a loop", function()
  before_each(sandbox.reset)

  local in_cqueues = [[
    local controller = cqueues.new()
    controller:wrap(look)
    controller:wrap(look)
    assert(controller:loop())
  ]]
  local in_luv = [[
    for _ = 1, 2 do
      local timer = uv.new_timer()
      timer:start(1, 0, function()
        timer:close()
        look()
      end)
    end
    uv.run()
  ]]

  it("says once that it blocks cqueues, and how to mend it", function()
    local text = output_of(in_cqueues)
    assert.equal('spreetail: a client without a loop has blocked the controller of cqueues and all of its '
      .. 'coroutines while it waited. Make the client with loop = "cqueues", and only who calls waits '
      .. '(docs/loops.md). This is said once\n', text)
  end)

  it("says once that it blocks luv", function()
    local text, warnings = output_of(in_luv):gsub('blocked libuv\'s loop .- loop = "luv"', "")
    assert.equal(1, warnings, text)
  end)

  it("says so once in copas, where that says that it runs", function()
    local text, warnings = output_of [[
      package.loaded.copas = { running = true } -- as since 3.0
      look()
      look()
      package.loaded.copas.running = false
    ]]:gsub('blocked copas .- loop = "copas"', "")
    assert.equal(1, warnings, text)
  end)

  it("says nothing where nothing else runs, whatever was loaded and has run before", function()
    assert.equal("", output_of [[
      look()
      local controller = cqueues.new()
      controller:wrap(function() cqueues.sleep(0.001) end)
      assert(controller:loop())
      uv.new_timer():start(1000, 0, print)
      uv.run "nowait"
      coroutine.wrap(look)()
      look()
    ]])
  end)

  it("says nothing while it waits for nothing", function()
    assert.equal("", output_of([[
      look = function()
        local future = client.async:get_order "NONE"
        while client:poll() > 0 do end
        assert(future:wait() and select(2, future:result()).kind == "not_found")
      end
    ]] .. in_cqueues))
  end)

  it("says nothing where a client with a loop is used", function()
    assert.equal("", output_of([[
      client = sandbox.client { loop = "cqueues" }
    ]] .. in_cqueues))
  end)
end)
