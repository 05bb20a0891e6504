-- Creates the orders of a CSV file, many at a time. It can be run again with the same file: orders
-- that are there already are found to be the same, and nothing happens twice.
--
--     lua orders_from_csv.lua orders.csv
--
-- A line is an item; lines that follow each other with the same reference are one order. See
-- orders.csv for the columns; where they stand is all the same. Between fields are commas, or
-- semicolons: then decimals may have a comma, too. Credentials: SPREETAIL_CLIENT_ID and
-- SPREETAIL_CLIENT_SECRET.
--
-- Exit status: 0 when all orders are there, though some may have been cancelled since; 1 when some are
-- not, and stderr says which and why; 2 when nothing was sent, since the file can't be read or the
-- client can't be made.
local spreetail = require "spreetail"

local NAME = arg[1] or "orders.csv"
local COLUMNS = {
  "reference", "dispatch_by", "buyer", "street", "town", "post_code", "country_code", "sku", "title", "qty",
  "price", "tax_rate",
}

-- Progress is for somebody who watches, not for a log. (Lua 5.1 says 0 for yes.)
local is_terminal = os.execute "test -t 2"
local watched = is_terminal == true or is_terminal == 0

local function say(text)
  io.stderr:write(watched and "\r" or "", text, "\n")
end

-- What is wrong with the file itself.
local function refuse(line, reason)
  error(("%s:%d: %s"):format(NAME, line, reason), 0)
end

-- An iterator over the records of a file: where each begins, and its text. A line break within quotes
-- does not end one.
local function records(file)
  local line_number = 0
  return function()
    local first, lines, quotes = line_number + 1, {}, 0
    for line in file:lines() do
      line_number = line_number + 1
      lines[#lines + 1] = line:gsub("\r$", "")
      quotes = quotes + select(2, line:gsub('"', ""))
      if lines[1] == "" and not lines[2] then
        first, lines = line_number + 1, {} -- an empty line
      elseif quotes % 2 == 0 then
        return first, table.concat(lines, "\n")
      end
    end
    return lines[1] and refuse(first, "a quote is opened and never closed")
  end
end

local separator -- of the fields

-- The fields of a record: a,"b, with ""quotes"" and line breaks",c
local function split(record)
  local fields, quoted = {}, false
  record = record:gsub('["' .. separator .. "]", function(mark)
    quoted = quoted ~= (mark == '"')
    return mark == separator and not quoted and "\1" or mark
  end)
  for field in (record .. "\1"):gmatch "(.-)\1" do
    fields[#fields + 1] = (field:match '^"(.*)"$' or field):gsub('""', '"')
  end
  return fields
end

-- The columns by their names: where they stand.
local function read_columns(head)
  head = (head or ""):gsub("^\239\187\191", "") -- the byte order mark
  separator = head:find ";" and ";" or ","
  local names = split(head)
  local columns = {}
  for i, column in ipairs(names) do
    columns[column] = i
  end
  for _, column in ipairs(COLUMNS) do
    if not columns[column] then
      refuse(1, ("there is no column '%s'"):format(column))
    end
  end
  return columns, #names
end

-- An iterator over the rows of the file: the line where each begins, and a table by column.
local function rows()
  local file, why = io.open(NAME)
  if not file then
    error(why, 0)
  end
  local next_record = records(file)
  local columns, count = read_columns(select(2, next_record()))
  return function()
    local line, record = next_record()
    if not record then
      return nil
    end
    local fields, row = split(record), {}
    if #fields ~= count then
      refuse(line, ("%d fields, where the first line has %d"):format(#fields, count))
    end
    for column, i in pairs(columns) do
      row[column] = fields[i]
    end
    return line, row
  end
end

-- What is no number stays text, and is reported with its place.
local function number(text)
  local plain = text
  if separator == ";" then
    plain = text:find "^%d+%.%d%d%d$" and "" or text:gsub(",", ".") -- 1.234: one and a bit, or a thousand?
  end
  return plain:find "^%-?%d+%.?%d*$" and tonumber(plain) or text
end

local lines_of = {} -- by order: the line of each item

-- An iterator over the orders of the file: of a long one, only those under way are in memory.
local function orders()
  local next_row = rows()
  local line, row = next_row()
  return function()
    if not row then
      return nil
    end
    local order = spreetail.order {
      reference_number = row.reference,
      dispatch_by = row.dispatch_by,
      currency = "EUR",
      payment_status = "PAID",
      channel_buyer_name = row.buyer,
      delivery_address = {
        full_name = row.buyer,
        address1 = row.street,
        town = row.town,
        post_code = row.post_code,
        country_code = row.country_code,
      },
    }
    local lines = {}
    repeat
      order:add_item {
        sku = row.sku,
        item_title = row.title,
        qty = number(row.qty),
        price_per_unit = number(row.price),
        tax_rate = number(row.tax_rate),
      }
      lines[#lines + 1] = line
      line, row = next_row()
    until not row or row.reference ~= order.ReferenceNumber
    lines_of[order] = lines
    return order
  end
end

-- Names the line, the order and the reason. What is found wrong with an item has its line.
local function complain(order, err)
  local problems = err.kind == "validation" and err.details or { { path = "", message = tostring(err) } }
  for _, problem in ipairs(problems) do
    local lines, item = lines_of[order], problem.path:match "^OrderItems%[(%d+)%]"
    local reason = (problem.path .. " " .. problem.message):match "^%s*(.*)"
    say(("%s:%d: %s: %s"):format(NAME, lines[tonumber(item)] or lines[1], order.ReferenceNumber, reason))
  end
end

-- Reads all of the file before anything is sent: one that is broken in its middle is not sent by halves.
local readable, reason = pcall(function()
  for _ in rows() do end -- luacheck: ignore 542
end)
local client, err = spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" }
if not readable or not client then
  say(tostring(not readable and reason or err))
  os.exit(2)
end

local done = 0
local summary = client:create_orders(orders(), {
  on_duplicate = "return",
  on_result = function(order, _, failure, response)
    done = done + 1
    if failure then
      complain(order, failure)
    elseif response.cancelled then
      say(("%s:%d: %s: has been cancelled"):format(NAME, lines_of[order][1], order.ReferenceNumber))
    end
    lines_of[order] = nil
    if watched then
      io.stderr:write("\r", done, " done")
    end
  end,
})
if watched then
  io.stderr:write "\n"
end

print(("%d accepted, %d cancelled, %d failed"):format(summary.accepted, summary.cancelled, summary.failed))
for _, reference in ipairs(summary.unknown) do
  print(reference .. " may have been created: run this again to find out")
end
os.exit(summary.failed == 0 and 0 or 1)
