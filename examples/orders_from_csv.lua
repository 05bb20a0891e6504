-- Creates the orders of a CSV file, many at a time. It can be run again with the same file: orders
-- that are there already are found to be the same, and nothing happens twice.
--
--     lua orders_from_csv.lua orders.csv
--
-- A line is an item; lines that follow each other with the same reference are one order. See
-- orders.csv for the columns. Credentials: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET.
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })
local file = assert(io.open(arg[1] or "orders.csv"))

-- The fields of a line: a,"b, with ""quotes""",c. A field can't hold a line break.
local function split(line)
  local fields, quoted = {}, false
  line = line:gsub('[",]', function(mark)
    quoted = quoted ~= (mark == '"')
    return mark == "," and not quoted and "\1" or mark
  end)
  for field in (line .. "\1"):gmatch "(.-)\1" do
    fields[#fields + 1] = (field:match '^"(.*)"$' or field):gsub('""', '"')
  end
  return fields
end

local function read_line()
  local line = file:read()
  return line and split((line:gsub("\r$", "")))
end

local columns = assert(read_line(), "the file is empty")

-- The next line as a table by column, or nil at the end.
local function read_row()
  local fields = read_line()
  if fields then
    local row = {}
    for i, column in ipairs(columns) do
      row[column] = fields[i]
    end
    return row
  end
end

local row = read_row()

-- The next order, or nil at the end: of a long file, only the orders under way are in memory.
local function next_order()
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
  repeat
    order:add_item {
      sku = row.sku,
      item_title = row.title,
      qty = tonumber(row.qty) or row.qty, -- what is no number is reported with its place
      price_per_unit = tonumber(row.price) or row.price,
      tax_rate = tonumber(row.tax_rate) or row.tax_rate,
    }
    row = read_row()
  until not row or row.reference ~= order.ReferenceNumber
  return order
end

local done = 0

local summary = client:create_orders(next_order, {
  on_duplicate = "return",
  on_result = function(order, _, err)
    done = done + 1
    if err then
      io.stderr:write("\r", tostring(order.ReferenceNumber), ": ", tostring(err), "\n")
    end
    io.stderr:write("\r", done, " done")
  end,
})
io.stderr:write "\n"

print(("%d accepted, %d failed"):format(summary.accepted, summary.failed))
for _, reference in ipairs(summary.unknown) do
  print(reference .. " may have been created: run this again to find out")
end
os.exit(summary.failed == 0 and 0 or 1)
