local errors = require "spreetail.error"
local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

describe("an error", function()
  local client, err

  setup(function()
    sandbox.reset()
    client = sandbox.client()
    local _
    _, err = client:get_order "NONE-1"
  end)

  teardown(function()
    client:close()
  end)

  it("is a table whose fields tell what happened", function()
    assert.equal("table", type(err))
    assert.equal("not_found", err.kind)
    assert.equal(404, err.status)
    assert.equal("NONE-1", err.reference)
    assert.equal(1, err.attempts)
    assert.is_false(err.retryable)
    assert.is_nil(err.outcome) -- it was to change nothing
  end)

  it("reads as a sentence", function()
    assert.equal("not_found: " .. err.message, tostring(err))
    assert.matches("NONE-1", err.message, 1, true)
    assert.matches("GET /order/NONE-1", err.message, 1, true)
    assert.matches("Order with ReferenceNumber 'NONE-1' not found", err.message, 1, true)
    assert.matches("HTTP 404", err.message, 1, true)
  end)

  it("can be joined to text from either side, and to another", function()
    assert.equal("failed: " .. tostring(err), "failed: " .. err)
    assert.equal(tostring(err) .. "!", err .. "!")
    assert.equal(tostring(err) .. tostring(err), err .. err)
    assert.equal("1" .. tostring(err), 1 .. err)
  end)

  it("belongs to its owner: what is done to one is not seen in another", function()
    local _, first = client:get_order "NONE-2"
    first.kind, first.message = "changed", "changed"
    local _, second = client:get_order "NONE-2"
    assert.equal("not_found", second.kind)
  end)
end)

describe("an error of kind validation", function()
  it("lists every problem with its path", function()
    local err = errors.validation("order 'R-1'",
      { { path = "a.b", message = "is wrong" }, { path = "", message = "is odd" } }, "R-1")
    assert.equal("validation: order 'R-1': a.b is wrong; is odd", tostring(err))
    assert.same({ { path = "a.b", message = "is wrong" }, { path = "", message = "is odd" } }, err.details)
    assert.equal("not_sent", err.outcome)
    assert.equal(0, err.attempts)
    assert.equal("R-1", err.reference)
    assert.is_false(err.retryable)
  end)
end)

describe("spreetail.assert", function()
  local refuse = function(err) spreetail.assert(nil, err) end

  it("passes on what is good", function()
    assert.same({ "data", "response", 3, n = 3 }, (function(...)
      return { n = select("#", ...), ... }
    end)(spreetail.assert("data", "response", 3)))
  end)

  it("raises an error table as its sentence, which Lua 5.1's own can't", function()
    local err = errors.new { kind = "timeout", message = "no result after 5 s" }
    assert.equal("timeout: no result after 5 s", mistake(refuse, err))
  end)

  it("raises whatever else comes with nil", function()
    assert.equal("gone", mistake(refuse, "gone"))
    assert.equal("assertion failed!", mistake(refuse, nil))
    assert.equal("false", mistake(function() spreetail.assert(false, false) end))
  end)
end)
