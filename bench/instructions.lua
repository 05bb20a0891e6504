--- User-space instructions under callgrind: they repeat to a percent where times do not.

local shell = require("server").shell

local M = {}

--- Of a command.
function M.of(command)
  local output = shell("valgrind --tool=callgrind --callgrind-out-file=/dev/null " .. command .. " 2>&1 || :")
  return tonumber(output:match "Collected : (%d+)") or error(output)
end

--- Of one time, of what `command(count)` does so many times: start and end are the same in both.
function M.each(command, few, many)
  return (M.of(command(many)) - M.of(command(few))) / (many - few)
end

return M
