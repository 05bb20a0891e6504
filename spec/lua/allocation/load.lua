-- Memory that runs out while the modules are loaded. See main.c.

local function prepare() end

local function attempt()
  local options = { client_id = "a", client_secret = "b", base_url = "https://localhost" }
  return require "spreetail".client(options) ~= nil
end

local function afterwards()
  -- Lua 5.1 and LuaJIT remember a module that could not be loaded, by a userdata or a number.
  for name, value in pairs(package.loaded) do
    if type(value) == "userdata" or type(value) == "number" then
      package.loaded[name] = nil
    end
  end
  return attempt()
end

return prepare, attempt, afterwards
