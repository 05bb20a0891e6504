--- Comma-separated values, as RFC 4180 has them: the records of a text that comes in blocks.

local blocks = require "spreetail.command.blocks"
local system = require "spreetail.command.system"

local M = {}

local byte, find, gsub, sub = string.byte, string.find, string.gsub, string.sub

-- Reads a record: Lua's own functions would take as long for a field as this does for a record.
local read_fields, read_field = system.fields, system.field

local QUOTE = 34

local WRONG = {
  unclosed = "a quote is opened here and never closed",
  behind = "there is text behind the quote that closes a field: a quote within is to be doubled",
  within = "there is a quote in a field that does not begin with one: put it in quotes, and double this one",
}

--- The fields of a record's text, and where in it each begins.
function M.fields(text, delimiter)
  local fields, starts = {}, {}
  read_fields(text, 1, delimiter, true, fields, starts)
  return fields, starts
end

--- The text of a field as it is written: in quotes where it needs them.
function M.quote(value, delimiter)
  if value == "" or find(value, '["\r\n' .. delimiter .. "]") then
    return '"' .. gsub(value, '"', '""') .. '"'
  end
  return value
end

-- What is between the fields of a header: what its first line has most of.
local function recognise(text, at)
  local line = gsub(sub(text, at, find(text, "\n", at, true)), '"[^"]*"', "")
  local best, most = ",", 0
  for _, delimiter in ipairs { ",", ";", "\t" } do
    local _, count = gsub(line, delimiter, "")
    if count > most then
      best, most = delimiter, count
    end
  end
  return best
end

local Reader = {}
Reader.__index = Reader

--- A reader of what `read(size)` returns, block by block (blocks.lua). `delimiter` is one character; nil: a
-- comma, a semicolon or a tab, as the first line has it.
function M.reader(read, delimiter)
  return setmetatable({
    blocks = blocks.new(read),
    delimiter = delimiter,
    line = 1, -- where the next record begins
  }, Reader)
end

-- Reads what comes next. Returns nil when not all of it has come.
local function read_record(self, fields)
  local source = self.blocks
  local text, at = source.text, source.at
  if not self.delimiter then
    if not source.complete and not find(text, "\n", at, true) then
      return nil
    end
    self.delimiter = recognise(text, at)
  end
  local count, behind, lines, wrong, why = read_fields(text, at, self.delimiter, source.complete, fields)
  if not count then
    return nil
  end
  local line = self.line
  source.at, self.line = behind, line + lines
  if count == 1 and fields[1] == "" and byte(text, at) ~= QUOTE then
    return 0 -- an empty line
  end
  return count, sub(text, at, behind - 1), line, wrong and wrong - at + 1, WRONG[why]
end

--- Reads the next record that is no empty line. Puts its fields into `fields`, and leaves alone what stands
-- there behind them. Returns how many they are, the record's text as it is, its line, and when it is not well
-- formed where in that text, and why. Returns nil at the end; nil and why when there is more and it can't be
-- read.
function Reader:next(fields)
  local source = self.blocks
  while true do
    local count, text, line, wrong, message = nil, nil, nil, nil, nil
    if source.at <= #source.text then
      count, text, line, wrong, message = read_record(self, fields)
    elseif source.complete then
      return nil
    end
    if not count and not source:more() then
      return nil, source.failure
    elseif count and count > 0 then
      return count, text, line, wrong, message
    end
  end
end

--- Passes over the next record, without counting lines: quick, for who wants one column alone. Returns true,
-- and the field of that number, nil when it has fewer; false at the end, or when there is more and it can't
-- be read.
function Reader:pass(index)
  local source = self.blocks
  while true do
    local text, at = source.text, source.at
    local behind, field = nil, nil
    if at <= #text then
      behind, field = read_field(text, at, self.delimiter, source.complete, index)
    elseif source.complete then
      return false
    end
    if behind then
      source.at = behind
      return true, field
    elseif not source:more() then
      return false
    end
  end
end

return M
