--- A token store in the kernel's keyring of a user: in memory only, for all programs of that user, and
-- gone by itself when the token has run out. Linux 5.3 or later.

local core = require "spreetail.core"
local errors = require "spreetail.error"

local M = {}

-- What a key is called tells nothing: `key` is a hash.
local function token_name(key)
  return "spreetail:" .. key
end

local function lock_name(key)
  return token_name(key) .. ":lock"
end

--- A store in the keyring of the user that runs us; nil and an error of kind `config` where there is
-- none, or where a program may not use it, as in many containers. Programs with other credentials, or
-- for another server, are no hindrance: each has a key of its own.
function M.new(...)
  if select("#", ...) > 0 then
    error("spreetail.store.keyring: new takes nothing: there is one keyring for each user", 2)
  end
  local found, reason = core.open_keyring()
  if not found then
    return nil, errors.new {
      kind = "config",
      message = "no tokens can be kept in the kernel's keyring: " .. reason .. "; leave token_store out, and "
        .. "each program logs in by itself, or use spreetail.store.file",
      retryable = false,
    }
  end
  local locks = {} -- ours, by name
  local odd_since = {} -- how long something that is no lock has been lying in a lock's place, by name
  return {
    get = function(key)
      local sealed, err = core.read_key(token_name(key))
      return sealed or (err and error(err))
    end,
    set = function(key, sealed, seconds)
      assert(core.write_key(token_name(key), sealed, seconds))
    end,
    lock = function(key, seconds)
      local name, now = lock_name(key), core.now()
      local by_force = odd_since[name] ~= nil and now > odd_since[name] + seconds
      local lock, held = core.lock_key(name, seconds, by_force)
      if lock then
        locks[name], odd_since[name] = lock, nil
        return true
      elseif lock == nil then
        error(held)
      end
      odd_since[name] = not held and (odd_since[name] or now) or nil
      return false
    end,
    unlock = function(key)
      local name = lock_name(key)
      if locks[name] then
        core.unlock_key(name, locks[name])
        locks[name] = nil
      end
    end,
  }
end

return M
