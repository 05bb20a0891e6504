-- What an order must be, what is filled in, and what becomes of it on its way.

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
      assert.same({ name .. " is required, and empty here" }, problems(sandbox.order("R-1",
        { [name] = NULL })))
    end
    assert.same({ "DeliveryAddress is required", "BillingAddress is required" },
      problems(without("DeliveryAddress", "BillingAddress")))
    for _, name in ipairs { "SKU", "ItemTitle", "Qty", "PricePerUnit", "TaxRate" } do
      assert.same({ "OrderItems[1]." .. name .. " is required" }, problems(with_item { [name] = NULL }))
    end
  end)

  it("has dates as text or as seconds", function()
    check_valid(sandbox.order("R-1", { DispatchBy = 1740823200, ReceivedDate = 1740823200.5 }))
    local order = spreetail.order { dispatch_by = 1740823200, PaidOn = 0 }
    assert.same({ "2025-03-01T10:00:00Z", "1970-01-01T00:00:00Z" }, { order.DispatchBy, order.PaidOn })
    check_valid(sandbox.order("R-1", { DispatchBy = "2024-02-29T10:00:00Z" }))
    for _, bad in ipairs { "2025-02-30T10:00:00Z", "2025-02-29T10:00:00Z", "2025-03-01", -1, true } do
      local lines = problems(sandbox.order("R-1", { DispatchBy = bad }))
      assert.equal(1, #lines)
      assert.matches("^DispatchBy must be a date such as 2026", lines[1])
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
      "OrderItems[3].OrderLineNumber must be another than that of OrderItems[1], '1'",
      "OrderItems[4].OrderLineNumber must be another than that of OrderItems[1], '1'",
    }, problems(order))
    assert.same({ "OrderItems[1].OrderLineNumber must be a string, not 1" },
      problems(with_item { OrderLineNumber = 1 }))
    assert.equal(1, #problems(with_item { OrderLineNumber = 0 / 0 }))
    assert.same({ "OrderItems[1].OrderLineNumber is required, and empty here" },
      problems(with_item { OrderLineNumber = "" }))
  end)

  it("is not rejected for what the documentation doesn't state", function()
    check_valid(with_item { TaxRate = -5 })
    check_valid(with_item { TaxRate = 0 })
    for name, value in pairs {
      Currency = "XTS", PaymentStatus = "partly, on Tuesdays", DeliveryAddress = { Town = "Rheine" },
      BillingAddress = { Planet = "Mars" }, PostalServiceCost = -1, PostalServiceTaxRate = 150,
      PaidOn = "last week", Discount = "some", Site = 5, ExternalReference = { 1, 2 }, Notes = "a\nb",
      ExtendedProperties = spreetail.array {}, ChannelBuyerName = "a\tb",
    } do
      check_valid(sandbox.order("R-1", { [name] = value }))
    end
  end)
end)

describe("what is left out of an order", function()
  it("is filled in: the date of receipt is now", function()
    local before = os.time()
    local order = spreetail.order()
    local dates = {}
    for seconds = before, os.time() do
      dates[os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)] = true
    end
    assert.is_true(dates[order.ReceivedDate])
  end)

  it("is filled in: the address for the bill is that of the delivery", function()
    local order = spreetail.order { DeliveryAddress = { town = "Rheine" } }
    assert.same({ Town = "Rheine" }, order.BillingAddress)
    check_valid(without "BillingAddress")
    local other = spreetail.order { DeliveryAddress = { town = "Rheine" },
      billing_address = { town = "Bonn" } }
    assert.equal("Bonn", other.BillingAddress.Town)
  end)

  it("gives way to what is given later, under either spelling", function()
    local order = spreetail.order { delivery_address = { town = "Rheine" } }
    order.received_date, order.billing_address = "2025-01-01T00:00:00Z", { town = "Bonn" }
    order:add_item(item { order_line_number = "7" })
    order.OrderItems[1].order_line_number = nil
    local again = spreetail.order(order)
    assert.same({ "2025-01-01T00:00:00Z", { Town = "Bonn" }, "7" },
      { again.ReceivedDate, again.BillingAddress, again.OrderItems[1].OrderLineNumber })
  end)

  it("is filled in: line numbers, past those that are taken", function()
    local order = spreetail.order {
      OrderItems = {
        item(), item { OrderLineNumber = "1" }, item(), item { order_line_number = "3" }, item(),
      },
    }
    order:add_item(item()):add_item(item { OrderLineNumber = "x" }):add_item(item())
    local lines = {}
    for i, each in ipairs(order.OrderItems) do
      lines[i] = each.OrderLineNumber
    end
    assert.same({ "2", "1", "4", "3", "5", "6", "x", "7" }, lines)
  end)

  it("is not filled in where it is given, be it wrong", function()
    local order = spreetail.order { ReceivedDate = "x", BillingAddress = "y", DeliveryAddress = {} }
    assert.same({ "x", "y" }, { order.ReceivedDate, order.BillingAddress })
  end)
end)

