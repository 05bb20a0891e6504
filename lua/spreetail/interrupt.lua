--- Ctrl-C: the `lua` program has the error "interrupted!" raised by whatever is running, wherever that is.

local M = {}

--- Whether an error value is that one, which is never to be taken for a failure of the program's functions.
function M.is(err)
  return type(err) == "string" and err:find "interrupted!$" ~= nil
end

--- PUC Lua 5.1 can't suspend a coroutine below pcall. (There an interrupt never strikes in a coroutine.) To
-- try it would be to suspend one while we are loaded, which nginx forbids within a request.
M.suspends_below_pcall = _VERSION ~= "Lua 5.1" or jit ~= nil

return M
