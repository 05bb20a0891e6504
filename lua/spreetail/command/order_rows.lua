--- Orders out of a table in CSV. Its first line is a header (order_columns.lua); a line is an order, or,
-- where lines have one item each, an item: lines that follow each other with the same reference are one
-- order.
--
-- Nobody is to get half an order. So a line whose reference can't be told may belong to the order before it
-- and to the one behind it, and neither is sent; nor is one whose lines stand apart.

local blocks = require "spreetail.command.blocks"
local csv = require "spreetail.command.csv"
local order_builder = require "spreetail.command.order_builder"
local order_columns = require "spreetail.command.order_columns"
local rule = require "spreetail.rule"
local system = require "spreetail.command.system"

local M = {}

local find = string.find

-- Lines of an order at most: of more, the reference is wrong, and they would fill the memory.
local MOST_LINES = 10000

local Rows = {}
Rows.__index = Rows

--
-- Lines.
--

-- Reads the next line into `row`, which is returned, nil at the end. A row has `fields`, how many they are
-- (`count`), its `text`, its `line`, the `reference` when that can be told, and what is `wrong`: { at=,
-- message= }.
local function read_row(self, row)
  local reader, columns = self.reader, self.columns
  repeat
    local wrong, message
    row.count, row.text, row.line, wrong, message = reader:next(row.fields)
    if not row.count then
      self.failure = row.text
      return nil
    end
    local reference = row.count >= columns.reference and row.fields[columns.reference] or ""
    row.reference = reference ~= "" and reference or nil
    row.wrong = wrong and { at = wrong, message = message }
    if row.count ~= self.width and not wrong then
      row.wrong = {
        at = select(2, csv.fields(row.text, reader.delimiter))[self.width + 1]
          or #row.text:match "^(.-)\r?\n?$" + 1,
        message = ("%d fields, where the header has %d"):format(row.count, self.width),
      }
    end
  until row.reference or find(row.text, self.not_empty)
  return row
end

-- Adds to the problems of an order what is wrong at a place in a line of it.
local function add_problem(source, row, at, name, message)
  local lines, column = blocks.place(row.text, at)
  source.problems = source.problems or {}
  table.insert(source.problems, { line = row.line + lines, column = column, name = name, message = message })
end

-- Begins an order with its first line.
local function begin(self, row)
  local source = { line = row.line, text = row.text }
  if row.wrong then
    add_problem(source, row, row.wrong.at, nil, row.wrong.message)
    return nil, source
  end
  local order = self.make_order(row.fields)
  self.add_items(row.fields, order.OrderItems)
  return order, source
end

-- Finds where a further line says something else of the order than its first one.
local function compare(self, source, first, row)
  for _, columns in pairs(self.columns.tables) do
    for _, column in ipairs(columns) do
      local index = column.index
      local text = row.fields[index]
      if text ~= "" and text ~= first.fields[index] then
        local _, starts = csv.fields(row.text, self.reader.delimiter)
        add_problem(source, row, starts[index], self.columns.names[index],
          ("%s, where line %d of the same order has %s"):format(rule.show(text), first.line,
            rule.show(first.fields[index])))
      end
    end
  end
end

-- Adds a further line to an order.
local function join(self, order, source, first, row)
  if row.wrong then
    add_problem(source, row, row.wrong.at, nil, row.wrong.message)
  elseif order and row.reference == first.reference then
    if not self.say_the_same(row.fields, first.fields) then
      compare(self, source, first, row)
    end
    self.add_items(row.fields, order.OrderItems)
  end
end

-- Two rows whose references can't both be told may be of one order.
local function belong_together(reference, row)
  return not reference or not row.reference or reference == row.reference
end

-- What is wrong with lines that can't be told apart from those around them.
local function check_reference(self, source, row)
  if not row.reference and not row.wrong then
    add_problem(source, row, 1, self.columns.names[self.columns.reference],
      "is missing, and so it can't be told which order the line belongs to")
  end
end

-- Whether an order of this reference is known to stand elsewhere, too.
local function stands_apart(self, reference)
  if self.apart then
    return self.apart[reference or ""]
  end
  return reference and self.seen:add(reference)
end

local APART = "%s stands elsewhere in the file, too, and the lines of an order belong together: sort them"

