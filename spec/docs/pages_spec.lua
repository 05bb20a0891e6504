-- The code in README.md and docs/*.md runs, and prints what it says.
--
-- Each block of Lua is run by itself behind prelude.lua, in a fresh sandbox: there is in it what the page's
-- shell commands above the block have put there, and nothing else. A comment `--> text` is a line that it
-- prints ("..." stands for anything); with one of them, all lines have to be there. Blocks of shell are run
-- and compared in the same way, in one shell for each page; blocks whose first line is a comment with the
-- name of a file have been written to it.
-- <!-- only loaded --> before a block: its syntax is checked, and no more.

local example = require "spec.examples.example"
local files = require "spec.files"
local page = require "spec.docs.page"
local sandbox = require "spec.lua.sandbox"

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function exists(name)
  local file = io.open(name)
  return file ~= nil and file:close()
end

local read, write = files.read, files.write

local MAKEFILE = read "Makefile" .. read "spec/testing.mk" .. read "packaging/packaging.mk"

local pages = {}
for name in output_of "ls README.md docs/*.md":gmatch "%S+" do
  pages[#pages + 1] = name
end

-- Runs a file that holds `text` and hands back what example.run does.
local function run(lua, text)
  local name = os.tmpname()
  write(name, text)
  local output, errors, status = example.run(lua, name)
  os.remove(name)
  return output, errors, status
end

-- A place that looks like the root of this tree, where a page may also write files.
local directory

local function begin()
  sandbox.reset()
  directory = os.tmpname()
  os.remove(directory)
  output_of(("mkdir %s && ln -s $PWD/* %s"):format(directory, directory))
end

local function finish()
  output_of("rm -r " .. directory)
end

local function write_named_blocks(name)
  for _, language in ipairs { "c", "lua" } do
    for _, code in ipairs(page.blocks(name, language)) do
      local file = code.text:match "^/%* ([%w_]+%.c)" or code.text:match "^%-%- ([%w_]+%.lua)"
      if file then
        write(directory .. "/" .. file, code.text)
      end
    end
  end
end

-- What a reader of the page has typed before that line.
local function commands_above(name, line)
  local commands = {}
  for _, block in ipairs(page.blocks(name, "sh")) do
    if block.line < line and not block.only_loaded then
      table.insert(commands, block.text)
    end
  end
  return table.concat(commands)
end

-- Runs shell commands there, and returns what they print.
local function shell(text, options)
  write(directory .. "/commands", text)
  local command = "cd %s && PATH=$PWD/bin:$PATH timeout 120 bash -eu %s commands 2>&1 < /dev/null; "
    .. "printf '\n%%d' $?"
  local output, status = output_of(command:format(directory, options or "")):match "^(.*)\n(%d+)$"
  assert.equal("0", status, output)
  return output
end

example.on_each_lua(function(lua)
  describe("Lua in the pages, on " .. lua, function()
    before_each(begin)
    after_each(finish)

    for _, name in ipairs(pages) do
      for _, block in ipairs(page.blocks(name, "lua")) do
        local verb = block.only_loaded and "loads" or "runs"
        it(("%s: %s:%d"):format(verb, name, block.line), function()
          write_named_blocks(name)
          shell(commands_above(name, block.line))
          local guard = block.only_loaded and "if false then\n" or "do\n"
          local program = read "spec/docs/prelude.lua" .. guard .. block.text .. "end\n"
          local output, errors, status = run(lua, program)
          assert.equal(0, status, errors .. output)
          assert.is_nil(not block.only_loaded and page.difference(block, output) or nil)
        end)
      end
    end
  end)
end)

describe("the shell and C in the pages", function()
  before_each(begin)
  after_each(finish)

  for _, name in ipairs(pages) do
    for _, block in ipairs(page.blocks(name, "sh")) do
      it(("%s: %s:%d"):format(block.only_loaded and "can be read" or "run", name, block.line), function()
        write_named_blocks(name)
        if block.only_loaded then
          shell(block.text, "-n")
        else
          local output = shell(commands_above(name, block.line) .. "echo ====\n" .. block.text)
          assert.is_nil(page.difference(block, output:match "====\n(.*)$"))
        end
        local commands = ("\n" .. block.text):gsub("#[^\n]*", ""):gsub("sudo ", "")
        for words in commands:gmatch "[\n(]make ([^\n\")]*)" do
          for word in words:gmatch "%S+" do
            local is_target = word:find "^%l[%l-]*$"
            assert.is_truthy(not is_target or MAKEFILE:find("\n" .. word .. ":", 1, true), word)
          end
        end
      end)
    end
  end
end)

describe("the pages", function()
  it("link to what is there", function()
    for _, name in ipairs(pages) do
      local above = name:match "^(.*/)" or ""
      for link in read(name):gmatch "%]%(([^)#]+)[^)]*%)" do
        assert.is_truthy(link:find "^https:" or exists(above .. link), name .. ": " .. link)
      end
    end
  end)

  it("name files that are there", function()
    local all = { "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md" }
    for _, name in ipairs(pages) do
      all[#all + 1] = name
    end
    for _, name in ipairs(all) do
      for path in read(name):gmatch "[%s`(]([%l-]+/[%w_/.-]+%.%l+)%f[^%w_/.-]" do
        local known = path:find "^docs/" or path:find "^examples/" or path:find "^lua/" or path:find "^src/"
          or path:find "^spec/" or path:find "^sandbox/"
        local is_pattern = path:find "/x[_.]" -- src/core/x.c: whichever
        assert.is_truthy(not known or is_pattern or exists(path), name .. ": " .. path)
      end
    end
  end)

  it("can all be reached from README.md", function()
    local seen, queue = { ["README.md"] = true }, { "README.md" }
    for _, name in ipairs(queue) do
      local above = name:match "^(.*/)" or ""
      for link in read(name):gmatch "%]%(([^)#]+%.md)[^)]*%)" do
        local path = above .. link
        if exists(path) and not path:find "%.%./" and not seen[path] then
          seen[path] = true
          queue[#queue + 1] = path
        end
      end
    end
    for _, name in ipairs(pages) do
      assert.is_true(seen[name], name)
    end
  end)
end)
