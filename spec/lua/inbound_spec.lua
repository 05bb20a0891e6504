-- Announcing deliveries.

local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local client

before_each(function()
  sandbox.reset()
  client = sandbox.client()
end)

after_each(function()
  client:close()
end)

local function delivery(changes)
  local fields = {
    PO_REFERENCE = "PO-1", Warehouse_Name = "RHEINE01",
    items = { { barcode = "4000000000017", Quantity = 12, SKU = "A" }, { barcode = "4000000000024",
      Quantity = 1 } },
  }
  for name, value in pairs(changes or {}) do
    fields[name] = value
  end
  return fields
end

local function problems(fields)
  local valid, err = spreetail.inbound(fields):validate()
  assert.is_nil(valid)
  assert.equal("validation", err.kind)
  local lines = {}
  for i, problem in ipairs(err.details) do
    lines[i] = problem.path .. " " .. problem.message
  end
  return lines
end

describe("a delivery", function()
  it("is built in either spelling, and item by item", function()
    local built = spreetail.inbound {
      po_reference = "PO-1", warehouse_name = "RHEINE01", secondary_po_reference = "S", transport_id = "T",
    }
    local same = built:add_item { barcode = "4000000000017", quantity = 12, sku = "A" }
      :add_item { barcode = "4000000000024", Quantity = 1 }
    assert.equal(built, same)
    assert.same(delivery { Secondary_PO_Reference = "S", transport_id = "T" }, setmetatable(built, nil))
  end)

  it("given in both spellings is a mistake", function()
    assert.equal("spreetail.inbound: PO_REFERENCE is given twice, as 'PO_REFERENCE' and as 'po_reference'",
      mistake(function() spreetail.inbound { PO_REFERENCE = "A", po_reference = "B" } end))
    assert.equal("spreetail.inbound: items[1].Quantity is given twice, as 'Quantity' and as 'quantity'",
      mistake(function() spreetail.inbound { items = { { Quantity = 1, quantity = 2 } } } end))
    local built = spreetail.inbound()
    assert.equal("delivery:add_item: the item must be a table, not nil",
      mistake(function() built:add_item() end))
  end)

  it("needs a reference, a warehouse and at least one item", function()
    assert.same({ "PO_REFERENCE is required", "Warehouse_Name is required", "items is required" },
      problems {})
    assert.same({ "items must hold at least one item" }, problems(delivery { items = {} }))
    assert.same({ " a delivery can't be a list" }, problems { delivery() })
    assert.same({ "PO_REFERENCE is required: is 'PO_REFRENCE' a misspelling of it?" },
      problems { PO_REFRENCE = "A", Warehouse_Name = "W", items = delivery().items })
  end)

  it("has every problem told at once", function()
    assert.same({
      "Warehouse_Name must be a string, not 5",
      "items[1].barcode must be a string, not 4000",
      "items[1].Quantity must be a whole number from 1, not 1.5",
      "items[2].barcode is required",
      "items[2].Quantity must be a whole number from 1, not '2'",
      "items[2].SKU must be a string, not true",
    }, problems(delivery {
      Warehouse_Name = 5, items = { { barcode = 4000, Quantity = 1.5 }, { Quantity = "2", SKU = true } },
    }))
  end)

  it("may have other fields", function()
    assert.is_true(spreetail.inbound(delivery { transport_id = 5, docnum = "x" }):validate())
  end)
end)

describe("create_inbound", function()
  it("announces it", function()
    local fields = delivery { docnum = "D" }
    local data, response = client:create_inbound(fields)
    assert.is_not_nil(data, tostring(response))
    assert.same({ "PO-1", "Announced", "D" }, { data.PO_REFERENCE, data.inbound_status, data.docnum })
    assert.equal(12, sandbox.control("GET", "/deliveries/PO-1").items[1].Quantity)
    assert.same(delivery { docnum = "D" }, fields)
    assert.is_false(response.reconciled)
  end)

  it("takes what spreetail.inbound takes, and what it has built", function()
    assert.is_not_nil(client:create_inbound {
      po_reference = "PO-1", warehouse_name = "W", items = { { barcode = "1", quantity = 2.0 } },
    })
    assert.is_not_nil(client:create_inbound(spreetail.inbound(delivery { PO_REFERENCE = "PO-2" })))
  end)

  it("refuses what is wrong before anything is sent", function()
    local _, err = client:create_inbound(delivery { items = {} })
    assert.same({ "validation", "not_sent", "PO-1" }, { err.kind, err.outcome, err.reference })
    assert.equal(0, sandbox.stats().logins)
    assert.matches("the delivery must be a table, not 'PO-1'",
      mistake(function() client:create_inbound "PO-1" end), 1, true)
  end)

  it("is a conflict when it is the second of its reference", function()
    assert(client:create_inbound(delivery()))
    local _, err = client:create_inbound(delivery())
    assert.same({ "conflict", "refused", 409, 1, "PO-1" },
      { err.kind, err.outcome, err.status, err.attempts, err.reference })
  end)

  it("is a success without data when a repeat meets what a lost attempt has announced", function()
    sandbox.fault { path = "/inbound", when = "after", close = true, times = 1 }
    local data, response = client:create_inbound(delivery())
    assert.is_true(data, tostring(response))
    assert.is_true(response.reconciled)
    assert.equal(2, response.attempts)
    assert.equal(2, sandbox.stats().requests["POST /inbound"])
    assert.equal("PO-1", sandbox.control("GET", "/deliveries/PO-1").PO_REFERENCE)
  end)

  it("is a success with data when the lost attempt had announced nothing", function()
    sandbox.fault { path = "/inbound", close = true, times = 1 }
    local data, response = client:create_inbound(delivery())
    assert.equal("PO-1", data.PO_REFERENCE)
    assert.same({ false, 2 }, { response.reconciled, response.attempts })
  end)

  it("is in doubt with retries = 0", function()
    sandbox.fault { path = "/inbound", when = "after", close = true, times = 1 }
    local _, err = client:create_inbound(delivery(), { retries = 0 })
    assert.same({ "unknown", 1 }, { err.outcome, err.attempts })
  end)
end)
