-- spreetail inbound: announcing deliveries.

local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

before_each(sandbox.reset)

local DELIVERY = [[{
  "po_reference": "PO-1", "Warehouse_Name": "RHEINE01",
  "items": [{ "barcode": "4006381333931", "Quantity": 20, "SKU": "SKU-00001" }]
}]]

local function create(text, ...)
  return spreetail.run({ "inbound", "create", "-", ... }, { input = text })
end

describe("spreetail inbound create", function()
  it("announces the delivery in a file", function()
    assert.same({ "PO-1\tcreated\n", "", 0 }, { create(DELIVERY) })
    assert.equal(1, sandbox.stats().requests["POST /inbound"])
  end)

  it("checks with --dry-run, names every mistake where it stands, and sends nothing", function()
    assert.same({ "PO-1\tvalid\n", "", 0 }, { create(DELIVERY, "--dry-run") })
    local bad = DELIVERY:gsub("20", "0"):gsub('"Warehouse_Name": "RHEINE01",', '"x": 1,')
    local expected = "the standard input:1:1: Warehouse_Name is required\n"
      .. "the standard input:3:43: items[1].Quantity must be a whole number from 1, not 0\n"
    assert.same({ "", expected, 1 }, { create(bad, "--dry-run") })
    assert.same({ "", expected, 1 }, { create(bad) })
    assert.same({}, sandbox.stats().requests)
  end)

  it("twice is refused", function()
    create(DELIVERY)
    local _, complaint, status = create(DELIVERY)
    assert.equal(1, status)
    assert.matches("^spreetail: POST /inbound for 'PO%-1': .*HTTP 409", complaint)
  end)
end)
