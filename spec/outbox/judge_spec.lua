-- What becomes of a row of the outbox: the whole table of it.

local errors = require "spreetail.error"
local judge = require "spreetail.outbox.judge"

local DIFFERENCES = { { path = "Currency", message = "is EUR, and not PLN" } }

local function failed(kind, outcome, doubts)
  local details = kind == "conflict" and DIFFERENCES or nil
  local err = errors.new { kind = kind, outcome = outcome, message = "why", details = details }
  return judge.failed({ doubts = doubts or 0 }, err)
end

-- A verdict in short: its state and what is said besides.
local function short(verdict)
  local words = {}
  for _, name in ipairs { "at_once", "doubt", "rests", "stops", "looks_up", "found" } do
    if verdict[name] then
      words[#words + 1] = name
    end
  end
  return verdict.state .. (words[1] and ": " or "") .. table.concat(words, ", ")
end

local table_of_errors = {
  -- kind, where the server is known not to have created it, where that is not known
  { "validation", "rejected", "pending: doubt, rests" },
  { "rejected", "rejected", "pending: doubt, rests" },
  { "conflict", "rejected", "unknown: doubt" },
  { "forbidden", "pending: rests", "pending: doubt, rests" },
  { "not_found", "pending: rests", "pending: doubt, rests" },
  { "rate_limit", "pending: rests", "pending: doubt, rests" },
  { "server", "pending: rests", "pending: doubt, rests" },
  { "network", "pending: rests", "pending: doubt, rests" },
  { "tls", "pending: rests", "pending: doubt, rests" },
  { "timeout", "pending: rests", "pending: doubt, rests" },
  { "protocol", "pending: rests", "pending: doubt, rests" },
  { "cancelled", "pending: at_once", "pending: at_once, doubt" },
  { "auth", "pending: at_once, stops", "pending: at_once, doubt, stops" },
  { "config", "pending: at_once, stops", "pending: at_once, doubt, stops" },
  { "closed", "pending: at_once, stops", "pending: at_once, doubt, stops" },
}

describe("a row of the outbox", function()
  for _, line in ipairs(table_of_errors) do
    local kind, known, unknown = line[1], line[2], line[3]
    it(("becomes, after an error of kind %s, %s; or %s"):format(kind, known, unknown), function()
      assert.equal(known, short(failed(kind, "not_sent")))
      assert.equal(known, short(failed(kind, "refused")))
      assert.equal(unknown, short(failed(kind, "unknown")))
      assert.equal("why", failed(kind, "refused").err.message)
    end)
  end

  it("is looked at again when its reference is taken, and by which order could not be looked up", function()
    for _, details in ipairs { false, { hint = "the server's own" }, { "a list" } } do
      for _, outcome in ipairs { "refused", "unknown" } do
        local err = errors.new { kind = "conflict", outcome = outcome, message = "why" }
        err.details = details or nil
        assert.equal("pending: doubt, rests", short(judge.failed({ doubts = 3 }, err)))
        assert.equal("unknown: doubt, rests", short(judge.failed({ doubts = 19 }, err)))
      end
    end
  end)

  it("waits for another time after an error of a kind that is not known yet", function()
    assert.equal("pending: rests", short(failed("novel", "refused")))
    assert.equal("pending: doubt, rests", short(failed("novel", "unknown")))
  end)

  it("is accepted however the order got there", function()
    assert.equal("accepted", short(judge.accepted()))
  end)

  it("is given up as unknown when it was in doubt too often", function()
    local most = judge.MOST_DOUBTS
    assert.equal("pending: doubt, rests", short(failed("timeout", "unknown", most - 2)))
    assert.equal("unknown: doubt, rests", short(failed("timeout", "unknown", most - 1)))
  end)

  it("is not given up for what its worker is to blame for", function()
    assert.equal("pending: at_once, doubt, stops", short(failed("closed", "unknown", judge.MOST_DOUBTS)))
    assert.equal("pending: at_once, doubt", short(failed("cancelled", "unknown", judge.MOST_DOUBTS)))
  end)

  it("is not given up while it is known that nothing was created", function()
    assert.equal("pending: rests", short(failed("network", "not_sent", judge.MOST_DOUBTS)))
  end)
end)

describe("a row that was in doubt and is refused now", function()
  it("is looked up first: a try before may have created it", function()
    assert.equal("rejected: looks_up", short(failed("rejected", "refused", 1)))
    assert.equal("rejected: looks_up", short(failed("validation", "refused", 1)))
  end)

  it("is not looked up after a conflict, which was told by comparing", function()
    assert.equal("rejected", short(failed("conflict", "refused", 1)))
  end)

  local function looked_up(found, err, doubts)
    local row = { doubts = doubts or 1 }
    local refusal = judge.failed(row, errors.new { kind = "rejected", outcome = "refused", message = "why" })
    return judge.looked_up(row, refusal, found, err and errors.new { kind = err, message = "how" })
  end

  it("is rejected when there is no such order", function()
    local verdict = looked_up(false, "not_found")
    assert.equal("rejected", short(verdict))
    assert.equal("why", verdict.err.message)
  end)

  it("is unknown when there is one", function()
    local verdict = looked_up(true)
    assert.equal("unknown: doubt, found", short(verdict))
    assert.equal("why", verdict.err.message)
  end)

  it("stays pending when that can't be told", function()
    assert.equal("pending: doubt, rests", short(looked_up(nil, "network")))
    assert.equal("pending: at_once, doubt, stops", short(looked_up(nil, "auth")))
    assert.equal("pending: doubt", short(looked_up(nil, "rejected")))
    assert.equal("unknown: doubt, rests", short(looked_up(nil, "network", judge.MOST_DOUBTS - 1)))
  end)
end)
