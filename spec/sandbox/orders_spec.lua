local cjson = require "cjson"
local curl = require "spec.sandbox.curl"
local sample = require "spec.sandbox.sample"

local function create(body) return curl.api("POST", "/outbound", {body = body}) end
local function cancel(body) return curl.api("POST", "/order/cancel", {body = body}) end

describe("the sandbox's orders", function()
  before_each(curl.start)

  it("are stored with what the server adds", function()
    local reply = create(sample.order())
    assert.equal(200, reply.status)
    assert.equal("Pending", reply.json.data.Status)
    assert.equal("Erika Muster", reply.json.data.ChannelBuyerName)
    assert.matches("^%x+-%x+-%x+-%x+-%x+$", reply.json.data.OrderId)
    assert.matches("^%d+-%d+-%d+T%d+:%d+:%d+Z$", reply.json.data.CreatedDate)
    local fetched = curl.api("GET", "/order/R-1")
    assert.equal(200, fetched.status)
    assert.equal(reply.body, fetched.body)
    assert.equal(1, curl.stats().orders)
  end)

  it("keep every digit, empty lists and the server's own Status", function()
    local text = sample.order():gsub("^{",
      '{ "Status": "Shipped", "Site": 12345678901234567890, "Price": 1.10, "ExtendedProperties": [],')
    local stored = create(text).body
    assert.matches('"Site": ?12345678901234567890,', stored)
    assert.matches('"Price": ?1.10,', stored)
    assert.matches('"ExtendedProperties": ?%[%],', stored)
    assert.not_matches("Shipped", stored)
    local _, count = stored:gsub('"Status":', "")
    assert.equal(1, count)
  end)

  it("keep their text when nothing of it is the server's", function()
    local text = sample.order():gsub("^{", '{ "Site": 12345678901234567890, "Notes": [ ],')
    assert.matches('{"Site": 12345678901234567890, "Notes": %[ %],', create(text).body)
  end)

  it("are unique by reference", function()
    create(sample.order())
    local reply = create(sample.order {ChannelBuyerName = "Somebody else"})
    assert.equal(409, reply.status)
    assert.equal("Order with ReferenceNumber 'R-1' already exists", reply.json.error)
    assert.equal("Erika Muster", curl.api("GET", "/order/R-1").json.data.ChannelBuyerName)
    assert.equal(1, curl.stats().duplicates)
  end)

  it("are unique by reference when many are sent at once", function()
    local file = os.tmpname()
    local handle = assert(io.open(file, "w"))
    handle:write(sample.order {ReferenceNumber = "race"})
    handle:close()
    local output = curl.shell(("seq 40 | xargs -P 20 -I _number_ curl -s -o /dev/null -w '%%{http_code}\\n'"
      .. " -H 'Authorization: Bearer %s' --data-binary @%s %s/outbound"):format(
      curl.token, file, curl.variable "SANDBOX_PLAIN_URL"))
    os.remove(file)
    local _, accepted = output:gsub("200\n", "")
    local _, refused = output:gsub("409\n", "")
    assert.equal(1, accepted)
    assert.equal(39, refused)
    assert.equal(40, curl.control("GET", "/references").json.race)
  end)

  it("have references of any text", function()
    for reference, segment in pairs {
      ["a/b c"] = "a%2Fb%20c", ["Größe+1"] = "Gr%C3%B6%C3%9Fe+1", ["100%"] = "100%25", ["cancel"] = "cancel",
      ["a?b#c"] = "a%3Fb%23c", [".."] = "%2E%2E",
    } do
      assert.equal(200, create(sample.order {ReferenceNumber = reference}).status)
      local reply = curl.api("GET", "/order/" .. segment)
      assert.equal(200, reply.status, reference)
      assert.equal(reference, reply.json.data.ReferenceNumber)
    end
    assert.equal(404, curl.api("GET", "/order/a/b%20c").status)
  end)

  it("are not found when they are not there", function()
    local reply = curl.api("GET", "/order/none")
    assert.equal(404, reply.status)
    assert.is_false(reply.json.success)
  end)

  it("need each required field", function()
    for _, name in ipairs {"ReferenceNumber", "ReceivedDate", "DispatchBy", "Currency", "PaymentStatus",
      "ChannelBuyerName", "DeliveryAddress", "BillingAddress"} do
      local reply = create(sample.order {[name] = cjson.null})
      assert.equal(400, reply.status)
      assert.equal(name .. " is required", reply.json.error)
      assert.equal(name, reply.json.details.field)
    end
    assert.equal("ReferenceNumber is required", create(sample.order {ReferenceNumber = ""}).json.error)
    for _, name in ipairs {"SKU", "ItemTitle", "Qty", "PricePerUnit", "TaxRate", "OrderLineNumber"} do
      local reply = create(sample.order_with_item {[name] = cjson.null})
      assert.equal(400, reply.status)
      assert.equal(name .. " is required", reply.json.error)
      assert.equal("OrderItems[0]." .. name, reply.json.details.field)
    end
    assert.equal(0, curl.stats().orders)
  end)

  it("need at least one item", function()
    for _, items in ipairs {"[]", "{}", "null", '"x"'} do
      local text = sample.order({OrderItems = "ITEMS"}):gsub('"ITEMS"', items)
      assert.equal("OrderItems must contain at least one item", create(text).json.error)
    end
  end)

  it("need real dates", function()
    for _, text in ipairs {"2025-02-29T10:00:00Z", "2025-13-01T10:00:00Z", "2025-01-01",
      "2025-01-01 10:00:00", "2025-01-01T25:00:00Z", "yesterday"} do
      local reply = create(sample.order {ReceivedDate = text})
      assert.equal(400, reply.status, text)
      assert.matches("^Invalid date format%.", reply.json.error)
    end
    for _, text in ipairs {"2024-02-29T10:00:00Z", "2025-01-01T10:00:00.123+01:00"} do
      assert.equal(200, create(sample.order {ReceivedDate = text, ReferenceNumber = text}).status)
    end
  end)

  it("need a price, a quantity and a currency that make sense", function()
    for _, price in ipairs {0, 0.001, -1, "9.99"} do
      assert.equal("PricePerUnit must be greater than 0",
        create(sample.order_with_item {PricePerUnit = price}).json.error)
    end
    assert.equal(400, create(sample.order_with_item({Qty = 0})).status)
    assert.equal(400, create(sample.order_with_item({Qty = 1.5})).status)
    assert.equal(400, create(sample.order_with_item({OrderLineNumber = 1})).status)
    assert.equal(400, create(sample.order({Currency = "euro"})).status)
    assert.equal(200, create(sample.order_with_item({PricePerUnit = 0.01})).status)
  end)

  it("must be strict JSON", function()
    for _, text in ipairs {"", "{", "[1]x", '{"a":01}', '{"a":NaN}', '{"a":"\xff"}', '{"a":1,}', "{'a':1}"} do
      local reply = create(text)
      assert.equal(400, reply.status, text)
      assert.equal("Request body is not a JSON object", reply.json.error)
    end
  end)

  it("can be cancelled, twice harmlessly", function()
    create(sample.order())
    for _ = 1, 2 do
      local reply = cancel '{"referenceNumber":"R-1","refund":9.99,"note":"changed my mind"}'
      assert.equal(200, reply.status)
      assert.equal("Cancelled", reply.json.data.Status)
    end
    local stored = curl.api("GET", "/order/R-1").json.data
    assert.equal("Cancelled", stored.Status)
    assert.equal(9.99, stored.RefundAmount)
    assert.equal("changed my mind", stored.CancelNote)
  end)

  it("can't be cancelled when they are processed, unknown or not named", function()
    create(sample.order())
    curl.control("POST", "/orders/R-1", '{"status":"Processed","tracking_number":"T1","carrier":"DHL"}')
    local reply = cancel '{"referenceNumber":"R-1"}'
    assert.equal(400, reply.status)
    assert.matches("already processed", reply.json.error)
    local stored = curl.api("GET", "/order/R-1").json.data
    assert.equal("Processed", stored.Status)
    assert.equal("T1", stored.TrackingNumber)
    assert.equal(404, cancel('{"referenceNumber":"none"}').status)
    assert.equal("referenceNumber is required", cancel('{"ReferenceNumber":"R-1"}').json.error)
    assert.equal(400, cancel('{"referenceNumber":"R-1","refund":"all"}').status)
  end)

  it("can be put there, replaced and taken away by a test", function()
    assert.equal(200, curl.control("POST", "/orders", sample.order()).status)
    assert.equal(409, curl.control("POST", "/orders", sample.order()).status)
    local id = curl.api("GET", "/order/R-1").json.data.OrderId
    assert.equal(200, curl.control("PUT", "/orders/R-1", '{"ReferenceNumber":"R-1","Qty":1.0}').status)
    local stored = curl.api("GET", "/order/R-1")
    assert.matches('{"ReferenceNumber":"R%-1","Qty":1%.0,', stored.body)
    assert.equal(id, stored.json.data.OrderId)
    assert.equal(stored.json.data.OrderId, curl.control("GET", "/orders/R-1").json.OrderId)
    assert.equal(200, curl.control("DELETE", "/orders/R-1").status)
    assert.equal(404, curl.api("GET", "/order/R-1").status)
    assert.equal(0, curl.stats().orders)
  end)

  it("refuse other methods, and other paths are not found", function()
    local reply = curl.api("PUT", "/outbound", {body = "{}"})
    assert.equal(405, reply.status)
    assert.equal("POST", reply.headers.allow)
    assert.equal(405, curl.api("DELETE", "/order/R-1").status)
    assert.equal(404, curl.api("GET", "/nothing").status)
    assert.equal(404, curl.request("GET", curl.variable "SANDBOX_PLAIN_URL" .. "x/outbound").status)
  end)
end)
