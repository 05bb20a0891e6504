-- Cancelling, and single pages of the stock. (The other endpoints have specs of their own.)

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

describe("cancel_order", function()
  before_each(function()
    assert(client:create_order(sandbox.order()))
  end)

  it("cancels, and returns the stored order", function()
    local stored, response = client:cancel_order("R-1", { refund = 9.99, note = "changed my mind" })
    assert.is_not_nil(stored, tostring(response))
    assert.same({ "Cancelled", 9.99, "changed my mind" }, { stored.Status, stored.RefundAmount,
      stored.CancelNote })
    assert.equal("Cancelled", client:get_order("R-1").Status)
  end)

  it("needs neither refund nor note", function()
    local stored = spreetail.assert(client:cancel_order "R-1")
    assert.equal("Cancelled", stored.Status)
    assert.is_nil(stored.RefundAmount)
  end)

  it("twice harms nothing", function()
    assert.is_not_nil(client:cancel_order("R-1", { refund = 5 }))
    assert.equal(5, client:cancel_order("R-1", { refund = 7 }).RefundAmount)
  end)

  it("is refused when the order is processed or unknown", function()
    sandbox.control("POST", "/orders/R-1", { status = "Processed" })
    local _, err = client:cancel_order "R-1"
    assert.same({ "rejected", "refused", 400, 1, "R-1" },
      { err.kind, err.outcome, err.status, err.attempts, err.reference })
    assert.matches("already processed", err.message, 1, true)
    _, err = client:cancel_order "NONE"
    assert.same({ "not_found", "refused", "NONE" }, { err.kind, err.outcome, err.reference })
  end)

  it("is not sent with a reference or a refund that can't be meant", function()
    for _, reference in ipairs { "", ".", "..", "a\nb", "\255" } do
      local _, err = client:cancel_order(reference)
      assert.same({ "validation", "not_sent", "reference" }, { err.kind, err.outcome, err.details[1].path })
    end
    for _, refund in ipairs { -5, 0 / 0, math.huge } do
      local _, err = client:cancel_order("R-1", { refund = refund })
      assert.same({ "validation", "not_sent", "refund" }, { err.kind, err.outcome, err.details[1].path })
      assert.matches("must be a number from 0, not ", err.message, 1, true)
    end
    assert.matches("the reference must be a string", mistake(function() client:cancel_order(5) end), 1, true)
    assert.matches("'refund' must be a number", mistake(function() client:cancel_order("R",
      { refund = "5" }) end))
    assert.is_nil(sandbox.stats().requests["POST /order/cancel"])
  end)

  it("repeats itself after a lost answer", function()
    sandbox.fault { path = "/order/cancel", when = "after", close = true, times = 1 }
    local stored, response = client:cancel_order("R-1", { refund = 5 })
    assert.is_not_nil(stored, tostring(response))
    assert.same({ "Cancelled", 5, 2 }, { stored.Status, stored.RefundAmount, response.attempts })
  end)

  it("is in doubt when the repeat is refused: an attempt before may have cancelled", function()
    sandbox.fault { path = "/order/cancel", when = "after", close = true, times = 1 }
    sandbox.fault { path = "/order/cancel", skip = 0, times = 1, status = 400,
      body = '{"success":false,"error":"already cancelled"}' }
    local _, err = client:cancel_order "R-1"
    assert.same({ "rejected", "unknown", 2, "R-1" }, { err.kind, err.outcome, err.attempts, err.reference })
    assert.is_false(err.retryable)
    assert.equal("Cancelled", client:get_order("R-1").Status)
  end)

  it("is not repeated with retries = 0, and is in doubt then", function()
    sandbox.fault { path = "/order/cancel", when = "after", close = true, times = 1 }
    local _, err = client:cancel_order("R-1", { retries = 0 })
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
  end)
end)

describe("inventory", function()
  it("returns one page as the server sent it", function()
    local data = spreetail.assert(client:inventory { page = 2, page_size = 10 })
    assert.same({ 2, 10, 60, 2 }, {
      data.current_page, data.page_size, data.total_count_of_skus, data.location_count,
    })
    assert.equal("2", tostring(data.current_page))
    assert.is_true(data.has_more)
    local location = data.locations[1]
    assert.same({ "RHEINE01", 10 }, { location.location_name, #location.sku })
    assert.matches("^SANDBOX_SKU%-%d+$", location.sku[1].sku)
    assert.equal(location.sku[1].StockLevel - location.sku[1].InOrderBook, location.sku[1].Available)
  end)

  it("is the first page, of 25, unless it is said otherwise", function()
    local data = spreetail.assert(client:inventory())
    assert.same({ 1, 25 }, { data.current_page, data.page_size })
  end)

  it("behind the last page is empty, and its lists are lists", function()
    local data = spreetail.assert(client:inventory { page = 50 })
    assert.same({}, data.locations[1].sku)
    assert.is_false(data.has_more)
    assert.is_nil(data.next_page)
  end)

  it("takes pages from 1 and sizes up to 200", function()
    assert.is_not_nil(client:inventory { page_size = 200 })
    for _, options in ipairs {
      { page = 0 }, { page = 1.5 }, { page = "1" }, { page_size = 0 }, { page_size = 201 }, { page_sise = 5 },
    } do
      assert.matches("option 'page", mistake(function() client:inventory(options) end), 1, true)
    end
  end)

  it("is tried again, since it changes nothing", function()
    sandbox.fault { path = "/inventory", status = 503, times = 1 }
    local _, response = client:inventory()
    assert.equal(2, response.attempts)
  end)

  it("is read in the old dialect, too", function()
    sandbox.fault { inventory_dialect = "old" }
    local data = spreetail.assert(client:inventory { page = 1 })
    assert.equal("SANDBOX_SKU-00001", data.items[1].sku)
    assert.equal(60, data.pagination.total)
  end)
end)