describe("Status", function()
  it("is the server's: it is dropped", function()
    assert.is_nil(spreetail.order({ Status = "Shipped" }).Status)
    sandbox.reset()
    local client = sandbox.client()
    local sent = spreetail.order(sandbox.order())
    sent.Status = "Shipped"
    assert.equal("Pending", spreetail.assert(client:create_order(sent)).Status)
    assert.equal("Shipped", sent.Status)
    client:close()
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
    local built = spreetail.order(sandbox.order "R-3")
    built.ReceivedDate, built.OrderItems[1].OrderLineNumber = nil, nil
    assert.is_truthy(check_unchanged(built))
    assert.is_nil(built.ReceivedDate)
  end)

  it("sends the bill to the address of the delivery, until that for the bill is changed itself", function()
    local order = spreetail.order(without "BillingAddress")
    order.DeliveryAddress.Town = "Bonn"
    assert.equal("Bonn", spreetail.assert(client:create_order(order)).BillingAddress.Town)

    order = spreetail.order(without "BillingAddress")
    order.ReferenceNumber = "R-2"
    order.BillingAddress.FullName = "Accounting"
    assert.equal("Erika Muster", order.DeliveryAddress.FullName)
    order.DeliveryAddress = { FullName = "Max Muster", Town = "Bonn" }
    local stored = spreetail.assert(client:create_order(order))
    assert.same({ "Max Muster", "Accounting", "Rheine" },
      { stored.DeliveryAddress.FullName, stored.BillingAddress.FullName, stored.BillingAddress.Town })
  end)

  it("sends exactly what the order built of the same fields is", function()
    local fields = sandbox.order("R-1", { Extra = { a = 1 } })
    local stored = spreetail.assert(client:create_order(fields))
    for name, value in pairs(spreetail.order(fields)) do
      assert.same(value, stored[name])
    end
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
    assert.matches("the order must be a table, not a string",
      mistake(function() client:create_order "R-1" end), 1, true)
  end)
end)

-- What the program left out and we filled in says nothing about whether two orders are the same.
describe("an order that is stored already", function()
  local client

  local function bare(changes)
    local order = {
      reference_number = "R-1", dispatch_by = "2025-03-02T10:00:00Z", currency = "EUR",
        payment_status = "PAID",
      channel_buyer_name = "Erika Muster", order_items = { item() },
      delivery_address = { full_name = "Erika Muster", town = "Rheine" },
    }
    for name, value in pairs(changes or {}) do
      order[name] = value
    end
    return order
  end

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
    -- As if it had been sent a while ago, and put right by hand since.
    local stored = spreetail.order(bare())
    stored.ReceivedDate = "2020-01-01T00:00:00Z"
    stored.BillingAddress = { FullName = "Somebody Else" }
    stored.OrderItems[1].OrderLineNumber = "77"
    sandbox.control("POST", "/orders", (json.encode(stored)))
  end)

  after_each(function()
    client:close()
  end)

  local function again(order)
    return client:create_order(order, { on_duplicate = "return" })
  end

  it("is the same as one that has nothing of what was filled in", function()
    local stored, response = again(bare())
    assert.is_not_nil(stored, tostring(response))
    assert.equal("2020-01-01T00:00:00Z", stored.ReceivedDate)
    assert.equal("77", stored.OrderItems[1].OrderLineNumber)
  end)

  it("is the same as one that was built before", function()
    local order = spreetail.order(bare())
    assert.is_not_nil(again(order))
    assert.is_not_nil(again(spreetail.order(order)))
    local added = spreetail.order(bare { order_items = {} })
    added:add_item(item())
    assert.is_not_nil(again(added))
  end)

  it("is another than one whose given fields differ", function()
    for name, value in pairs {
      ReceivedDate = "2025-01-01T00:00:00Z", BillingAddress = { FullName = "Erika Muster" }, Currency = "USD",
      order_items = { item { Qty = 2 } }, DeliveryAddress = { Town = "Bonn" },
    } do
      local order = bare()
      order[name:gsub("(%l)(%u)", "%1_%2"):lower()] = nil
      order[name] = value
      local stored, err = again(order)
      assert.is_nil(stored, name)
      assert.equal("conflict", err.kind)
      assert.is_true(#err.details >= 1)
    end
  end)

  it("is another than one that was changed after it was built", function()
    local order = spreetail.order(bare())
    order.BillingAddress = { FullName = "Erika Muster" }
    local stored, err = again(order)
    assert.is_nil(stored)
    assert.same({ "conflict", "BillingAddress.FullName" }, { err.kind, err.details[1].path })
  end)

  it("is the same as one sent a second ago, by another program", function()
    sandbox.reset()
    assert(client:create_order(bare()))
    local later = os.time() + 1
    while os.time() <= later do
      client:poll(0.1)
    end
    local stored, response = again(bare())
    assert.is_not_nil(stored, tostring(response))
  end)

  it("is a conflict without on_duplicate", function()
    local stored, err = client:create_order(bare())
    assert.is_nil(stored)
    assert.same({ "conflict", "refused" }, { err.kind, err.outcome })
  end)
end)
