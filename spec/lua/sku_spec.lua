-- Creating, updating and deleting SKUs in bulk, and what came of each.

local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local sku = require "spreetail.sku"
local spreetail = require "spreetail"

local client

before_each(function()
  sandbox.reset()
  client = sandbox.client()
end)

after_each(function()
  client:close()
end)

local function product(name, changes)
  local record = {
    sku = name, itemTitle = "A thing", barcodeNumber = "4000000000017", height = 1, width = 2, length = 3,
    weight_kg = 0.5,
  }
  for key, value in pairs(changes or {}) do
    record[key] = value
  end
  return record
end

local function paths(err)
  local list = {}
  for i, problem in ipairs(err.details) do
    list[i] = problem.path .. " " .. problem.message
  end
  return list
end

describe("create_skus", function()
  it("creates, and tells of each what came of it", function()
    local results = spreetail.assert(client:create_skus {
      product "NEW-1", product "SKU-00001", product("NEW_2", { itemTitle = "B" }),
    })
    assert.same({ ["NEW-1"] = true, ["SKU-00001"] = "SKU already exists", NEW_2 = true }, results)
    local found = {}
    for entry in client:each_sku { page_size = 200 } do
      found[entry.sku] = true
    end
    assert.is_true(found["SANDBOX_NEW-1"])
    assert.is_true(found["SANDBOX_NEW_2"])
  end)

  it("takes either spelling, and leaves the items as they are", function()
    local items = {
      { sku = "NEW-1", item_title = "A", barcode_number = "1", height = 1, width = 1, length = 1,
        weight_kg = 1 },
    }
    assert.same({ ["NEW-1"] = true }, client:create_skus(items))
    assert.equal("A", items[1].item_title)
    assert.is_nil(items[1].itemTitle)
  end)

  it("needs every field", function()
    local _, err = client:create_skus { product("A", { height = 0, width = "2" }), { sku = "B",
      weight_kg = 1 } }
    assert.same({ "validation", "not_sent" }, { err.kind, err.outcome })
    assert.same({
      "items[1].height must be a number above 0, not 0", "items[1].width must be a number above 0, not '2'",
      "items[2].itemTitle is required", "items[2].barcodeNumber is required", "items[2].height is required",
      "items[2].width is required", "items[2].length is required",
    }, paths(err))
    assert.equal(0, sandbox.stats().logins)
  end)

  it("needs at least one item, in a list", function()
    assert.same({ "items must hold at least one item" }, paths(select(2, client:create_skus {})))
    assert.same({ "items must be a list, not a table of named fields" },
      paths(select(2, client:create_skus(product "A"))))
    assert.matches("client:create_skus: the items must be a table, not 'A'",
      mistake(function() client:create_skus "A" end), 1, true)
  end)

  it("takes no SKU twice in one list, since the result couldn't say which it is about", function()
    local _, err = client:create_skus { product "A", product "B", product "A" }
    assert.same({ "items[3].sku is 'A', as in item 1: each item needs its own" }, paths(err))
    assert.equal("not_sent", err.outcome)
  end)

  it("tells of what was sent, though the items were changed meanwhile", function()
    local items = { product "NEW-1", product "SKU-00001" }
    local future = client.async:create_skus(items)
    items[1].sku, items[2] = nil, nil
    assert.same({ ["NEW-1"] = true, ["SKU-00001"] = "SKU already exists" }, (future:result()))
  end)
end)

describe("update_skus", function()
  it("changes what has no stock", function()
    local results = spreetail.assert(client:update_skus {
      { sku = "SKU-00010", itemTitle = "Renamed" }, { sku = "SKU-00001", item_title = "No" },
      { sku = "NONE", itemTitle = "No" },
    })
    assert.same({ ["SKU-00010"] = true, ["SKU-00001"] = "SKU has stock", NONE = "SKU not found" }, results)
  end)

  it("needs sku and itemTitle", function()
    assert.same({ "items[1].itemTitle is required", "items[2].sku is required" },
      paths(select(2, client:update_skus { { sku = "A" }, { itemTitle = "B" } })))
  end)
end)

describe("delete_skus", function()
  it("deletes what has no stock", function()
    local results = spreetail.assert(client:delete_skus { { sku = "SKU-00010" }, { sku = "SKU-00001" } })
    assert.same({ ["SKU-00010"] = true, ["SKU-00001"] = "SKU has stock" }, results)
    results = spreetail.assert(client:delete_skus { { sku = "SKU-00010" } })
    assert.same({ ["SKU-00010"] = "SKU not found" }, results)
  end)

  it("needs sku", function()
    assert.same({ "items[1].sku is required", "items[2].sku must be a string, not 5" },
      paths(select(2, client:delete_skus { { itemTitle = "A" }, { sku = 5 } })))
  end)
end)

