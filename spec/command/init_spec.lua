-- The command as a whole: usage, help, interpreters, and how it ends.

local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

before_each(sandbox.reset)

describe("spreetail", function()
  it("shows its version and its help", function()
    local version = require("spreetail")._VERSION
    assert.same({ "spreetail " .. version .. "\n", "", 0 }, { spreetail.run { "--version" } })
    local output, _, status = spreetail.run { "--help" }
    assert.matches("^Usage: spreetail .*\n   order  +Create, show and cancel an order%.\n", output)
    assert.equal(0, status)
    assert.matches("^Usage: spreetail order get", (spreetail.run { "order", "get", "-h" }))
  end)

  it("called wrongly says what is wrong, how it is used, and exits with 2", function()
    local output, complaint, status = spreetail.run { "order", "crate", "-" }
    assert.same({ "", 2 }, { output, status })
    assert.matches("^Usage: spreetail order .*\n", complaint)
    assert.matches("\nspreetail: unknown command 'crate'\nDid you mean 'create'%?\n$", complaint)
    for _, arguments in ipairs { {}, { "order" }, { "order", "get" }, { "order", "get", "R-1", "--jso" } } do
      assert.equal(2, select(3, spreetail.run(arguments)))
    end
  end)

  for _, lua in ipairs { "lua5.1", "lua5.2", "lua5.3", "lua5.4", "luajit" } do
    it("runs where " .. lua .. " is all there is", function()
      local directory = spreetail.directory()
      finally(function() spreetail.remove(directory) end)
      local link = "for name in sh readlink tr %s; do ln -s $(command -v $name) %s; done"
      os.execute(link:format(lua, directory))
      local script = ("program=$(command -v spreetail); PATH=%s; $program order get R-1"):format(directory)
      local output, complaint, status = spreetail.shell(script)
      assert.same({ "", 1 }, { output, status })
      assert.matches("^spreetail: GET /order/R%-1 for 'R%-1'", complaint)
    end)
  end

  it("says which Lua lacks what", function()
    local directory = spreetail.directory()
    finally(function() spreetail.remove(directory) end)
    os.execute(("for name in readlink tr lua5.4; do ln -s $(command -v $name) %s; done"):format(directory))
    local script = "program=$(command -v spreetail); PATH=%s; LUA_PATH_5_4=/nowhere/?.lua $program --version"
    local output, complaint, status = spreetail.shell(script:format(directory))
    assert.same({ "", 2 }, { output, status })
    assert.equal("spreetail: no Lua here has all that the command needs:\n"
      .. "  lua5.4: module 'argparse' not found:\n", complaint)
    os.remove(directory .. "/lua5.4")
    assert.matches("no Lua was found; install lua5.4", select(2, spreetail.shell(script:format(directory))))
  end)

  it("finds itself through a symbolic link", function()
    local directory = spreetail.directory()
    finally(function() spreetail.remove(directory) end)
    local script = "ln -s $(command -v spreetail) %s/s; %s/s --version"
    assert.matches("^spreetail ", (spreetail.shell(script:format(directory, directory))))
  end)

  it("can't print: says so, and that what was done is not known", function()
    sandbox.client():create_order(sandbox.order "R-1")
    local output, complaint, status = spreetail.shell "exec spreetail order get R-1 > /dev/full"
    assert.same({ "", "spreetail: what was done can't be printed: No space left on device\n", 3 },
      { output, complaint, status })
  end)
end)
