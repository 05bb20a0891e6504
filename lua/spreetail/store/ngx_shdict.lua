--- A token store in one of nginx's shared dictionaries: all workers use one token, one of them renews
-- it, and reload and binary upgrade keep it.

local M = {}

--- A store in the dictionary of that name (`lua_shared_dict NAME 1m;`).
function M.new(name)
  local dictionary = ngx.shared[name]
  if not dictionary then
    error(("spreetail.store.ngx_shdict: no lua_shared_dict is named '%s'"):format(tostring(name)), 2)
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
