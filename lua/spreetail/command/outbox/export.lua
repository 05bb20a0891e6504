--- `spreetail outbox export`: orders as they are in the outbox, each with the reason that was given, in the
-- form in which `orders import` writes what was rejected.

local csv = require "spreetail.command.csv"
local exit = require "spreetail.command.exit"
local json = require "spreetail.json"
local order_columns = require "spreetail.command.order_columns"
local order_kind = require "spreetail.order"

-- The titles of columns for all that the schema has, and where among them a field is: places["Town"], or
-- places.DeliveryAddress["Town"].
local function all_columns()
  local titles, places = { order_columns.REASON }, {}
  local function add(title, part, key)
    titles[#titles + 1] = title
    part[key] = #titles
  end
  for _, field in ipairs(order_kind.schema) do
    local name = field[1]
    local inner = field.of or field.each
    if inner then
      places[name] = {}
      for _, each in ipairs(inner) do
        add(field.each and each[1] or name .. "." .. each[1], places[name], each[1])
      end
    elseif not field.dropped then
      add(name, places, name)
    end
  end
  return titles, places
end

-- With all its digits, and none that are not there.
local function text_of(value)
  return type(value) == "number" and json.encode(value) or tostring(value)
end

-- Puts the fields of a record where they belong. Returns the name of one that has no place, if there is one.
local function put(cells, record, places)
  local homeless
  for key, value in pairs(record) do
    local place = places[key]
    local is_shown = not rawequal(value, json.null) and key ~= "OrderItems" -- which have lines of their own
    if is_shown and type(place) == "table" then
      homeless = put(cells, value, place) or homeless
    elseif is_shown and place and type(value) ~= "table" then
      cells[place] = text_of(value)
    elseif is_shown then
      homeless = key
    end
  end
  return homeless
end

local function write_cells(out, cells)
  for i, text in ipairs(cells) do
    cells[i] = text ~= "" and csv.quote(text, ",") or ""
  end
  out:write(table.concat(cells, ","), "\n")
end

-- A line for each item. Returns a function that writes a row, or returns nil and why it can't.
local function table_writer(out)
  local titles, places = all_columns()
  local width = #titles
  write_cells(out, titles)
  return function(row, reason)
    local lines, homeless = {}, nil
    for i, item in ipairs(row.order.OrderItems) do
      local cells = {}
      for place = 1, width do
        cells[place] = ""
      end
      cells[1] = reason
      homeless = put(cells, row.order, places) or put(cells, item, places.OrderItems) or homeless
      lines[i] = cells
    end
    if homeless then
      return nil, ("order '%s' is left out, since a table has no column for its %s: use --format jsonl")
        :format(row.reference, homeless)
    end
    for _, cells in ipairs(lines) do
      write_cells(out, cells)
    end
    return true
  end
end

-- An order as it is in the outbox, the reason before its fields.
local function line_writer(out)
  return function(row, reason)
    local head = "{"
    if reason ~= "" then
      head = ("{%s:%s,"):format(json.encode(order_columns.REASON), json.encode(reason))
    end
    out:write(head, row.json:sub(2), "\n")
    return true
  end
end

local WRITERS = { jsonl = line_writer, csv = table_writer }

return function(box, arguments, session)
  local write = WRITERS[arguments.format or "jsonl"](session.out)
  local status = exit.done
  -- The walk raises what the database says.
  local ok, raised = pcall(function()
    for row in box:each { state = arguments.state or "rejected" } do
      local written, why = write(row, row.last_error and row.last_error.message or "")
      if not written then
        session.log:error(why)
        status = exit.refused
      end
      if session:interrupted() then
        break
      end
    end
  end)
  if not ok then
    session.log:error((tostring(raised):gsub("^.-database: ", "")))
    return exit.unreachable
  end
  return status
end
