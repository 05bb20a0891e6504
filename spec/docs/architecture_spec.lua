-- The layers of docs/architecture.md, held against the sources: each file has its paragraph there, and
-- what it includes or requires stands further down on the page.

local read = require("spec.files").read

-- The files that the page names below a heading, in order: "**`name`**" begins each paragraph.
local function described(heading)
  local names, inside = {}, false
  for line in io.lines "docs/architecture.md" do
    if line:match "^## " then
      inside = line == "## " .. heading
    elseif inside and line:match "^%*%*`" then
      for name in line:match "^[^:]*":gmatch "%*%*`([^`]+)`%*%*" do
        names[#names + 1] = name
      end
    end
  end
  return names
end

local function files(directory, pattern)
  local found, list = {}, io.popen(("cd %s && find . -type f -name '%s' | sort"):format(directory, pattern))
  for name in list:lines() do
    found[#found + 1] = name:gsub("^%./", "")
  end
  list:close()
  return found
end

-- A header and its source are one part.
local function part(name)
  return (name:gsub("%.[ch]$", ""):gsub("%.lua$", ""))
end

local function include_targets(text)
  return text:gmatch '#include "([^"]+)"'
end

local function require_targets(text)
  local each = text:gmatch 'require[ (]*"spreetail%.([%w_.]+)"'
  return function()
    local name = each()
    return name and (name:gsub("%.", "/"))
  end
end

-- Arrows that don't point down, as "from -> to".
local function wrong_arrows(directory, pattern, heading, targets)
  local place, wrong = {}, {}
  for i, name in ipairs(described(heading)) do
    place[part(name)] = i
  end
  for _, name in ipairs(files(directory, pattern)) do
    local from = part(name)
    for target in targets(read(directory .. "/" .. name)) do
      local to = part(target)
      if to ~= from and place[to] and place[to] <= place[from] then
        wrong[#wrong + 1] = from .. " -> " .. to
      end
    end
  end
  return wrong
end

local layers = {
  { "src/core", "*.[ch]", include_targets },
  { "src/lua", "*.[ch]", include_targets },
  { "src/command/system", "*.[ch]", include_targets },
  { "src/command/probe", "*.[ch]", include_targets },
  { "lua/spreetail", "*.lua", require_targets },
}

for _, layer in ipairs(layers) do
  local directory, pattern, targets = layer[1], layer[2], layer[3]
  describe("in " .. directory, function()
    it("each file has its paragraph, and each paragraph its file", function()
      local parts, seen = {}, {}
      for _, name in ipairs(files(directory, pattern)) do
        seen[part(name)] = true
      end
      for _, name in ipairs(described(directory)) do
        assert.is_true(seen[part(name)] ~= nil, name .. " is described and not there")
        parts[part(name)] = true
      end
      for name in pairs(seen) do
        assert.is_true(parts[name] ~= nil, name .. " has no paragraph in docs/architecture.md")
      end
    end)

    it("all arrows point down", function()
      assert.same({}, wrong_arrows(directory, pattern, directory, targets))
    end)
  end)
end

describe("between the layers", function()
  it("the core knows no Lua", function()
    for _, name in ipairs(files("src/core", "*.[ch]")) do
      assert.is_nil(read("src/core/" .. name):match '#include [<"][^\n]*lua[^\n]*%.h[>"]', name)
    end
  end)

  it("the glue knows of the core its public face", function()
    for _, name in ipairs(files("src/lua", "*.[ch]")) do
      for target in include_targets(read("src/lua/" .. name)) do
        local core = target:match "^%.%./core/(.*)"
        assert.is_true(core == nil or core == "spreetail.h", name .. " includes " .. target)
      end
    end
  end)
end)
