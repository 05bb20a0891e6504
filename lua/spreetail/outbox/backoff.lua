--- Pure: how long to pause after a failure.

local M = {}

--- Seconds to pause after so many failures in a row: 1, 2, 4, ... at most `longest`, and of that a random
-- part between half and all, so that those that failed together don't come back together.
function M.pause(failures, longest, random)
  local bound = math.min(2 ^ (failures - 1), longest)
  return bound * (0.5 + random() / 2)
end

--- Numbers from 0 up to 1 by the minimal standard generator (Park and Miller, 1988). Lua's own would be the
-- same in each process that does not seed it, and belongs to the program.
function M.random(seed)
  local modulus = 2147483647
  local state = seed % (modulus - 1) + 1
  return function()
    state = state * 16807 % modulus
    return state / modulus
  end
end

return M
