-- Files, whole. (Programs that don't have the root of this tree on Lua's path load this by `dofile`.)

local files = {}

--- What one holds. Where it can't be opened: `default`, or an error if that is nil.
function files.read(name, default)
  local file, err = io.open(name, "rb")
  if not file then
    return default or error(err, 2)
  end
  local text = file:read "*a"
  file:close()
  return text
end

--- Makes one that holds the text, in place of what was there.
function files.write(name, text)
  local file = assert(io.open(name, "wb"))
  assert(file:write(text))
  assert(file:close())
end

return files
