-- What all records have in common: orders stand for them here.

local json = require "spreetail.json"
local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local ORDER_KEYS = {
  reference_number = "ReferenceNumber", received_date = "ReceivedDate", dispatch_by = "DispatchBy",
  currency = "Currency", payment_status = "PaymentStatus", channel_buyer_name = "ChannelBuyerName",
  postal_service_cost = "PostalServiceCost", postal_service_tax_rate = "PostalServiceTaxRate",
  external_reference = "ExternalReference", secondary_reference_number = "SecondaryReferenceNumber",
  paid_on = "PaidOn", site = "Site", payment_method_name = "PaymentMethodName",
  postal_service_name = "PostalServiceName", discount = "Discount", notes = "Notes",
  extended_properties = "ExtendedProperties",
}
local ITEM_KEYS = {
  sku = "SKU", item_title = "ItemTitle", qty = "Qty", price_per_unit = "PricePerUnit",
  tax_rate = "TaxRate", order_line_number = "OrderLineNumber",
}
local ADDRESS_KEYS = {
  full_name = "FullName", company = "Company", address1 = "Address1", address2 = "Address2",
  address3 = "Address3", town = "Town", region = "Region", post_code = "PostCode", country = "Country",
  country_code = "CountryCode", phone_number = "PhoneNumber", email_address = "EmailAddress",
}

local function each_pair(test)
  for short, long in pairs(ORDER_KEYS) do
    test(short, long, function(fields) return fields end, "")
  end
  for short, long in pairs(ITEM_KEYS) do
    test(short, long, function(fields) return { OrderItems = { fields } } end, "OrderItems[1].")
    test(short, long, function(fields) return { order_items = { fields } } end, "OrderItems[1].")
  end
  for short, long in pairs(ADDRESS_KEYS) do
    test(short, long, function(fields) return { DeliveryAddress = fields } end, "DeliveryAddress.")
    test(short, long, function(fields) return { billing_address = fields } end, "BillingAddress.")
  end
end

-- The value at a path such as "OrderItems[1].SKU".
local function at(record, path)
  for name in path:gsub("%[(%d+)%]", ".%1"):gmatch "[^.]+" do
    record = record[tonumber(name) or name]
  end
  return record
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local copied = {}
  for key, item in pairs(value) do
    copied[key] = copy(item)
  end
  return copied
end

-- "path message" of each problem.
local function problems(fields)
  local ok, list = pcall(function()
    local valid, err = spreetail.order(fields):validate()
    assert(not valid, "it is valid")
    return err.details
  end)
  assert(ok, list)
  local lines = {}
  for i, problem in ipairs(list) do
    lines[i] = problem.path .. " " .. problem.message
  end
  return lines
end

describe("a known key", function()
  it("may be spelt either way, and is the API's in the record", function()
    each_pair(function(short, long, around, prefix)
      for _, key in ipairs { short, long } do
        local record = spreetail.order(around { [key] = "x" })
        assert.equal("x", at(record, prefix .. long), key)
        if short ~= long then
          assert.is_nil(at(record, prefix .. short))
        end
      end
    end)
  end)

  it("in both spellings is a mistake, at the program's line", function()
    each_pair(function(short, long, around, prefix)
      local fields = around { [short] = "x", [long] = "x" }
      local message = mistake(function() spreetail.order(fields) end)
      assert.equal(("spreetail.order: %s%s is given twice, as '%s' and as '%s'"):format(prefix, long, long,
        short),
        message)
    end)
    local item = { SKU = "A", sku = "B" }
    local order = spreetail.order()
    assert.equal("order:add_item: SKU is given twice, as 'SKU' and as 'sku'",
      mistake(function() order:add_item(item) end))
  end)

  it("that was added to a record in its other spelling is a problem", function()
    local order = spreetail.order(sandbox.order())
    order.currency = "USD"
    order.OrderItems[1].qty = 5
    local valid, err = order:validate()
    assert.is_nil(valid)
    assert.same({
      { path = "OrderItems[1].Qty", message = "is given twice, as 'Qty' and as 'qty'" },
      { path = "Currency", message = "is given twice, as 'Currency' and as 'currency'" },
    }, (function(list)
      table.sort(list, function(a, b) return a.path > b.path end)
      return list
    end)(err.details))
  end)

  it("that was added in its other spelling alone is taken", function()
    local order = spreetail.order(sandbox.order())
    order.Currency, order.currency = nil, "USD"
    assert.is_true(order:validate())
  end)
end)

