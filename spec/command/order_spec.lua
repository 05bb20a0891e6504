-- spreetail order: one order from a shell.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

local ORDER = [[
{
  "reference_number": "R-1", "DispatchBy": "2025-03-02T10:00:00Z", "Currency": "EUR",
  "PaymentStatus": "PAID", "ChannelBuyerName": "Erika Muster",
  "DeliveryAddress": {
    "FullName": "Erika Muster", "Address1": "Weg 1", "Town": "Rheine",
    "PostCode": "48429", "CountryCode": "DE"
  },
  "order_items": [
    { "SKU": "SKU-00001", "ItemTitle": "Product 1", "Qty": 1, "PricePerUnit": 9.99, "TaxRate": 19 }
  ]
}
]]

local function create(text, ...)
  return spreetail.run({ "order", "create", "-", ... }, { input = text })
end

local function stored(reference)
  local found, order = pcall(sandbox.control, "GET", "/orders/" .. reference)
  return found and order or nil
end

before_each(sandbox.reset)

describe("spreetail order create", function()
  it("creates the order in a file", function()
    local home = spreetail.directory()
    finally(function() spreetail.remove(home) end)
    local path = spreetail.write(home, "order.json", ORDER)
    assert.same({ "R-1\tcreated\n", "", 0 }, { spreetail.run({ "order", "create", path }, { home = home }) })
    assert.equal(9.99, stored "R-1".OrderItems[1].PricePerUnit)
  end)

  it("creates the order on its standard input", function()
    assert.same({ "R-1\tcreated\n", "", 0 }, { create(ORDER) })
    assert.equal("Erika Muster", stored "R-1".ChannelBuyerName)
  end)

  it("prints the stored order for programs", function()
    local output, _, status = create(ORDER, "--json")
    local object = cjson.decode(output)
    assert.same({ 0, "R-1", "created", "Pending" },
      { status, object.reference, object.result, object.order.Status })
    assert.equal(1, select(2, output:gsub("\n", "")))
  end)

  it("says what is wrong with it, each mistake where it stands, and sends nothing", function()
    local bad = ORDER:gsub('"EUR"', '"euro"'):gsub('"Qty": 1', '"Qty": 0')
      :gsub('"PaymentStatus": "PAID", ', "")
    local expected = "the standard input:2:68: Currency must be three capital letters, such as EUR, "
      .. "not 'euro'\nthe standard input:1:1: PaymentStatus is required\n"
      .. "the standard input:9:53: OrderItems[1].Qty must be a whole number from 1, not 0\n"
    assert.same({ "", expected, 1 }, { create(bad) })
    assert.same({ "", expected, 1 }, { create(bad, "--dry-run") })
    assert.is_nil(sandbox.stats().requests["POST /outbound"])
  end)

  it("shows where the JSON ends to be such", function()
    assert.same({ "", "the standard input:2:23: ':' expected, not '\"'\n", 1 },
      { create((ORDER:gsub('"reference_number":', '"reference_number" '))) })
  end)

  it("checks with --dry-run, and sends nothing", function()
    assert.same({ "R-1\tvalid\n", "", 0 }, { create(ORDER, "--dry-run") })
    assert.is_nil(stored "R-1")
    assert.same({}, sandbox.stats().requests)
  end)

  it("of one that exists is refused, unless that is no error", function()
    create(ORDER)
    local output, complaint, status = create(ORDER)
    assert.same({ "", 1 }, { output, status })
    assert.matches("^spreetail: POST /outbound for 'R%-1': .*already exists", complaint)
    assert.matches("with --on-duplicate=return", complaint, 1, true)
    assert.same({ "R-1\treconciled\n", "", 0 }, { create(ORDER, "--on-duplicate", "return") })
    local other = ORDER:gsub("9.99", "8.99")
    assert.equal(1, select(3, create(other, "--on-duplicate=return")))
  end)

  it("says so when it is not known what became of it", function()
    sandbox.fault { path = "/outbound", when = "after", close = true }
    sandbox.fault { path = "/order/*", status = 503 }
    local home = spreetail.directory()
    finally(function() spreetail.remove(home) end)
    spreetail.write(home, ".config/spreetail/config.ini", "[default]\nretries = 0\n")
    local output, complaint, status = spreetail.run({ "order", "create", "-", "--json" },
      { input = ORDER, home = home })
    assert.equal(3, status)
    local object = cjson.decode(output)
    assert.same({ "R-1", "unknown", "unknown" }, { object.reference, object.result, object.error.outcome })
    assert.matches("^spreetail: ", complaint)
  end)

  it("takes a file that isn't there for a mistake of whoever called it", function()
    assert.same({ "", "spreetail: /nowhere/order.json can't be read: No such file or directory\n", 2 },
      { spreetail.run { "order", "create", "/nowhere/order.json" } })
  end)
end)

describe("spreetail order get", function()
  it("prints a field a line", function()
    create(ORDER)
    local output, complaint, status = spreetail.run { "order", "get", "R-1" }
    assert.same({ "", 0 }, { complaint, status })
    assert.matches("^ReferenceNumber\tR%-1\nStatus\tPending\n", output)
    assert.matches("\nOrderItems%[1%].PricePerUnit\t9.99\n", output)
    assert.matches("\nDeliveryAddress.Town\tRheine\n", output)
  end)

  it("prints the order as one line of JSON for programs", function()
    create(ORDER)
    local output = spreetail.run { "order", "get", "R-1", "--json" }
    assert.equal("Rheine", cjson.decode(output).DeliveryAddress.Town)
    assert.equal(1, select(2, output:gsub("\n", "")))
  end)

  it("of an order that isn't there is refused", function()
    local output, complaint, status = spreetail.run { "order", "get", "R-2" }
    assert.same({ "", 1 }, { output, status })
    assert.matches("^spreetail: GET /order/R%-2 for 'R%-2': .*HTTP 404", complaint)
  end)
end)

describe("spreetail order cancel", function()
  it("cancels the order, with a refund and a note", function()
    create(ORDER)
    assert.same({ "R-1\tcancelled\n", "", 0 },
      { spreetail.run { "order", "cancel", "R-1", "--refund", "9.99", "--note", "sent twice" } })
    assert.equal("Cancelled", stored "R-1".Status)
  end)

  it("takes an amount in digits alone: '1,5' is none, nor is '-1'", function()
    for _, amount in ipairs { "1,5", "=-1", "1e3" } do
      local _, complaint, status = spreetail.run { "order", "cancel", "R-1", "--refund=" .. amount }
      assert.equal(2, status)
      assert.matches("is not a number such as", complaint)
    end
    assert.same({}, sandbox.stats().requests)
  end)

  it("of an order that isn't there is refused", function()
    assert.equal(1, select(3, spreetail.run { "order", "cancel", "R-1" }))
  end)

  it("says so of an order that is created anew: it is there, and will not be sent", function()
    create(ORDER)
    spreetail.run { "order", "cancel", "R-1" }
    local output, complaint, status = create(ORDER, "--on-duplicate=return")
    assert.same({ "R-1\tcancelled\n", 1 }, { output, status })
    assert.equal("spreetail: order R-1 is there, but has been cancelled since\n", complaint)
  end)
end)
