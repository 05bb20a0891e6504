--- A colon for a dot: `spreetail:client{...}` hands the module itself to a function of it.

--- Raises, at `level` as counted by the caller, when `first`, the first argument of the function `fn` that
-- the module has under `name`, is the module.
return function(name, fn, first, level)
  if type(first) == "table" and rawequal(rawget(first, name), fn) then
    error(("spreetail.%s(...) is to be called with a dot, not with a colon"):format(name), level + 1)
  end
end
