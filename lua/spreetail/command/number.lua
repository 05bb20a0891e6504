--- Numbers on the command line, for argparse to convert: what `tonumber` takes besides is a slip here.

local M = {}

--- A number in digits, from 0.
function M.number(text)
  if text:find "^%d+%.?%d*$" then
    return tonumber(text)
  end
  return nil, ("'%s' is not a number such as 12 or 12.50"):format(text)
end

--- A number of seconds above 0.
function M.seconds(text)
  local value = M.number(text)
  if value and value > 0 then
    return value
  end
  return nil, ("'%s' is not a number of seconds, above 0"):format(text)
end

--- A whole number from 1.
function M.count(text)
  local value = text:find "^%d+$" and tonumber(text)
  if value and value >= 1 and value < 2 ^ 31 then
    return value
  end
  return nil, ("'%s' is not a whole number from 1"):format(text)
end

return M
