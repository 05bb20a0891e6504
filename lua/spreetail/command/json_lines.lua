--- Orders out of JSON Lines: an object a line, in either spelling of the keys.

local blocks = require "spreetail.command.blocks"
local cjson = require "cjson"
local json = require "spreetail.json"
local located_json = require "spreetail.command.located_json"
local order_columns = require "spreetail.command.order_columns"
local system = require "spreetail.command.system"

local M = {}

local find, sub = string.find, string.sub

local decode, has_all_names = cjson.new().decode, system.has_all_names

local Lines = {}
Lines.__index = Lines

-- The value in a line; or nil, its column, and what is wrong. lua-cjson reads most lines, and is quick. It
-- says nothing of a name that stands there twice: then, or where there is anything else to be careful about,
-- the line is read with care.
local function read_line(text)
  local ok, value = pcall(decode, text)
  if ok and type(value) == "table" and has_all_names(text, value) then
    return value
  end
  local places
  value, places = located_json.read((text:match "^[^\r\n]*"))
  if value == nil then
    return nil, places.column, places.message
  end
  return value
end

-- The next line that is not empty, and its number; nil at the end.
local function next_line(self)
  local source = self.blocks
  while true do
    local text, at = source.text, source.at
    local feed = find(text, "\n", at, true) or source.complete and #text + 1
    if feed and at > #text then
      return nil
    elseif feed then
      source.at, self.number = feed + 1, self.number + 1
      local line = sub(text, at, feed)
      if find(line, "%S") then
        return line, self.number
      end
    elseif not source:more() then
      self.failure = source.failure
      return nil
    end
  end
end

local function wrong(source, column, message)
  source.problems = { { line = source.line, column = column, message = message } }
  return nil, source
end

--- Reads the next order. Returns it, and its source: its `line`, and its `text` as it is; nil and the source
-- when there is no order to be made of it, `problems` then says why: { line=, column=, message= } each; nil
-- at the end, or when no more can be read: why is `lines.failure`.
function Lines:next()
  local text, line = next_line(self)
  while text do
    local source = { line = line, text = text }
    local value, column, message = read_line(text)
    if value == nil then
      return wrong(source, column, message)
    elseif type(value) ~= "table" or value == json.null or not find(text, "^%s*{") then
      return wrong(source, 1, "an order is an object, in { }, and stands in a line of its own")
    end
    local reason = value[order_columns.REASON]
    value[order_columns.REASON] = nil
    if not reason or next(value) ~= nil then
      return value, source
    end
    text, line = next_line(self) -- the line has only said why the one behind it was rejected
  end
  return nil
end

--- Where in the source of an order its field is, which a path such as "OrderItems[2].Qty" names: line,
-- column, and the path.
function Lines.locate(_, source, path)
  if not source.places then
    local _, places = located_json.read(source.text)
    source.places = places
  end
  local _, column = located_json.locate(source.places, path)
  return source.line, column, path
end

--- What a file of rejected lines begins with.
function Lines.rejected_header()
  return ""
end

--- The line of an order as it is, and before it one that says why it was rejected.
function Lines.rejected(_, source, reason)
  local text = find(source.text, "\n$") and source.text or source.text .. "\n"
  return assert(json.encode { [order_columns.REASON] = reason }) .. "\n" .. text
end

--- How many bytes are done with.
function Lines:offset()
  return self.blocks:offset()
end

--- The line where what comes next begins.
function Lines:line()
  return self.number + 1
end

--- There is none of which a part was read.
function Lines.take_partial() end

--- Opens what `read(size)` returns block by block. Returns the lines.
function M.new(read)
  return setmetatable({ blocks = blocks.new(read), number = 0, failure = nil }, Lines)
end

return M
