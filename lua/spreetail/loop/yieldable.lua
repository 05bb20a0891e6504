--- Whether the running code can be suspended: true, false, or nil, when only trying it tells.
--
-- Lua 5.3 and later, and LuaJIT, say so. Lua 5.1 and 5.2 don't, nor does nginx, which has a coroutine
-- library of its own, so we look at who has called. In 5.1 no C function may stand in between (pcall is
-- one), nor a metamethod or the iterator of a `for`; elsewhere only a C function, and some of these are
-- prepared for it.

local isyieldable = coroutine.isyieldable
local getinfo = debug and debug.getinfo

local PREPARED = { [pcall] = true, [xpcall] = true }

-- Adds what the function of one level, called by the one before, says of its own kind.
local function look_51(info, nameless)
  if info.what == "C" or info.name == "(for generator)" then
    return false
  elseif nameless then
    return nil -- the function before was called by this one, and as it has no name, perhaps not by a call
  end
  return true
end

local function look_52(info)
  if info.what == "C" and not PREPARED[info.func] then
    return nil
  end
  return true
end

local look = (jit or _VERSION == "Lua 5.2") and look_52 or look_51

-- What a coroutine has called, from the caller of our caller down to where it began.
local function look_at_callers()
  local level, nameless, sure = 3, false, true
  local info = getinfo(level, "Snf")
  while info do
    if info.what ~= "tail" then -- 5.1 puts one in where a tail call has taken the caller's place
      local can = look(info, nameless)
      if can == false then
        return false
      end
      sure = sure and can
      nameless = info.namewhat == ""
    end
    level = level + 1
    info = getinfo(level, "Snf")
  end
  return sure
end

return function()
  if isyieldable then
    return isyieldable()
  end
  local running, is_main = coroutine.running()
  if not running or is_main then
    return false
  elseif not getinfo then
    return nil
  end
  local can = look_at_callers() -- no tail call: the levels are counted
  return can
end
