-- The pages of the manual: made of what the subcommands declare, and read by man without a word of complaint.

local command = require "spreetail.command"
local files = require "spec.files"
local process = require "spec.lua.process"
local spreetail = require "spec.command.spreetail"
local surroundings = require "spreetail.command.surroundings"

local directory

setup(function()
  directory = spreetail.directory()
  assert.equal("", process.shell("dev/manual " .. directory .. " 2>&1"))
end)

teardown(function()
  spreetail.remove(directory)
end)

-- A page as it is read, wide enough that nothing is broken into lines.
local function read(name)
  local shown = process.shell(("MANWIDTH=2000 LC_ALL=C.UTF-8 man -l %s/%s.1 2>&1"):format(directory, name))
  return (shown:gsub(".\8", ""):gsub("  +", " "))
end

local function each_page(fn)
  fn("spreetail", command.parser())
  for _, subcommand in ipairs(command.subcommands) do
    fn("spreetail-" .. subcommand.name, subcommand)
  end
end

describe("the manual", function()
  it("has a page for the command and for each subcommand", function()
    local expected, found = {}, {}
    each_page(function(name) expected[name .. ".1"] = true end)
    for name in process.shell("ls " .. directory):gmatch "%S+" do
      found[name] = true
    end
    assert.same(expected, found)
  end)

  it("is read by man without a warning", function()
    each_page(function(name)
      assert.equal("", process.shell(("LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 "
        .. "man --warnings -E UTF-8 -l -Tutf8 -Z %s/%s.1 2>&1 > /dev/null"):format(directory, name)), name)
    end)
  end)

  it("is found by what it is about", function()
    assert.matches("spreetail%-stock %- show what is in stock", read "spreetail-stock")
  end)

  it("says what --help says of each operation and option", function()
    local page = read "spreetail-order"
    for _, words in ipairs {
      "spreetail order create", "spreetail order get", "spreetail order cancel",
      "--on-duplicate {error,return}", "--dry-run", "--refund AMOUNT", "The order's ReferenceNumber.",
    } do
      assert.is_truthy(page:find(words, 1, true), words)
    end
  end)

  it("says what the exit status means, in the words of the help", function()
    local page, help = read "spreetail", spreetail.run { "--help" }
    help = help:gsub("%s+", " ")
    for _, entry in ipairs(surroundings.exit_status) do
      assert.is_truthy(page:find(entry[2], 1, true), entry[2])
      assert.is_truthy(help:find(entry[2], 1, true), entry[2])
    end
    for _, entry in ipairs(surroundings.environment) do
      assert.is_truthy(page:find(entry[1], 1, true), entry[1])
    end
  end)

  it("has nothing that roff would take for its own", function()
    local page = files.read(directory .. "/spreetail-completion.1")
    assert.is_truthy(page:find('eval "$(spreetail completion bash)"', 1, true))
    assert.matches("~/.config/fish/completions/spreetail.fish", read "spreetail-completion", 1, true)
  end)
end)