describe("a lost answer to an operation on SKUs", function()
  it("leaves it in doubt: it is not repeated", function()
    for name, items in pairs {
      create_skus = { product "NEW-1" }, update_skus = { { sku = "SKU-00020", itemTitle = "B" } },
      delete_skus = { { sku = "SKU-00010" } },
    } do
      sandbox.reset()
      sandbox.fault { path = "/inventory", when = "after", close = true, times = 1 }
      local data, err = client[name](client, items)
      assert.is_nil(data)
      assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
      assert.equal(1, sandbox.stats().requests["POST /inventory"])
    end
  end)

  it("does not keep one from being repeated that was never sent", function()
    sandbox.fault { path = "/auth/login", status = 503, times = 1 }
    local results, response = client:delete_skus { { sku = "SKU-00010" } }
    assert.is_true(results["SKU-00010"], tostring(response))
    assert.equal(1, response.attempts)
  end)
end)

-- The documentation doesn't say where in the reply the errors stand, so that all of it is looked at.
describe("what the server says of single SKUs", function()
  local function results(names, reply)
    local items = {}
    for i, name in ipairs(names) do
      items[i] = { sku = name }
    end
    return sku.reader(items)(reply)
  end

  it("is found by the plain SKU and by that with a brand before it", function()
    assert.same({ A = "no", B = true, ["C_D"] = "no", E = "no" }, results({ "A", "B", "C_D", "E" }, {
      errors = { { sku = "BRAND_A", error = "no" }, { sku = "BRAND_C_D", error = "no" } },
      deep = { er = { { { SKU = "MY_BRAND_E", reason = "no" } } } },
    }))
  end)

  it("is not taken for that of another SKU", function()
    assert.same({ A = true, ["X_A"] = "no" }, results({ "A", "X_A" }, { { sku = "X_A", error = "no" } }))
    assert.same({ A = true }, results({ "A" }, { { sku = "BRANDA", error = "no" }, { sku = "A_B",
      error = "no" } }))
  end)

  it("is found at the end of whatever text, at once", function()
    local brand, began = ("_"):rep(2 ^ 18), os.clock()
    local of_a = { sku = brand .. "A", error = "no" }
    assert.same({ A = "no", B = true }, results({ "A", "B" }, { errors = { of_a } }))
    assert.same({ A = brand }, results({ "A" }, { errors = { [brand] = brand } }))
    assert.is_true(os.clock() - began < 1)
  end)

  it("may be nothing at all", function()
    assert.same({ A = true }, results({ "A" }, true))
    assert.same({ A = true }, results({ "A" }, {}))
    assert.same({ A = true }, results({ "A" }, { succeeded = { "A" }, errors = {} }))
  end)

  it("are found in other shapes of a reply, too", function()
    local by_sku = { errors = { A = "no" }, notes = { B = "fine" } }
    assert.same({ A = "no", B = true }, results({ "A", "B" }, by_sku))
    assert.same({ A = "no" }, results({ "A" }, { { sku = "A", error = { message = "no" } } }))
    assert.same({ A = "no" }, results({ "A" }, { { sku = "A", success = false, message = "no" } }))
    assert.same({ A = true }, results({ "A" }, { { sku = "A", success = true, message = "created" } }))
    assert.same({ A = "no" }, results({ "A" }, { errors = { { sku = "A", message = "no", code = "E1" } } }))
    assert.same({ A = "no", B = true }, results({ "A", "B" }, { errors = { { A = "no" } } }))
    assert.same({ A = "bad", B = true }, results({ "A", "B" }, { { sku = "A", errors = { h = "bad" } } }))
    assert.same({ A = "bad", B = true }, results({ "A", "B" }, { { sku = "A", errors = { "bad" } } }))
    assert.same({ A = "no" }, results({ "A" }, { { sku = "A", status = "Failed", message = "no" } }))
  end)

  it("is that it was not done, be it without a reason", function()
    local none = "the server gave no reason"
    assert.same({ A = none, B = true }, results({ "A", "B" }, { unable_to_delete = { "BRAND_A" } }))
    assert.same({ A = none }, results({ "A" }, { unable_to_delete = { { sku = "A" } } }))
    assert.same({ A = none }, results({ "A" }, { unable_to_delete = "A" }))
    assert.same({ A = none, B = true }, results({ "A", "B" }, { { sku = "A", success = false } }))
  end)

  it("may be any's, and then none is said to be done", function()
    local words = "one exists"
    assert.same({ A = words, B = words }, results({ "A", "B" }, { errors = { words } }))
    assert.same({ A = "no", B = words }, results({ "A", "B" }, { errors = { words, A = "no" } }))
  end)
end)
