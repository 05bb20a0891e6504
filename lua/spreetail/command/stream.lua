--- Files, and the standard input, read as they come: of what is long, little is in memory.

local errors = require "spreetail.error"
local input = require "spreetail.command.input"
local system = require "spreetail.command.system"

local M = {}

local STANDARD_INPUT = 0

-- Seconds until whoever waits for the standard input has something else done.
local LONGEST_WAIT = 0.05

local Stream = {}
Stream.__index = Stream

-- What is read of a file that others write to would end in the middle of a line.
local function check_size(self)
  local size = self.size and self.file:seek "end"
  if size and size ~= self.size then
    return ("its size was %d bytes and is %d now: read it again when nothing is written to it any more")
      :format(self.size, size)
  end
end

local function read_file(self, size)
  local block, why = self.file:read(size)
  if block then
    return block
  end
  return nil, why or check_size(self)
end

-- Has whatever else is under way go on until something comes.
local function read_standard_input(self, size)
  while true do
    local block, why = system.read(STANDARD_INPUT, size, LONGEST_WAIT)
    if why or block == "" then
      return nil, why
    elseif block then
      return block
    end
    self.idle()
    if self.has_ended then
      return nil
    end
  end
end

--- Some more bytes, about `size`; nil at the end; nil and why when they can't be read.
function Stream:read(size)
  local first = self.first
  self.first = nil
  if first or self.has_ended then
    return first
  end
  return (self.file and read_file or read_standard_input)(self, size)
end

--- Has it end with what has been read of it. Returns whether that can't be read again.
function Stream:finish()
  self.has_ended = true
  return self.size == nil
end

--- The first bytes of it, which will be read again. "" when there are none; nil and why when they can't be
-- read.
function Stream:peek()
  local block, why = self:read(64 * 1024)
  self.first = block
  return block or not why and "" or nil, why
end

local function unreadable(path, why)
  why = tostring(why):gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")
  return errors.new {
    kind = "config",
    message = ("%s can't be read: %s"):format(input.name(path), why),
    outcome = "not_sent",
    retryable = false,
  }
end

--- Opens a file; "-" is the standard input. Returns a stream, which has a `name` for people, its `size` if
-- that is known, and `idle`, a function that is called while nothing comes; or nil and an error of kind
-- `config`.
function M.open(path)
  local self = setmetatable({ name = input.name(path), idle = function() end, has_ended = false }, Stream)
  if path == "-" then
    return self
  end
  local file, why = io.open(path, "rb")
  local kind = file and (system.mode(path) or {}).kind
  if kind == "directory" then
    file:close()
    file, why = nil, "it is a directory"
  end
  if not file then
    return nil, unreadable(path, why)
  end
  self.file = file
  if kind == "file" then
    self.size = file:seek "end"
    file:seek("set", 0)
  end
  return self
end

--- An error of kind `config`, when what has been opened can't be read.
M.unreadable = unreadable

function Stream:close()
  if self.file then
    self.file:close()
  end
end

return M
