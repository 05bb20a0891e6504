--- A file of what was rejected: each line is in it before the next order is looked at.

local errors = require "spreetail.error"

local M = {}

local Rejects = {}
Rejects.__index = Rejects

local function unwritable(path, why)
  return errors.new {
    kind = "config",
    message = ("%s can't be written: %s"):format(path, why:gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")),
    outcome = "not_sent",
    retryable = false,
  }
end

-- Whether a file is there, and how long it is.
local function look(path)
  local file = io.open(path, "rb")
  local size = file and file:seek "end" or 0
  if file then
    file:close()
  end
  return file ~= nil, size
end

--- Opens the file; `header` is what it begins with once something is rejected. One that has something in it
-- is not written to: these are orders that were rejected before, or what is imported. Returns nil and an
-- error of kind `config` when it can't be.
function M.open(path, header)
  local existed, size = look(path)
  if size > 0 then
    return nil, unwritable(path, "there is something in it; import that or put it away first")
  end
  local file, why = io.open(path, "ab")
  if not file then
    return nil, unwritable(path, why)
  end
  return setmetatable({
    path = path, file = file, header = header, made = not existed, is_empty = true, failure = nil,
  }, Rejects)
end

--- Adds lines. Returns nil and why when they can't be written; from then on nothing is.
function Rejects:write(text)
  if self.failure then
    return nil, self.failure
  end
  local written, why = self.file:write(self.is_empty and self.header or "", text)
  if written then
    written, why = self.file:flush()
  end
  self.is_empty = false
  self.failure = not written and why or nil
  return written, why
end

--- Closes the file, which is removed when nothing was rejected and it wasn't there before. Another import,
-- begun at the same moment, may have written to it.
function Rejects:close()
  self.file:close()
  local _, size = look(self.path)
  if self.is_empty and self.made and size == 0 then
    os.remove(self.path)
  end
end

return M
