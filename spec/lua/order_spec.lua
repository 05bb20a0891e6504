-- What an order must be, what is filled in, and what becomes of it on its way.

local cjson = require "cjson"
local json = require "spreetail.json"
local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local NULL = spreetail.null

-- "path message" of each problem of an order; none when it is valid.
local function problems(order)
  local valid, err = spreetail.order(order):validate()
  local lines = {}
  if not valid then
    for i, problem in ipairs(err.details) do
      lines[i] = problem.path .. " " .. problem.message
    end
  end
  return lines
end

local function check_valid(order)
  assert.same({}, problems(order))
end

local function item(changes)
  local fields = { SKU = "A", ItemTitle = "a", Qty = 1, PricePerUnit = 1, TaxRate = 19 }
  for name, value in pairs(changes or {}) do
    fields[name] = value ~= NULL and value or nil
  end
  return fields
end

local function with_item(changes)
  return sandbox.order("R-1", { OrderItems = { item(changes) } })
end

local function without(...)
  local order = sandbox.order()
  for _, name in ipairs { ... } do
    order[name] = nil
  end
  return order
end

describe("an order", function()
  it("needs what the documentation says", function()
    for _, name in ipairs {
      "ReferenceNumber", "DispatchBy", "Currency", "PaymentStatus", "ChannelBuyerName", "OrderItems",
    } do
      assert.same({ name .. " is required" }, problems(without(name)))
      if name ~= "OrderItems" then
        assert.same({ name .. " is required, and empty here" }, problems(sandbox.order("R-1",
          { [name] = "" })))
      end
      assert.same({ name .. " is required, and null here" }, problems(sandbox.order("R-1",
        { [name] = NULL })))
    end
    for _, name in ipairs { "SKU", "ItemTitle", "Qty", "PricePerUnit", "TaxRate" } do
      assert.same({ "OrderItems[1]." .. name .. " is required" }, problems(with_item { [name] = NULL }))
    end
  end)

  it("needs an address for the bill only where it is another than that of the delivery", function()
    assert.same({ "DeliveryAddress is required" }, problems(without("DeliveryAddress", "BillingAddress")))
    assert.same({ "DeliveryAddress.CountryCode must be two capital letters, such as DE, not 'Germany'" },
      problems(sandbox.order("R-1", { DeliveryAddress = { CountryCode = "Germany" } })))
    local order = without "BillingAddress"
    order.DeliveryAddress = { CountryCode = "Germany", FullName = print, Town = "\255" }
    local lines = problems(order)
    assert.equal(3, #lines)
    for _, line in ipairs(lines) do
      assert.matches("^DeliveryAddress%.", line)
    end
  end)

  it("may be filled in by us only where nothing is given", function()
    for _, name in ipairs { "ReceivedDate", "BillingAddress" } do
      assert.same({ name .. " is null: give it, or leave it out and it is filled in" },
        problems(sandbox.order("R-1", { [name] = NULL })))
      assert.same({ name .. " is empty: give it, or leave it out and it is filled in" },
        problems(sandbox.order("R-1", { [name] = name == "BillingAddress" and {} or "" })))
    end
    assert.same({ "OrderItems[1].OrderLineNumber is empty: give it, or leave it out and it is filled in" },
      problems(with_item { OrderLineNumber = "" }))
  end)

  it("is no list", function()
    assert.same({ " an order can't be a list" }, problems { sandbox.order() })
    assert.same({ " an order can't be a list" }, problems { "R-1", "EUR" })
    local client = sandbox.client()
    local _, err = client:create_order { sandbox.order() }
    assert.equal("validation: order: an order can't be a list", tostring(err))
    client:close()
  end)

  it("has dates as text or as seconds", function()
    check_valid(sandbox.order("R-1", { DispatchBy = 1740823200, ReceivedDate = 1740823200.5 }))
    local order = spreetail.order { dispatch_by = 1740823200, PaidOn = 0 }
    assert.same({ "2025-03-01T10:00:00Z", "1970-01-01T00:00:00Z" }, { order.DispatchBy, order.PaidOn })
    check_valid(sandbox.order("R-1", { DispatchBy = "2024-02-29T10:00:00Z" }))
    for _, bad in ipairs { "2025-02-30T10:00:00Z", "2025-02-29T10:00:00Z", "2025-03-01", -1, true } do
      local lines = problems(sandbox.order("R-1", { DispatchBy = bad }))
      assert.equal(1, #lines)
      assert.matches("^DispatchBy must be a time such as 2026", lines[1])
      assert.matches(tostring(bad), lines[1], 1, true)
    end
  end)

  it("has quantities that are whole numbers", function()
    check_valid(with_item { Qty = 2.0 })
    assert.same({ "OrderItems[1].Qty must be a whole number from 1, not '2'" },
      problems(with_item { Qty = "2" }))
    assert.equal(1, #problems(with_item { Qty = 1.5 }))
    assert.equal(1, #problems(with_item { Qty = 0 }))
  end)

  it("has prices from 0.01", function()
    check_valid(with_item { PricePerUnit = 0.01 })
    for _, price in ipairs { 0.009, 0, -1 } do
      assert.same({ "OrderItems[1].PricePerUnit must be a number of at least 0.01, not " .. price },
        problems(with_item { PricePerUnit = price }))
    end
  end)

  it("has a reference that can stand in a line of text", function()
    for _, reference in ipairs { "R 1/2?#%", "ü", ("x"):rep(300) } do
      check_valid(sandbox.order(reference))
    end
    for reference, words in pairs {
      ["."] = "must not be '.', which leads elsewhere in a path",
      [".."] = "must not be '..', which leads elsewhere in a path",
      ["a\nb"] = "must not hold control characters", ["a\0"] = "must not hold control characters",
      ["\255"] = "is not valid UTF-8", ["a\195"] = "is not valid UTF-8",
    } do
      assert.same({ "ReferenceNumber " .. words }, problems(sandbox.order(reference)))
    end
    assert.same({ "ReferenceNumber must be a string, not 17" },
      problems(sandbox.order("R-1", { ReferenceNumber = 17 })))
  end)

  it("has line numbers that are different, and text", function()
    local order = sandbox.order("R-1", {
      OrderItems = {
        item { OrderLineNumber = "1" }, item { OrderLineNumber = "2" }, item { OrderLineNumber = "1" },
        item { OrderLineNumber = "1" },
      },
    })
    assert.same({
      "OrderItems[3].OrderLineNumber is '1', as in item 1: each item needs its own",
      "OrderItems[4].OrderLineNumber is '1', as in item 1: each item needs its own",
    }, problems(order))
    assert.same({ "OrderItems[1].OrderLineNumber must be a string, not 1" },
      problems(with_item { OrderLineNumber = 1 }))
    assert.equal(1, #problems(with_item { OrderLineNumber = 0 / 0 }))
  end)

  it("has tax rates in percent", function()
    for _, rate in ipairs { 0, 7.7, 100 } do
      check_valid(with_item { TaxRate = rate })
      check_valid(sandbox.order("R-1", { PostalServiceTaxRate = rate }))
    end
    for _, rate in ipairs { -5, 1900 } do
      assert.same({ "OrderItems[1].TaxRate must be a percentage from 0 to 100, not " .. rate },
        problems(with_item { TaxRate = rate }))
      assert.same({ "PostalServiceTaxRate must be a percentage from 0 to 100, not " .. rate },
        problems(sandbox.order("R-1", { PostalServiceTaxRate = rate })))
    end
  end)

  it("has country codes of two capitals", function()
    check_valid(sandbox.order("R-1", { DeliveryAddress = { CountryCode = "XX" } }))
    for _, name in ipairs { "DeliveryAddress", "BillingAddress" } do
      for _, code in ipairs { "de", "DEU", "Germany", "D" } do
        local problem = "%s.CountryCode must be two capital letters, such as DE, not '%s'"
        assert.same({ problem:format(name, code) },
          problems(sandbox.order("R-1", { [name] = { country_code = code } })))
      end
    end
  end)

  it("is not rejected for what the documentation doesn't state", function()
    for name, value in pairs {
      Currency = "XTS", PaymentStatus = "partly, on Tuesdays", DeliveryAddress = { Town = "Rheine" },
      BillingAddress = { EmailAddress = "none", PhoneNumber = 5, CountryCode = "", Planet = "Mars" },
      PostalServiceCost = -1,
      PaidOn = "last week", Discount = "some", Site = 5, ExternalReference = { 1, 2 }, Notes = "a\nb",
      ExtendedProperties = spreetail.array {}, ChannelBuyerName = "a\tb",
    } do
      check_valid(sandbox.order("R-1", { [name] = value }))
    end
  end)
end)

describe("what is left out of an order", function()
  -- What is sent for an order, as a table.
  local function sent(order)
    return cjson.decode((spreetail.assert(spreetail.order(order):json())))
  end

  it("is filled in when it is sent, and not before", function()
    local order = spreetail.order(without("ReceivedDate", "BillingAddress"))
    order.OrderItems[1].OrderLineNumber = nil
    order:json()
    assert.same({}, { order.ReceivedDate, order.BillingAddress, order.OrderItems[1].OrderLineNumber })
    order.DeliveryAddress.Town = "Bonn"
    table.insert(order.OrderItems, 1, item { OrderLineNumber = "1" })
    local body = sent(order)
    assert.same({ "Bonn", "2" }, { body.BillingAddress.Town, body.OrderItems[2].OrderLineNumber })
  end)

  it("is now, for the date of receipt", function()
    local dates, before = {}, os.time()
    local received = sent(without "ReceivedDate").ReceivedDate
    for seconds = before, os.time() do
      dates[os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)] = true
    end
    assert.is_true(dates[received])
  end)

  it("is the address of the delivery, for the bill", function()
    assert.equal("Rheine", sent(without "BillingAddress").BillingAddress.Town)
    assert.same({ Town = "Bonn" }, sent(sandbox.order("R-1",
      { BillingAddress = { town = "Bonn" } })).BillingAddress)
  end)

  it("is \"1\", \"2\", ... past those that are taken, for the line numbers", function()
    local order = spreetail.order(sandbox.order("R-1", {
      OrderItems = {
        item(), item { OrderLineNumber = "1" }, item(), item { order_line_number = "3" }, item(),
      },
    }))
    order:add_item(item()):add_item(item { OrderLineNumber = "x" }):add_item(item())
    local lines = {}
    for i, each in ipairs(sent(order).OrderItems) do
      lines[i] = each.OrderLineNumber
    end
    assert.same({ "2", "1", "4", "3", "5", "6", "x", "7" }, lines)
  end)

  it("may be given later, under either spelling", function()
    local order = spreetail.order(without("ReceivedDate", "BillingAddress"))
    order.received_date, order.billing_address = "2025-01-01T00:00:00Z", { town = "Bonn" }
    order.OrderItems[1].OrderLineNumber, order.OrderItems[1].order_line_number = nil, "7"
    local body = sent(order)
    assert.same({ "2025-01-01T00:00:00Z", { Town = "Bonn" }, "7" },
      { body.ReceivedDate, body.BillingAddress, body.OrderItems[1].OrderLineNumber })
  end)

  it("is not filled in where it is given, be it wrong", function()
    assert.same({
      "ReceivedDate must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, not 'x'",
      "BillingAddress must be a table such as { FullName = ... }, not 'y'",
    }, problems(sandbox.order("R-1", { ReceivedDate = "x", BillingAddress = "y" })))
  end)
end)

describe("json", function()
  it("has the keys in the documentation's order, and behind them those that it doesn't know", function()
    local order = sandbox.order("R-1", { Extra = true, PostalServiceCost = 5 })
    local text = spreetail.assert(spreetail.order(order):json())
    local last = 0
    for _, name in ipairs { "ReferenceNumber", "ReceivedDate", "Currency", "OrderItems", "DeliveryAddress",
      "BillingAddress", "PostalServiceCost", "Extra" } do
      local at = text:find('"' .. name .. '":', 1, true)
      assert.is_true(at and at > last, name .. " in " .. text)
      last = at
    end
  end)

  it("is what create_order sends", function()
    sandbox.reset()
    local client = sandbox.client()
    local order = spreetail.order(without "BillingAddress")
    local text = spreetail.assert(order:json())
    local stored = spreetail.assert(client:create_order(order))
    for name, value in pairs(cjson.decode(text)) do
      assert.same(value, stored[name])
    end
    client:close()
  end)

  it("returns what validate does when something is wrong", function()
    local order = spreetail.order { reference_number = "R-1" }
    local text, err = order:json()
    local _, expected = order:validate()
    assert.is_nil(text)
    assert.same({ "validation", "R-1", tostring(expected) }, { err.kind, err.reference, tostring(err) })
  end)
end)

describe("Status", function()
  it("is the server's: it is dropped", function()
    local order = spreetail.order(sandbox.order("R-1", { Status = "Shipped" }))
    assert.is_nil(order.Status)
    order.Status = "Shipped"
    assert.is_nil(cjson.decode((order:json())).Status)
    assert.equal("Shipped", order.Status)
  end)
end)

describe("create_order", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  -- Everything about a table and what is in it: keys, values, identities.
  local function snapshot(value, seen)
    if type(value) ~= "table" then
      return value
    end
    seen = seen or {}
    if not seen[value] then
      local copied = {}
      seen[value] = copied
      for key, each in pairs(value) do
        copied[key] = { identity = each, inside = snapshot(each, seen) }
      end
    end
    return seen[value]
  end

  local function check_unchanged(order)
    local before = snapshot(order)
    local data = client:create_order(order)
    assert.same(before, snapshot(order))
    return data
  end

  it("never changes the table that it is given", function()
    local plain = {
      reference_number = "R-1", dispatch_by = 1740823200, currency = "EUR", payment_status = "PAID",
      channel_buyer_name = "E", status = "x", order_items = { item(), item() },
      delivery_address = { town = "Rheine" }, Extra = { spreetail.array {} },
    }
    local stored = check_unchanged(plain)
    assert.same({ "R-1", "2", "Rheine" }, {
      stored.ReferenceNumber, stored.OrderItems[2].OrderLineNumber, stored.BillingAddress.Town,
    })
    check_unchanged { reference_number = "R-2", order_items = { {} } } -- invalid
    local built = spreetail.order(without("ReceivedDate", "BillingAddress"))
    built.ReferenceNumber = "R-3"
    assert.is_truthy(check_unchanged(built))
  end)

  it("refuses what is wrong with every problem, before it sends anything", function()
    local data, err = client:create_order { reference_number = "R-1", Currency = "euro", currency = "EUR" }
    assert.is_nil(data)
    assert.same({ "validation", "not_sent", "R-1", 0 }, { err.kind, err.outcome, err.reference,
      err.attempts })
    assert.equal("Currency", err.details[1].path)
    assert.is_true(#err.details >= 6)
    assert.equal(0, sandbox.stats().logins)
  end)

  it("wants a table", function()
    assert.matches("the order must be a table, not 'R-1'",
      mistake(function() client:create_order "R-1" end), 1, true)
  end)
end)

describe("an order that is stored already", function()
  local client

  -- Nothing in it that may be left out.
  local function bare(changes)
    local order = {
      reference_number = "R-1", dispatch_by = "2025-03-02T10:00:00Z", currency = "EUR",
      payment_status = "PAID", channel_buyer_name = "Erika Muster", order_items = { item() },
      delivery_address = { full_name = "Erika Muster", town = "Rheine" },
    }
    for name, value in pairs(changes or {}) do
      order[name] = value
    end
    return order
  end

  -- Stores what is sent for the bare order, with changes, as if a while ago.
  local function store(changes)
    local stored = cjson.decode((spreetail.assert(spreetail.order(bare()):json())))
    stored.ReceivedDate = "2020-01-01T00:00:00Z"
    for name, value in pairs(changes or {}) do
      stored[name] = value
    end
    sandbox.control("POST", "/orders", (json.encode(stored)))
  end

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  local function again(order)
    return client:create_order(order, { on_duplicate = "return" })
  end

  it("may have been received at another time, where that came from the clock", function()
    store()
    assert.equal("2020-01-01T00:00:00Z", spreetail.assert(again(bare())).ReceivedDate)
    assert.is_not_nil(again(spreetail.order(bare())))
    local added = spreetail.order(bare { order_items = {} })
    added:add_item(item())
    assert.is_not_nil(again(added))
  end)

  it("is another than one that differs in what was given, or filled in", function()
    local function check_conflict(order, path)
      local stored, err = again(order)
      assert.is_nil(stored, path)
      assert.same({ "conflict", path }, { err.kind, err.details[1].path })
    end
    store { BillingAddress = { FullName = "Somebody Else" } }
    check_conflict(bare(), "BillingAddress.FullName")
    sandbox.reset()
    store()
    check_conflict(bare { received_date = "2025-01-01T00:00:00Z" }, "ReceivedDate")
    check_conflict(bare { billing_address = { FullName = "Somebody Else" } }, "BillingAddress.FullName")
    check_conflict(bare { currency = "USD" }, "Currency")
    check_conflict(bare { order_items = { item { Qty = 2 } } }, "OrderItems[1].Qty")
    check_conflict(bare { order_items = { item { OrderLineNumber = "7" } } },
      "OrderItems[1].OrderLineNumber")
  end)

  it("may have been cancelled: it is returned, and the response says so", function()
    local stored, response = spreetail.assert(client:create_order(bare()))
    assert.same({ "Pending", false }, { stored.Status, response.cancelled })
    spreetail.assert(client:cancel_order(stored.ReferenceNumber))
    stored, response = again(bare())
    assert.same({ "Cancelled", true, true }, { stored.Status, response.cancelled, response.reconciled })
    assert.is_true(select(2, client:get_order(stored.ReferenceNumber)).cancelled)
    assert.is_nil(again(bare { currency = "USD" }))
  end)

  it("is a conflict without on_duplicate", function()
    store()
    local stored, err = client:create_order(bare())
    assert.is_nil(stored)
    assert.same({ "conflict", "refused" }, { err.kind, err.outcome })
  end)
end)
