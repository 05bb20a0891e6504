-- Loads the stubs and holds them against the module, on whatever Lua runs this.
local spreetail = require "spreetail"
local stubs = assert(loadfile "lua-stubs/spreetail.d.lua")()

for name, value in pairs(spreetail) do
  assert(type(value) ~= "function" or type(stubs[name]) == "function", name)
end
print "good"
