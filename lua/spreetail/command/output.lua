--- What the command prints on its standard output.
--
-- On a terminal: tables for people. Anywhere else: lines of tab separated cells, which stay as they are from
-- one version to the next but for columns at their end. With --json: one object a line.

local json = require "spreetail.json"

local M = {}

local Output = {}
Output.__index = Output

local CODES = { bold = "1", red = "31", green = "32", yellow = "33", grey = "90" }

-- Rows of a table on a terminal that are looked at before its columns get their widths.
local LOOKED_AT = 100

local GAP = "  "

--- Text that does nothing to a terminal or a line: without control characters, those of Unicode included.
function M.plain(value)
  return (tostring(value):gsub("%c", " "):gsub("\194[\128-\159]", " "))
end

local function width(text)
  return #text:gsub("[\128-\191]", "")
end

local function is_whole(value)
  return value % 1 == 0 and math.abs(value) < 2 ^ 53
end

-- A scalar, as a cell.
local function show(value)
  if value == nil or rawequal(value, json.null) then
    return ""
  elseif type(value) == "number" and is_whole(value) then
    return ("%d"):format(value)
  end
  return M.plain(value)
end

-- Writes; what can't be written is remembered: `broken` when nobody reads it, else `failed` says why.
function Output:write(...)
  if self.broken or self.failed then
    return
  end
  local written, why, number = self.stream:write(...)
  if written then
    written, why, number = self.stream:flush()
  end
  if not written then
    self.broken = number == M.EPIPE
    self.failed = not self.broken and why or nil
  end
end

--- Text in a colour or "bold", where there are colours.
function Output:paint(style, text)
  return self.colour and ("\27[%sm%s\27[0m"):format(CODES[style], text) or text
end

--- One object, as a line of JSON.
function Output:object(value)
  self:write(assert(json.encode(value)), "\n")
end

--- A line of cells, given as a list.
function Output:line(values)
  local cells = {}
  for i, value in ipairs(values) do
    cells[i] = show(value)
  end
  self:write(table.concat(cells, "\t"), "\n")
end

--- A sentence for people on a terminal.
function Output:say(text)
  self:write(text, "\n")
end

local Rows = {}
Rows.__index = Rows

local function print_row(self, cells, style)
  local line = {}
  for i = 1, #self.columns do
    local padding = (" "):rep((self.widths[i] or 0) - width(cells[i]))
    if self.columns[i].right then
      line[i] = padding .. cells[i]
    else
      line[i] = i == #self.columns and cells[i] or cells[i] .. padding
    end
  end
  local text = table.concat(line, GAP)
  self.output:write(style and self.output:paint(style, text) or text, "\n")
end

-- Prints what was held back, with the widths that it needs.
local function begin_table(self)
  local titles = {}
  for i, column in ipairs(self.columns) do
    titles[i] = column.title:upper()
    self.widths[i] = width(titles[i])
    for _, cells in ipairs(self.held) do
      self.widths[i] = math.max(self.widths[i], width(cells[i]))
    end
  end
  print_row(self, titles, "bold")
  for _, cells in ipairs(self.held) do
    print_row(self, cells)
  end
  self.held = nil
end

--- Adds a row: a list of scalars, one for each column.
function Rows:add(values)
  local cells = {}
  for i = 1, #self.columns do
    cells[i] = show(values[i])
  end
  if not self.output.terminal then
    self.output:write(table.concat(cells, "\t"), "\n")
  elseif not self.held then
    print_row(self, cells)
  else
    table.insert(self.held, cells)
    if #self.held == LOOKED_AT then
      begin_table(self)
    end
  end
end

--- Ends the table: prints what was held back. A table without rows is not printed.
function Rows:close()
  if self.held and #self.held > 0 then
    begin_table(self)
  end
end

--- A table whose rows come one after the other. `columns` are lists of a title and, for numbers, "right".
function Output:rows(columns)
  local rows = setmetatable({ output = self, columns = {}, widths = {}, held = {} }, Rows)
  for i, column in ipairs(columns) do
    rows.columns[i] = { title = column[1], right = column[2] == "right" }
  end
  return rows
end

local function sorted_keys(value, first)
  local keys, rank = {}, {}
  for i, key in ipairs(first or {}) do
    rank[key] = i
  end
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local before, behind = rank[a] or math.huge, rank[b] or math.huge
    if before ~= behind then
      return before < behind
    elseif type(a) == type(b) then
      return a < b
    end
    return type(a) == "number"
  end)
  return keys
end

local function collect_fields(found, path, value, first)
  if type(value) ~= "table" then
    table.insert(found, { path, show(value) })
    return
  end
  for _, key in ipairs(sorted_keys(value, first)) do
    local step = type(key) == "number" and ("[%d]"):format(key) or (path == "" and "" or ".") .. key
    collect_fields(found, path .. step, value[key])
  end
end

--- A record, as lines of path and value; `first` lists keys that come before the others.
function Output:fields(record, first)
  local found, widest = {}, 0
  collect_fields(found, "", record, first)
  for _, field in ipairs(found) do
    widest = math.max(widest, width(field[1]))
  end
  for _, field in ipairs(found) do
    local path = M.plain(field[1])
    if self.terminal then
      self:write(self:paint("bold", path), (" "):rep(widest - width(path)), GAP, field[2], "\n")
    else
      self:write(path, "\t", field[2], "\n")
    end
  end
end

M.EPIPE = 32 -- on every Linux

--- What to print with. `options`: `stream`, and whether it is a `terminal`, may have `colour`, and is to
-- be `json`.
function M.new(options)
  return setmetatable({
    stream = options.stream,
    terminal = options.terminal,
    colour = options.terminal and options.colour,
    json = options.json,
    broken = false, -- nobody reads any more
    failed = nil, -- why nothing can be written
  }, Output)
end

return M
