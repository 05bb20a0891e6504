-- What a mistake in the program raises. `fn` makes it, and is written on one line, so that its own
-- line is where the error must be said to be. Returns the message behind file and line.

return function(fn, ...)
  local source = debug.getinfo(fn, "S")
  local where = ("%s:%d: "):format(source.short_src, source.linedefined)
  local ok, message = pcall(fn, ...)
  assert(not ok, "nothing was raised")
  assert(type(message) == "string", "what was raised is a " .. type(message))
  assert(message:sub(1, #where) == where, "raised at another place than " .. where .. ": " .. message)
  return message:sub(#where + 1)
end
