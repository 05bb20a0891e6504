-- spreetail sku: SKUs in bulk.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

before_each(sandbox.reset)

local function record(sku)
  return ('{"sku": "%s", "itemTitle": "Lamp", "barcodeNumber": "4006381333931", "height": 10, "width": 20, '
    .. '"length": 30.5, "weight_kg": 1.25}'):format(sku)
end

local function change(operation, text, ...)
  return spreetail.run({ "sku", operation, "-", ... }, { input = text })
end

describe("spreetail sku", function()
  it("creates, updates and deletes the records of a list", function()
    local two = ("[%s,\n %s]"):format(record "N-1", record "N-2")
    assert.same({ "N-1\tcreated\nN-2\tcreated\n", "", 0 }, { change("create", two) })
    assert.same({ "N-1\tupdated\nN-2\tupdated\n", "", 0 }, { change("update", two) })
    assert.same({ "N-1\tdeleted\nN-2\tdeleted\n", "", 0 }, { change("delete", two) })
  end)

  it("takes a single record, too", function()
    assert.same({ "N-1\tcreated\n", "", 0 }, { change("create", record "N-1") })
  end)

  it("says of each what the server refused, and why", function()
    change("create", record "N-1")
    local two = ("[%s, %s]"):format(record "N-1", record "N-2")
    local expected = "N-1\trefused\tSKU already exists\nN-2\tcreated\n"
    assert.same({ expected, "", 1 }, { change("create", two) })
    local object = cjson.decode((change("create", record "N-1", "--json")))
    assert.same({ reference = "N-1", result = "refused", reason = "SKU already exists" }, object)
  end)

  it("names every mistake where it stands, and sends nothing", function()
    local first = record "N-1":gsub('"height": 10, ', "")
    local bad = ('[%s,\n {"sku": "N-2", "itemTitle": "Lamp"}]'):format(first)
    local expected = "the standard input:1:2: [1].height is required\n"
      .. "the standard input:2:2: [2].barcodeNumber is required\n"
    for _, arguments in ipairs { {}, { "--dry-run" } } do
      local output, complaint, status = change("create", bad, (table.unpack or unpack)(arguments))
      assert.same({ "", 1 }, { output, status })
      assert.equal(expected, complaint:sub(1, #expected))
    end
    local words = "the standard input:1:2: sku must be a string, not 7\n"
    assert.same({ "", words, 1 }, { change("delete", '{"sku":7}') })
    assert.same({}, sandbox.stats().requests)
  end)

  it("checks with --dry-run, and sends nothing", function()
    assert.same({ "N-1\tvalid\n", "", 0 }, { change("create", record "N-1", "--dry-run") })
    assert.same({}, sandbox.stats().requests)
  end)

  it("whose answer is lost has an outcome that is unknown", function()
    sandbox.fault { path = "/inventory", when = "after", close = true }
    local _, complaint, status = change("create", record "N-1")
    assert.equal(3, status)
    assert.matches("^spreetail: POST /inventory", complaint)
  end)
end)