-- Reads the lines that belong to an order's first one. The one behind them is read, too.
local function join_lines(self, order, source, first)
  local reference, lines, texts = first.reference, 1, { source.text }
  self.partial = { line = source.line, texts = texts }
  check_reference(self, source, first)
  if not self.is_too_long and stands_apart(self, reference) then
    add_problem(source, first, 1, self.columns.names[self.columns.reference],
      APART:format(rule.show(first.reference)))
  end
  local row = self.spare
  self.spare = first
  while true do
    local behind = self.reader.line
    row = read_row(self, row)
    if not row or lines == MOST_LINES or not belong_together(reference, row) then
      break
    end
    lines = lines + 1
    texts[lines] = ("\n"):rep(row.line - behind) .. row.text -- empty ones between are no part of it
    check_reference(self, source, row)
    join(self, order, source, first, row)
    reference = row.reference
  end
  self.ahead, self.partial = row, nil
  source.text = table.concat(texts)
  if self.failure then
    add_problem(source, first, 1, nil, "the order may go on where nothing more can be read")
  elseif self.is_too_long or row and belong_together(reference, row) then
    add_problem(source, first, 1, nil, ("an order of more than %d lines"):format(MOST_LINES))
  end
  self.is_too_long = row and belong_together(reference, row) -- and what is read next is the rest of it
end

--- Reads the next order. Returns it, and its source: the `line` where it begins and its `text` as it is; nil
-- and the source when there is no order to be made of it, `problems` then says why: { line=, column=, name=,
-- message= } each; nil at the end, or when no more can be read: why is `rows.failure`.
function Rows:next()
  local row = self.ahead or not self.failure and read_row(self, self.first)
  if not row then
    return nil
  end
  self.ahead = nil
  local order, source = begin(self, row)
  if self.joins then
    join_lines(self, order, source, row)
  end
  if source.problems then
    return nil, source
  end
  return order, source
end

--
-- Where something is.
--

-- What returns a text as one block.
local function once(text)
  return function()
    local block = text
    text = nil
    return block
  end
end

-- Whether one of these columns has something.
local function has_some(columns, fields)
  for _, column in ipairs(columns) do
    if fields[column.index] ~= "" then
      return true
    end
  end
  return false
end

-- The first line of an order, and the line and the columns of each of its items.
local function find_places(self, source)
  local reader = csv.reader(once(source.text), self.reader.delimiter)
  local places = { first = nil, items = {} }
  local count, text, line = reader:next {}
  while count do
    local row = { text = text, line = source.line + line - 1 }
    row.fields, row.starts = csv.fields(text, reader.delimiter)
    places.first = places.first or row
    for _, columns in ipairs(self.columns.items) do
      if has_some(columns, row.fields) then
        table.insert(places.items, { row = row, columns = columns })
      end
    end
    count, text, line = reader:next {}
  end
  return places
end

--- Where in the source of an order its field is, which a path such as "OrderItems[2].Qty" names: line,
-- column, and the name of the table's column, or the path where there is none.
function Rows:locate(source, path)
  source.places = source.places or find_places(self, source)
  local number, key = path:match "^OrderItems%[(%d+)%]%.?(.*)$"
  local item = source.places.items[tonumber(number or 0)]
  local row, columns = source.places.first
  if item then
    row, columns = item.row, item.columns
  else
    local table_name, inner = path:match "^(%a+)%.(.+)$"
    columns, key = self.columns.tables[table_name or ""] or {}, inner or path
  end
  for _, column in ipairs(columns) do
    if column.key == key then
      local lines, character = blocks.place(row.text, row.starts[column.index])
      return row.line + lines, character, self.columns.names[column.index]
    end
  end
  return row.line, 1, path
end

--
-- What was rejected.
--

-- A record with the reason in its column for that, which stands before all others where there is none yet.
local function with_reason(self, text, reason)
  local delimiter, index = self.reader.delimiter, self.columns.reason
  local quoted = csv.quote(reason, delimiter)
  text = find(text, "\n$") and text or text .. "\n"
  if not index then
    return quoted .. delimiter .. text
  end
  local fields, starts = csv.fields(text, delimiter)
  if not fields[index] then
    return text -- it has too few fields even for that
  end
  local behind = starts[index + 1] and starts[index + 1] - 1 or #text:match "^(.-)\r?\n$" + 1
  return text:sub(1, starts[index] - 1) .. quoted .. text:sub(behind)
