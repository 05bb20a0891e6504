-- How long is paused after failures.

local backoff = require "spreetail.outbox.backoff"

local function least() return 0 end
local function nearly_most() return 0.999999 end

describe("a pause", function()
  it("doubles with each failure in a row, up to the longest", function()
    local bounds = {}
    for failures = 1, 7 do
      bounds[failures] = math.floor(backoff.pause(failures, 30, nearly_most) + 0.5)
    end
    assert.same({ 1, 2, 4, 8, 16, 30, 30 }, bounds)
  end)

  it("is at least half of that, so that those that failed together don't come back together", function()
    assert.equal(0.5, backoff.pause(1, 300, least))
    assert.equal(150, backoff.pause(1000000, 300, least))
  end)
end)

describe("random numbers", function()
  it("lie between 0 and 1, all over", function()
    local random, counts = backoff.random(12345), { 0, 0, 0, 0 }
    for _ = 1, 4000 do
      local number = random()
      assert.is_true(number > 0 and number < 1)
      local quarter = math.floor(number * 4) + 1
      counts[quarter] = counts[quarter] + 1
    end
    for _, count in ipairs(counts) do
      assert.is_true(count > 850 and count < 1150, count)
    end
  end)

  it("are others for another seed, and the same for the same", function()
    local function first(seed)
      local random = backoff.random(seed)
      random()
      return random()
    end
    assert.equal(first(7), first(7))
    assert.not_equal(first(7), first(8))
    assert.is_true(first(0) > 0)
    assert.is_true(first(2147483646) > 0)
  end)
end)
