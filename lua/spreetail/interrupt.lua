--- Ctrl-C: the `lua` program has the error "interrupted!" raised by whatever is running, wherever that is.

local M = {}

--- Whether an error value is that one, which is never to be taken for a failure of the program's functions.
function M.is(err)
  return type(err) == "string" and err:find "interrupted!$" ~= nil
end

return M
