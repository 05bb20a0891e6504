--- A token store for programs that follow one another, such as cron jobs: one file, readable by its
-- user alone, replaced as a whole.

local core = require "spreetail.core"

local M = {}

--- A store in the file of that name; beside it, `PATH.lock` while a program logs in. The token of one
-- set of credentials fits into it: another one's is ignored and replaced.
function M.new(path)
  if type(path) ~= "string" or path == "" then
    local given = path == "" and "an empty one" or path == nil and "nil" or "a " .. type(path)
    error("spreetail.store.file: the path must be a string, not " .. given, 2)
  end
  local lock = path .. ".lock"
  return {
    get = function()
      local sealed, err = core.read_private_file(path)
      return sealed or (err and error(err))
    end,
    set = function(_, sealed)
      assert(core.write_private_file(path, sealed))
    end,
    lock = function(_, seconds)
      local locked, err = core.lock_file(lock, seconds)
      return locked or (err and error(err)) -- false: another program has it
    end,
    unlock = function()
      os.remove(lock)
    end,
  }
end

return M
