-- Whether the texts of two orders say the same.

local same = require("spreetail.outbox.same").orders

local function is_same(a, b, from_clock)
  return same({ body = a, from_clock = from_clock }, { body = b, from_clock = false })
end

describe("two orders", function()
  it("are the same, in whatever order their keys are written", function()
    assert.is_true(is_same('{"a":1,"b":"x"}', '{"a":1,"b":"x"}'))
    assert.is_true(is_same('{"a":1,"b":"x"}', '{"b":"x","a":1}'))
    assert.is_true(is_same('{"a":{"b":[{"c":1,"d":{}}]}}', '{"a":{"b":[{"d":{},"c":1}]}}'))
  end)

  it("differ in a value, a key, or the order of a list", function()
    assert.is_false(is_same('{"a":1,"b":"x"}', '{"a":1,"b":"y"}'))
    assert.is_false(is_same('{"a":1,"b":"x"}', '{"b":"x"}'))
    assert.is_false(is_same('{"a":1}', '{"A":1}'))
    assert.is_false(is_same('{"a":[1,2]}', '{"a":[2,1]}'))
    assert.is_false(is_same('{"a":[]}', '{"a":{}}'))
    assert.is_false(is_same('{"a":"1"}', '{"a":1}'))
    assert.is_false(is_same('{"a":null,"b":true}', '{"b":null,"a":true}'))
  end)

  it("differ in the last digit of a number", function()
    assert.is_false(is_same('{"a":12345678901234567,"b":1}', '{"b":1,"a":12345678901234568}'))
  end)

  it("are told apart by texts that look like JSON", function()
    assert.is_true(is_same([[{"a":"}\"],{","b":"\\"}]], [[{"b":"\\","a":"}\"],{"}]]))
    assert.is_false(is_same([[{"a":"\"b\":1","b":2}]], [[{"b":2,"a":"\"b\":2"}]]))
  end)

  it("may have other dates from the clock", function()
    local a = '{"ReferenceNumber":"R","ReceivedDate":"2026-01-01T00:00:00Z","N":1}'
    local b = '{"ReferenceNumber":"R","ReceivedDate":"2026-01-02T00:00:00Z","N":1}'
    assert.is_true(is_same(a, b, true))
    assert.is_true(same({ body = b }, { body = a, from_clock = true }))
    assert.is_false(is_same(a, b, false))
    assert.is_false(is_same(a, b:gsub('"N":1', '"N":2'), true))
  end)

  it("may not have other dates from the clock further down", function()
    assert.is_false(is_same('{"E":{"ReceivedDate":"1"},"N":1}', '{"N":1,"E":{"ReceivedDate":"2"}}', true))
  end)
end)