end

--- The header of a file of rejected lines.
function Rows:rejected_header()
  return with_reason(self, self.header, order_columns.REASON)
end

--- The lines of an order as they are, and with each the reason why it was rejected.
function Rows:rejected(source, reason)
  local reader, lines = csv.reader(once(source.text), self.reader.delimiter), {}
  local count, text = reader:next {}
  while count do
    lines[#lines + 1] = with_reason(self, text, reason)
    count, text = reader:next {}
  end
  return table.concat(lines)
end

--- Reads all of the table, to find the references of orders whose lines stand apart: no table where a line
-- has all items of an order. Returns the set of them.
function Rows:find_apart()
  local apart, seen, last = {}, system.seen(), nil
  local is_there = self.joins
  while is_there do
    local reference
    is_there, reference = self.reader:pass(self.columns.reference)
    if reference and reference ~= "" and reference ~= last then
      if seen:add(reference) then
        apart[reference] = true
      end
      last = reference
    end
  end
  return apart
end

--- Has orders with these references be none. Without that, the first of each is one: the others are not yet
-- known of.
function Rows:refuse_apart(apart)
  self.apart = apart
end

--- How many bytes of the table are done with.
function Rows:offset()
  return self.reader.blocks:offset()
end

--- The line where what comes next begins.
function Rows:line()
  local source = self.partial or self.ahead
  return source and source.line or self.reader.line
end

--- The source of an order of which not all was read, since something struck meanwhile. It is handed over
-- once.
function Rows:take_partial()
  local partial = self.partial
  self.partial = nil
  return partial and { line = partial.line, text = table.concat(partial.texts) }
end

local NO_TEXT = "there is a NUL in it: where it is UTF-16, save it as UTF-8"
local NO_LINES = "its lines end with a carriage return alone, as on Macs of old: save it with other line ends"

-- Reads the header. Returns its names, columns and text; or nil and what is wrong with it, as the problems
-- of an order.
local function read_header(reader, ignored)
  local names = {}
  local count, text, line, wrong, message = reader:next(names)
  if not count then
    return nil, { { line = reader.line, column = 1, message = text or "there is nothing in it" } }
  end
  local source, row = {}, { text = text, line = line }
  if text:find("\0", 1, true) then
    wrong, message = 1, NO_TEXT
  elseif not wrong and text:find "\r[^\n]" then
    wrong, message = text:find "\r", NO_LINES
  end
  if wrong then
    add_problem(source, row, wrong, nil, message)
    return nil, source.problems
  end
  local columns, problems = order_columns.read(names, ignored)
  local _, starts = csv.fields(text, reader.delimiter)
  for _, problem in ipairs(problems) do
    add_problem(source, row, starts[problem.index or 1], nil, problem.message)
  end
  if source.problems then
    return nil, source.problems
  end
  return names, columns, text
end

--- Opens a table that `read(size)` returns block by block. Options: `delimiter` (else it is recognised), and
-- `ignored`, the names of columns that are of no use. Returns the rows; or nil and what is wrong with the
-- header, as the problems of an order.
function M.new(read, options)
  local reader = csv.reader(read, options.delimiter)
  local names, columns, text = read_header(reader, options.ignored or {})
  if not names then
    return nil, columns
  end
  local make_order, add_items, say_the_same = order_builder.new(columns, reader.delimiter)
  return setmetatable({
    reader = reader,
    header = text,
    columns = columns,
    make_order = make_order,
    add_items = add_items,
    say_the_same = say_the_same,
    width = #names,
    joins = #columns.items == 1,
    not_empty = '[^"%s' .. reader.delimiter .. "]",
    first = { fields = {} }, -- what is read into
    spare = { fields = {} }, -- and besides
    ahead = nil, -- what was read and belongs to the next order
    apart = nil, -- references of orders whose lines stand apart; nil: that is not known
    seen = system.seen(), -- then, those that were there
    partial = nil, -- the line and the texts of the order that is being read
    is_too_long = false, -- whether that is the rest of the one before
    failure = nil,
  }, Rows)
end

return M
