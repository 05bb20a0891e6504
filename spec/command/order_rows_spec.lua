-- Orders out of a table: which column is which field, which lines are which order, and where a mistake is.

local order_rows = require "spreetail.command.order_rows"

local HEADER = "reference_number,dispatch_by,currency,payment_status,channel_buyer_name,delivery_address.town"
local ITEM = ",sku,item_title,qty,price_per_unit,tax_rate"
local ORDER = ",2026-01-31T12:00:00Z,EUR,PAID,Erika Muster,Köln"

local function once(text)
  return function()
    local block = text
    text = nil
    return block
  end
end

local function open(text, options)
  return order_rows.new(once(text), options or {})
end

-- All orders of a table, and of those that are none the problems, as "line:column name message".
local function read(text, options)
  local rows, problems = assert(open(text, options)), {}
  local orders, sources = {}, {}
  local order, source = rows:next()
  while source do
    orders[#orders + 1], sources[#sources + 1] = order, order and source
    for _, problem in ipairs(source.problems or {}) do
      table.insert(problems, ("%d:%d %s"):format(problem.line, problem.column,
        (problem.name and problem.name .. " " or "") .. problem.message))
    end
    order, source = rows:next()
  end
  return orders, problems, sources, rows
end

-- What is wrong with a header, as "column message".
local function complaints(header, options)
  local rows, problems = open(header, options)
  local found = {}
  for i, problem in ipairs(rows and {} or problems) do
    assert.equal(1, problem.line)
    found[i] = problem.column .. " " .. problem.message
  end
  return found
end

local function references(orders)
  local found = {}
  for i, order in ipairs(orders) do
    found[i] = order.ReferenceNumber .. " " .. #order.OrderItems
  end
  return table.concat(found, ", ")
end

describe("the columns of a table of orders", function()
  it("have names in either spelling, and stand where they like", function()
    local orders = read("TaxRate,sku,Qty,DeliveryAddress.Town,delivery_address.PostCode,item_title,"
      .. "OrderItems.PricePerUnit,ReferenceNumber,DispatchBy,Currency,PaymentStatus,channel_buyer_name\n"
      .. "19,S-1,2,Köln,01067,Chair,39.95,R-1,1767225600,EUR,PAID,Erika\n")
    assert.same({ {
      ReferenceNumber = "R-1", DispatchBy = 1767225600, Currency = "EUR", PaymentStatus = "PAID",
      ChannelBuyerName = "Erika", DeliveryAddress = { Town = "Köln", PostCode = "01067" },
      OrderItems = { { SKU = "S-1", ItemTitle = "Chair", Qty = 2, PricePerUnit = 39.95, TaxRate = 19 } },
    } }, orders)
  end)

  it("have an item's fields several times, numbered or as they are", function()
    local line = "R-1" .. ORDER .. ",S-1,Chair,1,2,19,S-2,Table,3,4,7\nR-2" .. ORDER
      .. ",S-1,Chair,1,2,19,,,,,\n"
    local second = ",sku_2,ItemTitle_2,qty_2,OrderItems[2].PricePerUnit,order_items[2].tax_rate\n"
    local orders = read(HEADER .. ITEM .. second .. line)
    assert.same(orders, (read(HEADER .. ITEM .. ITEM .. "\n" .. line)))
    assert.equal("R-1 2, R-2 1", references(orders))
    assert.same({ SKU = "S-2", ItemTitle = "Table", Qty = 3, PricePerUnit = 4, TaxRate = 7 },
      orders[1].OrderItems[2])
  end)

  it("may be of many items", function()
    local header, line = { HEADER }, { "R-1" .. ORDER }
    for i = 1, 150 do
      header[i + 1], line[i + 1] = ITEM, (",S-%d,T,%d,2,19"):format(i, i)
    end
    local orders = read(table.concat(header) .. "\n" .. table.concat(line) .. "\n")
    assert.equal(150, #orders[1].OrderItems)
    assert.equal("S-150", orders[1].OrderItems[150].SKU)
  end)

  it("are to be known; what was probably meant is named", function()
    assert.same({
      "1 'refrence_number' is no field of an order: is reference_number meant?",
      "17 'town' is no field of an order: is delivery_address.town meant?",
      "22 'postcode' is no field of an order: is delivery_address.post_code meant?",
      "31 'skuu_2' is no field of an order: is sku_2 meant?",
      "38 'colour' is no field of an order; a column that is of no use is named by --ignore",
      "45 a column has no name",
    }, complaints "refrence_number,town,postcode,skuu_2,colour,\n")
  end)

  it("may be ignored by their names, and so is the one that tells why a line was rejected", function()
    local orders = read("colour,rejected_because," .. HEADER .. ITEM
      .. "\nred,\"qty is wrong, it says\",R-1" .. ORDER
      .. ",S-1,Chair,1,2,19\n", { ignored = { colour = true } })
    assert.same("R-1 1", references(orders))
  end)

  it("are there once, and those that an order needs are there", function()
    assert.same({ "18 'ReferenceNumber' is there already, as column 1" },
      complaints "reference_number,ReferenceNumber\n")
    assert.same({ "1 there is no column currency", "1 there is no column sku",
      "1 there is no column tax_rate" },
      complaints((HEADER:gsub("currency,", "") .. ITEM:gsub(",sku", ""):gsub(",tax_rate", ""))))
    assert.same({ "1 there is nothing in it" }, complaints "")
    assert.same({ "1 there is a NUL in it: where it is UTF-16, save it as UTF-8" }, complaints "r\0e\0,\0\n")
    assert.same({
      "4 its lines end with a carriage return alone, as on Macs of old: save it with other line ends",
    }, complaints "sku\rS-1\rS-2")
    assert.same({ "1 a quote is opened here and never closed" }, complaints '"reference_number,sku\n')
  end)
end)

describe("values in a table of orders", function()
  local function item(line, delimiter)
    local header = (HEADER .. ITEM):gsub(",", delimiter or ",")
    return read(header .. "\n" .. ("R-1" .. ORDER):gsub(",", delimiter or ",") .. (delimiter or ",")
      .. line)[1].OrderItems[1]
  end

  it("are numbers where the field is one, and else text with all its zeros", function()
    assert.same({ SKU = "007", ItemTitle = "1.50", Qty = 7, PricePerUnit = -0.5, TaxRate = 19 },
      item "007,1.50,007,-0.50,19.000")
  end)

  it("stay text where they are no number, so that it is refused", function()
    assert.same({ SKU = "S", ItemTitle = "T", Qty = "1e3", PricePerUnit = "1,234.50", TaxRate = " 19" },
      item 'S,T,1e3,"1,234.50", 19')
    assert.same({ SKU = "S", ItemTitle = "T", Qty = "0x10", PricePerUnit = "39,95", TaxRate = "19 %" },
      item 'S,T,0x10,"39,95",19 %')
  end)

  it("may have a decimal comma between semicolons and tabs, where what may be a thousand is none", function()
    for _, delimiter in ipairs { ";", "\t" } do
      local line = ("S;T;1;39,95;7.5"):gsub(";", delimiter)
      assert.same({ SKU = "S", ItemTitle = "T", Qty = 1, PricePerUnit = 39.95, TaxRate = 7.5 }, item(line,
        delimiter))
      line = ("S;T;1.000;1,234;7,500"):gsub(";", delimiter)
      assert.same({ SKU = "S", ItemTitle = "T", Qty = "1.000", PricePerUnit = "1,234", TaxRate = "7,500" },
        item(line, delimiter))
    end
  end)

  it("are seconds since the epoch with ten digits alone: others may be a day", function()
    for text, moment in pairs { ["1767225600"] = 1767225600, ["20260131"] = "20260131",
      ["202601311200"] = "202601311200" } do
      local orders = read(HEADER .. ITEM .. "\nR-1" .. ORDER:gsub("2026%-01%-31T12:00:00Z", text)
        .. ",S,T,1,2,3\n")
      assert.equal(moment, orders[1].DispatchBy)
    end
  end)

  it("are absent where there are none", function()
    local orders = read(HEADER .. ",billing_address.town,notes" .. ITEM .. "\nR-1" .. ORDER
      .. ",,,S,T,1,2,3\n")
    assert.is_nil(orders[1].BillingAddress)
    assert.is_nil(orders[1].Notes)
  end)

  it("are the same after many others", function()
    local lines = { HEADER .. ITEM }
    for i = 1, 3000 do
      lines[i + 1] = ("R-%d%s,S,T,%d,%d.25,19"):format(i, ORDER, i, i)
    end
    local orders = read(table.concat(lines, "\n"))
    for i = 1, 3000 do
      assert.equal(i, orders[i].OrderItems[1].Qty)
      assert.equal(i + 0.25, orders[i].OrderItems[1].PricePerUnit)
    end
  end)
end)

describe("lines of one order", function()
  local function line(reference, sku, qty)
    return ("%s%s,%s,T,%s,2,19\n"):format(reference, ORDER, sku, qty or 1)
  end

  it("follow each other, and have the same reference; what is the same for all may be left out", function()
    local orders, problems = read(HEADER .. ITEM .. "\n" .. line("A", "S-1")
      .. "A,,,,,,S-2,T,1,2,19\n\n" .. line("A", "S-3")
      .. line("B", "S-1") .. line("C", "S-1") .. line("C", "S-2"))
    assert.same({ "A 3, B 1, C 2", {} }, { references(orders), problems })
    assert.equal("S-3", orders[1].OrderItems[3].SKU)
  end)

  it("are not joined where a line has all items of an order", function()
    local text = HEADER .. ITEM .. ITEM .. "\n" .. ("A" .. ORDER .. ",S-1,T,1,2,19,,,,,\n"):rep(2)
    assert.equal("A 1, A 1", references((read(text))))
  end)

  it("say the same of the order", function()
    local orders, problems = read(HEADER .. ITEM .. "\n" .. line("A", "S-1")
      .. line("A", "S-2"):gsub("Köln", "Bonn")
      .. line("B", "S-1"))
    assert.same({ "B 1", { "3:46 delivery_address.town 'Bonn', where line 2 of the same order has 'Köln'" } },
      { references(orders), problems })
  end)

  it("are all rejected when one of them can't be read, since half an order is none", function()
    local orders, problems = read(HEADER .. ITEM .. "\n" .. line("A", "S-1") .. "A,too,few\n"
      .. line("A", "S-2")
      .. line("B", "S-1"))
    assert.same({ "B 1", { "3:10 3 fields, where the header has 11" } }, { references(orders), problems })
  end)

  it("that don't tell their reference may belong to either neighbour", function()
    for bad, problem in pairs {
      [",,,,,,S-2,T,1,2,19\n"] =
        "3:1 reference_number is missing, and so it can't be told which order the line belongs to",
      [",too,few\n"] = "3:9 3 fields, where the header has 11",
    } do
      local orders, problems, _, rows = read(HEADER .. ITEM .. "\n" .. line("A", "S-1") .. bad
        .. line("B", "S-1")
        .. line("B", "S-2") .. line("C", "S-1"))
      assert.same({ "C 1", { problem } }, { references(orders), problems })
      assert.is_nil(rows.failure)
    end
  end)

  it("are skipped where nothing is in them", function()
    local orders, problems = read(HEADER .. ITEM .. "\n" .. line("A", "S-1") .. ",,,,,,,,,,\n"
      .. line("A", "S-2"))
    assert.same({ "A 2", {} }, { references(orders), problems })
  end)

  it("are no order when what follows can't be read: it may go on there", function()
    local text, count = HEADER .. ITEM .. "\n" .. line("A", "S-1") .. line("B", "S-1"), 0
    local rows = assert(order_rows.new(function()
      count = count + 1
      if count == 1 then
        return text
      end
      return nil, "Input/output error"
    end, {}))
    assert.equal("A", rows:next().ReferenceNumber)
    local order, source = rows:next()
    assert.is_nil(order)
    assert.equal("the order may go on where nothing more can be read", source.problems[1].message)
    assert.same({ nil, "Input/output error" }, { rows:next(), rows.failure })
  end)

  it("are ten thousand at most, and the rest of more is no order either", function()
    local lines = { HEADER .. ITEM .. "\n" }
    for i = 1, 10003 do
      lines[#lines + 1] = line("A", "S-" .. i)
    end
    lines[#lines + 1] = line("B", "S-1")
    local orders, problems = read(table.concat(lines))
    assert.same({ "B 1", { "2:1 an order of more than 10000 lines",
      "10002:1 an order of more than 10000 lines" } },
      { references(orders), problems })
  end)
end)

describe("a mistake in a table", function()
  local TEXT = HEADER .. ITEM .. "\n\n"
    .. "A" .. ORDER .. ",\"two\nlines\",T,1,2,19\n"
    .. "B" .. ORDER .. ",S-1,T,1,2,19\nB" .. ORDER .. ",,,,,\nB" .. ORDER .. ",S-2,\"Ä, Ö\",x,2,19\n"

  it("is named with its line, the character in it, and its column's name", function()
    local _, _, sources, rows = read(TEXT)
    local function place(number, path)
      return table.concat({ rows:locate(sources[number], path) }, " ")
    end
    assert.equal("3 1 reference_number", place(1, "ReferenceNumber"))
    assert.equal("4 8 item_title", place(1, "OrderItems[1].ItemTitle"))
    assert.equal("5 46 delivery_address.town", place(2, "DeliveryAddress.Town"))
    assert.equal("5 51 sku", place(2, "OrderItems[1].SKU"))
    assert.equal("7 62 qty", place(2, "OrderItems[2].Qty"))
    assert.equal("5 1 DeliveryAddress.PostCode", place(2, "DeliveryAddress.PostCode"))
    assert.equal("5 1 OrderItems", place(2, "OrderItems"))
  end)
end)

describe("rejected lines", function()
  it("are as they were, with the reason before them, and can be read again", function()
    local text = HEADER .. ITEM .. "\r\nA" .. ORDER .. ",S-1,\"T\n\",x,2,19\r\nA" .. ORDER .. ",S-2,T,1,2,19"
    local _, _, sources, rows = read(text)
    local rejected = rows:rejected_header() .. rows:rejected(sources[1], 'qty must be a number, not "x"')
    local reason = '"qty must be a number, not ""x""",'
    assert.equal("rejected_because," .. HEADER .. ITEM .. "\r\n" .. reason .. "A" .. ORDER
      .. ",S-1,\"T\n\",x,2,19\r\n"
      .. reason .. "A" .. ORDER .. ",S-2,T,1,2,19\n", rejected)
    assert.equal("A 2", references((read(rejected))))
  end)

  it("have one reason, the last, wherever its column has gone", function()
    local text = HEADER .. ",rejected_because" .. ITEM .. "\nA" .. ORDER
      .. ",\"old, and wrong\",S-1,T,x,2,19\n"
    local _, _, sources, rows = read(text)
    assert.equal(HEADER .. ",rejected_because" .. ITEM .. "\n", rows:rejected_header())
    assert.equal("A" .. ORDER .. ",new,S-1,T,x,2,19\n", rows:rejected(sources[1], "new"))
  end)
end)
