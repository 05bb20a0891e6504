--- A token store in one of nginx's shared dictionaries: all workers use one token, one of them renews
-- it, and reload and binary upgrade keep it.

local M = {}

--- A store in the dictionary of that name (`lua_shared_dict NAME 1m;`).
function M.new(name)
  if not ngx then
    error("spreetail.store.ngx_shdict works only inside nginx (OpenResty, or nginx with its Lua module); "
      .. "elsewhere use spreetail.store.file", 2)
  elseif type(name) ~= "string" then
    error("spreetail.store.ngx_shdict: the dictionary's name must be a string, not a " .. type(name), 2)
  end
  local dictionary = ngx.shared[name]
  if not dictionary then
    error(("spreetail.store.ngx_shdict: no lua_shared_dict is named '%s'; nginx.conf needs "
      .. "'lua_shared_dict %s 1m;' in its http block"):format(name, name), 2)
  end
  return {
    get = function(key)
      return (dictionary:get(key))
    end,
    set = function(key, sealed, seconds)
      assert(dictionary:safe_set(key, sealed, seconds))
    end,
    lock = function(key, seconds)
      local added, err = dictionary:safe_add(key .. ".lock", ngx.worker.pid(), seconds)
      return added or (err ~= "exists" and error(err))
    end,
    unlock = function(key)
      if dictionary:get(key .. ".lock") == ngx.worker.pid() then -- else it is another's by now
        dictionary:delete(key .. ".lock")
      end
    end,
  }
end

return M