describe("unknown keys", function()
  it("pass as they are, with whatever is in them", function()
    local inner = { price_per_unit = 1, SKU = 2, sku = 3 }
    local record = spreetail.order {
      Foo = inner, foo_bar = 1, FooBar = 2, reference_Number = "x", DeliveryAddress = { door_code = "12" },
      OrderItems = { { Colour = "red" } },
    }
    assert.equal(inner, record.Foo)
    assert.same({ 1, 2, "x" }, { record.foo_bar, record.FooBar, record.reference_Number })
    assert.equal("12", record.DeliveryAddress.door_code)
    assert.equal("red", record.OrderItems[1].Colour)
  end)

  it("are sent", function()
    sandbox.reset()
    local client = sandbox.client()
    local order = sandbox.order("R-1", { Foo = { bar_baz = { 1, 2 }, ["a\0b"] = "\0" } })
    order.OrderItems[1].Colour = "red"
    local stored = spreetail.assert(client:create_order(order))
    assert.same({ bar_baz = { 1, 2 }, ["a\0b"] = "\0" }, stored.Foo)
    assert.equal("red", stored.OrderItems[1].Colour)
    client:close()
  end)

  it("never are a reason to reject", function()
    assert.is_true(spreetail.order(sandbox.order("R-1", { Anything = "goes", [""] = {} })):validate())
  end)
end)

