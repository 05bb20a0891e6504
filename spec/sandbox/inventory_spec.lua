local cjson = require "cjson"
local curl = require "spec.sandbox.curl"

local function list(query) return curl.api("GET", "/inventory" .. (query or "")) end

local function change(operation, items)
  return curl.api("POST", "/inventory", {body = cjson.encode {operation = operation, items = items}})
end

local function product(sku)
  return {sku = sku, itemTitle = "A thing", barcodeNumber = "4000000000017",
    height = 1, width = 2, length = 3, weight_kg = 0.5}
end

describe("the sandbox's inventory", function()
  before_each(curl.start)

  it("is listed page by page and location by location", function()
    curl.control("POST", "/stock", '{"skus": 437, "locations": 3}')
    local seen, page, per_page = {}, 1, {}
    repeat
      local data = list("?page_size=100&page=" .. page).json.data
      assert.equal(3, data.location_count)
      assert.equal(437, data.total_count_of_skus)
      assert.equal(page, data.current_page)
      local any_more = false
      for _, location in ipairs(data.locations) do
        assert.equal(#location.sku, location.sku_count_in_page)
        any_more = any_more or location.has_more
        for _, entry in ipairs(location.sku) do
          assert.is_nil(seen[entry.sku])
          seen[entry.sku] = true
          assert.equal(entry.StockLevel - entry.InOrderBook, entry.Available)
        end
      end
      per_page[page] = #data.locations[2].sku
      assert.equal(any_more, data.has_more)
      page = page + 1
      assert.equal(data.has_more and page or cjson.null, data.next_page)
    until not data.has_more
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    assert.equal(437, count)
    assert.equal(3, #per_page)
    assert.equal(0, per_page[3])
  end)

  it("has documented defaults and limits", function()
    local data = list().json.data
    assert.equal(25, data.page_size)
    assert.equal(25, #data.locations[1].sku)
    assert.equal(2, data.location_count)
    assert.equal(200, list("?page_size=200").status)
    for _, query in ipairs {"?page=0", "?page_size=201", "?page_size=0", "?page=x", "?page=1.5"} do
      assert.equal(400, list(query).status)
    end
  end)

  it("writes empty lists as lists", function()
    assert.matches('"sku":%[%]', list("?page=50").body)
  end)

  it("speaks the older dialect when asked to", function()
    curl.fault '{"inventory_dialect": "old"}'
    local data = list("?page=2&limit=50").json.data
    assert.equal(10, #data.items)
    assert.same({page = 2, limit = 50, total = 60, total_pages = 2}, data.pagination)
    assert.equal(100, list().json.data.pagination.limit)
    local one = list("?sku=SKU-00007").json.data
    assert.equal(1, #one.items)
    assert.equal("SANDBOX_SKU-00007", one.items[1].sku)
    assert.equal("Product 7", one.items[1].title)
    assert.equal(400, list("?limit=1001").status)
  end)

  it("takes new SKUs, once", function()
    local data = change("create", {product "NEW-1", product "SKU-00001", product "NEW-1"}).json.data
    assert.same({"NEW-1"}, data.succeeded)
    assert.equal(2, #data.errors)
    assert.same({sku = "SKU-00001", index = 1, error = "SKU already exists"}, data.errors[1])
    assert.matches("SANDBOX_NEW%-1", list("?page_size=200").body)
  end)

  it("names what a new SKU lacks", function()
    for _, name in ipairs {"sku", "itemTitle", "barcodeNumber", "height", "width", "length", "weight_kg"} do
      local item = product "NEW-2"
      item[name] = nil
      assert.equal(name .. " is required", change("create", {item}).json.data.errors[1].error)
    end
    assert.equal("itemTitle is required", change("update", {{sku = "SKU-00010"}}).json.data.errors[1].error)
  end)

  it("updates and deletes only what has no stock", function()
    local updated = change("update", {{sku = "SKU-00010", itemTitle = "Renamed"},
      {sku = "SKU-00001", itemTitle = "No"}, {sku = "none", itemTitle = "No"}}).json.data
    assert.same({"SKU-00010"}, updated.succeeded)
    assert.equal("SKU has stock", updated.errors[1].error)
    assert.equal("SKU not found", updated.errors[2].error)
    curl.fault '{"inventory_dialect": "old"}'
    assert.equal("Renamed", list("?sku=SKU-00010").json.data.items[1].title)

    local log = change("delete", {{sku = "SKU-00010"}, {sku = "SKU-00001"}}).json.data.delete_log
    assert.same({"SKU-00010"}, log.deleted)
    assert.equal("SKU has stock", log.unable_to_delete[1].reason)
    assert.equal(0, #list("?sku=SKU-00010").json.data.items)
  end)

  it("has levels that a test can set", function()
    assert.equal(200, curl.control("POST", "/stock/SKU-00001", '{"level": 0}').status)
    assert.same({"SKU-00001"}, change("delete", {{sku = "SKU-00001"}}).json.data.delete_log.deleted)
    assert.equal(404, curl.control("POST", "/stock/none", '{"level": 0}').status)
  end)

  it("refuses operations and lists that make no sense", function()
    assert.equal("operation", change("drop", {product "A"}).json.details.field)
    assert.equal("items", change("create", {}).json.details.field)
    assert.equal(400, curl.api("POST", "/inventory", {body = "x"}).status)
  end)
end)
