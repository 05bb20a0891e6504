--- Names that were probably meant.

local M = {}

-- How many letters have to be changed, added or left out (Levenshtein's distance).
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local above = row[j]
      local change = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(above + 1, row[j - 1] + 1, diagonal + change)
      diagonal = above
    end
  end
  return row[#b]
end

--- The name among the keys of `names` that is nearest to `name`, or nil when none is near. A third
-- of a name may be wrong, and at most three letters.
function M.nearest(name, names)
  local best, nearest = nil, math.min(3, math.floor(#name / 3)) + 1
  for candidate in pairs(names) do
    -- No nearer than their lengths are: a name that is far too long is not worth the look.
    local away = math.abs(#name - #candidate)
    away = away <= nearest and distance(name, candidate) or away
    if away < nearest or (away == nearest and best and candidate < best) then
      best, nearest = candidate, away
    end
  end
  return best
end

return M