describe("a record", function()
  it("is a plain table with its methods behind it", function()
    local order = spreetail.order { reference_number = "R-1" }
    assert.is_nil(rawget(order, "validate"))
    assert.is_nil(rawget(order, "add_item"))
    assert.equal("function", type(order.validate))
    local keys = {}
    for key in pairs(order) do
      keys[#keys + 1] = key
    end
    table.sort(keys)
    assert.same({ "ReferenceNumber" }, keys)
  end)

  it("is built out of a table or nothing", function()
    assert.equal("spreetail.order: the fields must be a table, not 'R-1'",
      mistake(function() spreetail.order "R-1" end))
    assert.equal("spreetail.inbound: the fields must be a table, not 5",
      mistake(function() spreetail.inbound(5) end))
    assert.is_nil(spreetail.order().OrderItems)
  end)

  it("is built by a function, not by a method", function()
    assert.equal("spreetail.order(...) is to be called with a dot, not with a colon",
      mistake(function() spreetail:order { currency = "EUR" } end))
    assert.equal("spreetail.inbound(...) is to be called with a dot, not with a colon",
      mistake(function() spreetail:inbound() end))
  end)

  it("is not the table that it was built from", function()
    local fields = { reference_number = "R-1", OrderItems = { { sku = "A" } },
      DeliveryAddress = { town = "X" } }
    local before = copy(fields)
    local order = spreetail.order(fields)
    order.ReferenceNumber, order.OrderItems[1].SKU, order.DeliveryAddress.Town = "R-2", "B", "Y"
    order:add_item { SKU = "C" }
    assert.same(before, fields)
  end)

  it("may be built out of another", function()
    local order = spreetail.order(spreetail.order(sandbox.order()))
    assert.is_true(order:validate())
  end)

  it("keeps a list that is marked as one", function()
    local order = spreetail.order { OrderItems = spreetail.array {} }
    assert.equal("[]", json.encode(order.OrderItems))
  end)
end)

-- How many instructions of Lua a function takes.
local function steps(fn)
  local compiler = rawget(_G, "jit") -- what it has compiled calls no hook
  local hook, mask, every = debug.gethook()
  local count = 0
  if compiler then
    compiler.off()
    compiler.flush()
  end
  debug.sethook(function() count = count + 1 end, "", 1)
  fn()
  debug.sethook(hook, mask, every)
  if compiler then
    compiler.on()
  end
  return count
end

describe("add_item", function()
  it("takes either spelling, and can be chained", function()
    local order = spreetail.order(sandbox.order("R-1", { OrderItems = false }))
    order.OrderItems = nil
    local same = order
      :add_item { SKU = "A", ItemTitle = "a", Qty = 1, PricePerUnit = 1, TaxRate = 19 }
      :add_item { sku = "B", item_title = "b", qty = 2, price_per_unit = 2, tax_rate = 7 }
    assert.equal(order, same)
    assert.same({ "A", "B" }, { order.OrderItems[1].SKU, order.OrderItems[2].SKU })
    assert.is_true(order:validate())
  end)

  it("leaves the table that it is given as it is", function()
    local item = { sku = "A" }
    spreetail.order():add_item(item).OrderItems[1].Qty = 5
    assert.same({ sku = "A" }, item)
  end)

  it("costs the same, however many items there are", function()
    local order = spreetail.order()
    local function add()
      order:add_item { sku = "A", item_title = "a", qty = 1, price_per_unit = 1, tax_rate = 19 }
    end
    local function add_many(count)
      for _ = 1, count do
        add()
      end
    end
    add_many(9)
    local tenth = steps(add)
    add_many(189)
    local two_hundredth = steps(add)
    assert.is_true(two_hundredth <= 1.5 * tenth, ("%d and %d steps"):format(tenth, two_hundredth))
  end)

  it("wants a table, and a list to add it to", function()
    local order = spreetail.order()
    assert.equal("order:add_item: the item must be a table, not 'A'",
      mistake(function() order:add_item "A" end))
    order.OrderItems = "none"
    assert.equal("order:add_item: OrderItems must be a list, not 'none'",
      mistake(function() order:add_item {} end))
  end)
end)

describe("a method of a record", function()
  it("that is called with a dot says so, at the program's line", function()
    local order, delivery = spreetail.order(sandbox.order()), spreetail.inbound()
    assert.equal("order:add_item(...) is to be called with a colon, on an order",
      mistake(function() order.add_item { SKU = "A" } end))
    assert.equal("delivery:add_item(...) is to be called with a colon, on a delivery",
      mistake(function() delivery.add_item { barcode = "A" } end))
    assert.equal("order:add_item(...) is to be called with a colon, on an order",
      mistake(function() order.add_item() end))
    assert.equal("order:validate(...) is to be called with a colon, on an order",
      mistake(function() order.validate() end))
    assert.equal("order:json(...) is to be called with a colon, on an order",
      mistake(function() order.json() end))
    assert.equal("order:add_item: the item must be a table, not nil",
      mistake(function() order:add_item() end))
  end)
end)

describe("validate", function()
  it("lists every problem of the whole at once, in the API's keys and order", function()
    local order = sandbox.order("R-1", { Currency = "euro", DispatchBy = "tomorrow",
      PostalServiceCost = "5" })
    order.ChannelBuyerName = nil
    order.BillingAddress = {}
    order.OrderItems[2] = { SKU = "", ItemTitle = "b", Qty = "2", PricePerUnit = 0.009, TaxRate = "19" }
    order.Total = 0 / 0
    assert.same({
      "DispatchBy must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, not 'tomorrow'",
      "Currency must be three capital letters, such as EUR, not 'euro'",
      "ChannelBuyerName is required",
      "OrderItems[2].SKU is required, and empty here",
      "OrderItems[2].Qty must be a whole number from 1, not '2'",
      "OrderItems[2].PricePerUnit must be a number of at least 0.01, not 0.009",
      "OrderItems[2].TaxRate must be a percentage from 0 to 100, not '19'",
      "BillingAddress is empty: give it, or leave it out and it is filled in",
      "PostalServiceCost must be a number, not '5'",
    }, (function(lines)
      assert.matches("^Total is .*nan.*which JSON has no number for$", table.remove(lines))
      return lines
    end)(problems(order)))
  end)

  it("lists what an empty order lacks", function()
    local lines = problems {}
    assert.same({
      "ReferenceNumber is required", "DispatchBy is required", "Currency is required",
      "PaymentStatus is required", "ChannelBuyerName is required", "OrderItems is required",
      "DeliveryAddress is required",
    }, lines)
  end)

  it("returns an error that says it all", function()
    local valid, err = spreetail.order({ reference_number = "R-1" }):validate()
    assert.is_nil(valid)
    assert.same({ "validation", "not_sent", false, 0, "R-1" },
      { err.kind, err.outcome, err.retryable, err.attempts, err.reference })
    assert.matches("; Currency is required; ", tostring(err), 1, true)
  end)

  it("names a field that was probably misspelt", function()
    local order = sandbox.order()
    order.RefrenceNumber, order.ReferenceNumber = order.ReferenceNumber, nil
    local item = order.OrderItems[1]
    item.prize_per_unit, item.PricePerUnit = 5, nil
    order.delivry_address, order.DeliveryAddress = order.DeliveryAddress, nil
    order.Curency, order.Currency = order.Currency, nil
    assert.same({
      "ReferenceNumber is required: is 'RefrenceNumber' a misspelling of it?",
      "Currency is required: is 'Curency' a misspelling of it?",
      "OrderItems[1].PricePerUnit is required: is 'prize_per_unit' a misspelling of it?",
      "DeliveryAddress is required: is 'delivry_address' a misspelling of it?",
    }, problems(order))
  end)

  it("names a field that has only its capitals or underscores wrong, needed or not", function()
    local order = sandbox.order("R-1", { CURRENCY = "EUR", billingAddress = { Town = "Bonn" },
      postalservice_cost = 5 })
    order.Currency = nil
    order.OrderItems[1].taxrate, order.OrderItems[1].Sku = 19, "A"
    assert.same({
      "Currency is given as 'CURRENCY': write Currency or currency",
      "OrderItems[1].SKU is given as 'Sku': write SKU or sku",
      "OrderItems[1].TaxRate is given as 'taxrate': write TaxRate or tax_rate",
      "BillingAddress is given as 'billingAddress': write BillingAddress or billing_address",
      "PostalServiceCost is given as 'postalservice_cost': write PostalServiceCost or postal_service_cost",
    }, problems(order))
  end)

  it("lets pass what looks like a name that isn't documented", function()
    local order = sandbox.order("R-1", { PAIDON = "x", ["CURRENCY\0"] = "x",
      DeliveryAddress = { postcode = "48432", Countrycode = 5 } })
    assert.is_true(spreetail.order(order):validate())
  end)

  it("takes no other field for a misspelling", function()
    local order = sandbox.order()
    order.ReferenceNumber, order.Reference, order.Refrence = nil, "R-1", "R-2"
    assert.same({ "ReferenceNumber is required" }, problems(order))
  end)

  it("says what a table is that should be another", function()
    assert.same({ "OrderItems must be a list, not 'x'" }, problems(sandbox.order("R-1",
      { OrderItems = "x" })))
    assert.same({ "OrderItems must hold at least one item" },
      problems(sandbox.order("R-1", { OrderItems = {} })))
    assert.same({ "OrderItems must be a list, not a table of named fields" },
      problems(sandbox.order("R-1", { OrderItems = { SKU = "A" } })))
    assert.same({ "OrderItems[1] must be a table such as { SKU = ... }, not 'A'" },
      problems(sandbox.order("R-1", { OrderItems = { "A" } })))
    assert.same({ "DeliveryAddress must be a table such as { FullName = ... }, not 'Weg 1'" },
      problems(sandbox.order("R-1", { DeliveryAddress = "Weg 1" })))
    assert.same({ "BillingAddress must be a table of named fields, not a list" },
      problems(sandbox.order("R-1", { BillingAddress = { "Weg 1" } })))
    assert.same({ "OrderItems[1] must be a table such as { SKU = ... }, not null" },
      problems(sandbox.order("R-1", { OrderItems = { spreetail.null } })))
    assert.same({ "OrderItems[1].SKU is required", "OrderItems[1].ItemTitle is required",
      "OrderItems[1].Qty is required", "OrderItems[1].PricePerUnit is required",
      "OrderItems[1].TaxRate is required" }, problems(sandbox.order("R-1", { OrderItems = { {} } })))
  end)

  it("looks beyond a hole in a list", function()
    local order = sandbox.order()
    order.OrderItems[3] = { SKU = "A", ItemTitle = "a", Qty = 0, PricePerUnit = 1, TaxRate = 1 }
    assert.same({
      "OrderItems[3].Qty must be a whole number from 1, not 0",
      "OrderItems[2] is missing: a list must not have holes (spreetail.null holds a place)",
    }, problems(order))
  end)

  it("names an item by its key, whatever that is", function()
    local keys = {
      [2] = "2", [2 ^ 53] = "9007199254740992", [2 ^ 70] = "1.1805916207174e+21", [-1] = "-1", [1.5] = "1.5",
      [-1e300] = "-1e+300", [true] = "true", [print] = "of type function", [{}] = "of type table",
    }
    if math.maxinteger then
      keys[math.maxinteger] = "9223372036854775807"
    end
    for key, shown in pairs(keys) do
      local order = sandbox.order()
      order.OrderItems.named = "A"
      order.OrderItems[key] = { Qty = 1, qty = 2 }
      local twice = ("OrderItems[%s].Qty is given twice, as 'Qty' and as 'qty'"):format(shown)
      local built, message = pcall(spreetail.order, order)
      assert.is_false(built)
      assert.matches(twice, message, 1, true)
      local client = sandbox.client()
      local data, err = client:create_order(order)
      assert.is_nil(data)
      assert.equal(twice, err.details[1].path .. " " .. err.details[1].message)
      client:close()
    end
  end)

  it("says the place of an item with all its digits, however far out", function()
    local order = sandbox.order()
    order.OrderItems[2 ^ 53] = "A"
    assert.equal("OrderItems[9007199254740992] must be a table such as { SKU = ... }, not 'A'",
      problems(order)[1])
  end)

  it("looks at the last place that a list may have", function()
    local order = sandbox.order()
    local last = math.maxinteger or 2 ^ 53
    order.OrderItems[last] = "A"
    local lines = table.concat(problems(order), "\n")
    assert.matches("must be a table such as { SKU = ... }, not 'A'", lines, 1, true)
  end)

  it("takes null for a field that may be left out", function()
    assert.is_true(spreetail.order(sandbox.order("R-1", { PostalServiceCost = spreetail.null })):validate())
  end)

  it("can be called again, after what was wrong has been put right", function()
    local order = spreetail.order(sandbox.order("R-1", { Currency = "euro" }))
    assert.is_nil(order:validate())
    assert.is_nil(order:validate())
    order.Currency = "EUR"
    assert.is_true(order:validate())
    assert.is_true(order:validate())
  end)
end)

describe("a hostile table", function()
  local function trap()
    error "this was not to be called"
  end

  local hostile = {
    __index = trap, __newindex = trap, __len = trap, __pairs = trap, __ipairs = trap, __eq = trap,
    __tostring = trap, __concat = trap, __call = trap, __lt = trap, __le = trap,
  }

  local function spoil(value)
    return setmetatable(value, hostile)
  end

  it("is read raw, wherever it stands", function()
    local order = sandbox.order()
    order.Extra = spoil { a = spoil { 1, spoil {}, spreetail.array {} } }
    order.OrderItems[1] = spoil(order.OrderItems[1])
    order.OrderItems = spoil(order.OrderItems)
    order.DeliveryAddress = spoil(order.DeliveryAddress)
    assert.is_true(spreetail.order(spoil(order)):validate())
    sandbox.reset()
    local client = sandbox.client()
    assert.equal("R-1", spreetail.assert(client:create_order(order)).ReferenceNumber)
    client:close()
  end)

  it("is refused in words where it can't be sent", function()
    local order = sandbox.order("R-1", { Currency = spoil {}, OrderItems = spoil { x = 1 },
      Extra = { [spoil {}] = 1 } })
    order.DispatchBy = spoil {}
    assert.same({
      "DispatchBy must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, not a table",
      "Currency must be three capital letters, such as EUR, not a table",
      "OrderItems must be a list, not a table of named fields",
      "Extra has a key (of type table) that is neither a name nor 1, 2, 3, ...",
    }, problems(order))
  end)

  it("may pass for a list by its metatable's looks, and is none", function()
    local order = sandbox.order("R-1", { Extra = setmetatable({ 1 }, { __metatable = spoil {} }) })
    assert.is_true(spreetail.order(order):validate())
  end)
end)

describe("a table that is in itself", function()
  it("is refused where it is found", function()
    local order = sandbox.order()
    order.DeliveryAddress.order = order
    assert.matches("contains itself", table.concat(problems(order)), 1, true)
  end)

  it("does not keep us long, in however many ways", function()
    local crowd = {}
    for i = 1, 14 do
      crowd[i] = {}
    end
    for i = 1, 14 do
      for j = 1, 14 do
        crowd[i]["k" .. j] = crowd[j]
      end
    end
    local began = os.clock()
    assert.is_true(#problems(sandbox.order("R-1", { Extra = crowd })) >= 1)
    assert.is_true(os.clock() - began < 5)
  end)
end)
