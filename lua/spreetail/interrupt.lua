--- Ctrl-C: the `lua` program has the error "interrupted!" raised by whatever is running, wherever that is.

local M = {}

--- Whether an error value is that one, which is never to be taken for a failure of the program's functions.
function M.is(err)
  return type(err) == "string" and err:find "interrupted!$" ~= nil
end

--- PUC Lua 5.1 can't suspend a coroutine below pcall. (There an interrupt never strikes in a coroutine.)
M.suspends_below_pcall = coroutine.wrap(function()
  return pcall(coroutine.yield, "suspended")
end)() == "suspended"

return M
