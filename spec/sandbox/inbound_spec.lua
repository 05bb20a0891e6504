local cjson = require "cjson"
local curl = require "spec.sandbox.curl"

local function announce(changes)
  local delivery = {PO_REFERENCE = "PO-1", Warehouse_Name = "RHEINE01", transport_id = "T",
    items = {{barcode = "4000000000017", Quantity = 3}}}
  for name, value in pairs(changes or {}) do
    if value == cjson.null then value = nil end
    delivery[name] = value
  end
  return curl.api("POST", "/inbound", {body = cjson.encode(delivery)})
end

describe("the sandbox's deliveries", function()
  before_each(curl.start)

  it("are stored once", function()
    local reply = announce()
    assert.equal(200, reply.status)
    assert.equal("PO-1", reply.json.data.PO_REFERENCE)
    assert.equal("PO-1", curl.control("GET", "/deliveries/PO-1").json.PO_REFERENCE)
    local again = announce()
    assert.equal(409, again.status)
    assert.equal("Inbound with PO_REFERENCE 'PO-1' already exists", again.json.error)
  end)

  it("need their fields", function()
    for _, name in ipairs {"PO_REFERENCE", "Warehouse_Name"} do
      assert.equal(name .. " is required", announce({[name] = cjson.null}).json.error)
    end
    assert.equal("items must contain at least one item", announce({items = {}}).json.error)
    assert.equal("items[0].barcode", announce({items = {{Quantity = 1}}}).json.details.field)
    assert.equal("items[0].Quantity", announce({items = {{barcode = "1", Quantity = 0}}}).json.details.field)
    assert.equal(400, curl.api("POST", "/inbound", {body = "[]"}).status)
  end)
end)
