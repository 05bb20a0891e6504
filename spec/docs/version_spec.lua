-- The version stands in src/core/spreetail.h. What hands this library out and can't look there says the same.

local read = require("spec.files").read

local VERSION = read("src/core/spreetail.h"):match '#define SPREETAIL_VERSION "([^"]+)"'

-- The keys of dist.ini that opm knows, and whether it insists on them.
local OPM = {
  name = true, abstract = true, author = true, license = true, is_original = true, repo_link = true,
  version = false, requires = false, lib_dir = false, exclude_files = false, main_module = false,
  doc_dir = false,
}

-- dist.ini by the rules of opm: `key = value` in one section, and comments.
local function read_ini(name)
  local values = {}
  for line in io.lines(name) do
    if not line:match "^%s*[;#]" and line:match "%S" then
      local key, value = line:match "^%s*([%w_]+)%s*=%s*(.-)%s*$"
      assert.is_truthy(key, name .. ": " .. line)
      assert.is_nil(values[key], name .. ": " .. key .. " stands there twice")
      values[key] = value
    end
  end
  return values
end

local function exists(name)
  local file = io.open(name)
  return file ~= nil and file:close()
end

-- The lines that a shell command prints.
local function list(command)
  local lines, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  pipe:close()
  assert.is_truthy(lines[1], command)
  local i = 0
  return function()
    i = i + 1
    return lines[i]
  end
end

describe("the version", function()
  it("is three numbers", function()
    assert.matches("^%d+%.%d+%.%d+$", VERSION)
  end)

  it("is what the module says", function()
    assert.equal(VERSION, require("spreetail")._VERSION)
  end)

  it("stands in dist.ini", function()
    assert.equal(VERSION, read_ini("dist.ini").version)
  end)

  it("is left to the packing in the rockspec", function()
    local rockspec = read "spreetail-dev-1.rockspec"
    assert.matches('\nversion = "dev%-1"\n', rockspec)
    assert.matches('\nsource = { url = "file://%." }\n', rockspec)
  end)
end)

describe("the number of the shared library", function()
  it("stands in the names of its Debian package and of its files", function()
    local number = read("Makefile"):match "\nSOVERSION := (%d+)\n"
    local package = "libspreetail-core" .. number
    assert.is_truthy(read("packaging/debian/control"):find("\nPackage: " .. package .. "\n", 1, true))
    assert.is_truthy(exists("packaging/debian/" .. package .. ".install"))
  end)
end)

describe("dist.ini", function()
  local ini = read_ini "dist.ini"

  it("has what opm insists on, and nothing that it doesn't know", function()
    for key, mandatory in pairs(OPM) do
      assert.is_truthy(ini[key] or not mandatory, key)
    end
    for key in pairs(ini) do
      assert.is_not_nil(OPM[key], key)
    end
  end)

  it("has values that opm takes", function()
    assert.matches("^[%w-]+$", ini.name)
    assert.equal("mit", ini.license)
    assert.matches("^MIT License", read "LICENSE")
    assert.is_truthy(ini.is_original == "yes" or ini.is_original == "no")
    assert.matches("^https://[^\"'%s<>{}]+$", ini.repo_link)
    for requirement in ini.requires:gmatch "[^,]+" do
      local name = requirement:match "^%s*([%w_]+) >= [%d.]+%s*$"
      assert.is_truthy(name == "luajit" or name == "ngx_http_lua", requirement)
    end
  end)

  it("leaves out the command, and nothing else", function()
    local excluded = {}
    for pattern in ini.exclude_files:gmatch "[^%s,]+" do
      for name in list("ls " .. pattern) do
        excluded[name] = true
      end
    end
    for name in list("find lua -name '*.lua'") do
      assert.equal(name:find "^lua/spreetail/command/" ~= nil, excluded[name] == true, name)
    end
  end)

  it("names what is there", function()
    assert.is_truthy(exists(ini.lib_dir .. "/spreetail/init.lua"))
    assert.is_truthy(exists(ini.doc_dir))
    assert.is_truthy(exists(ini.main_module))
    assert.equal(1, ini.main_module:find(ini.lib_dir .. "/", 1, true))
    assert.is_truthy(exists "README.md")
  end)
end)
