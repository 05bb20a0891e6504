local json = require "spreetail.json"
local order = require "spreetail.order"
local rule = require "spreetail.rule"

local nan, inf = 0 / 0, math.huge

local function check_good(name, ...)
  for _, value in ipairs { ... } do
    assert.is_nil(rule.breach(name, value), tostring(value))
  end
end

local function check_bad(name, words, ...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    local wrong = rule.breach(name, value)
    assert.is_string(wrong, tostring(value))
    assert.equal(words, wrong:sub(1, #words))
  end
end

local function check_message(expected, name, value)
  assert.equal(expected, rule.breach(name, value))
end

describe("a rule for", function()
  it("text takes any string", function()
    check_good("text", "", "PAID", "half paid, half promised", "ü\n")
    check_bad("text", "must be a string, not ", 1, true, {}, print)
  end)

  it("identifiers takes what can stand in a line", function()
    check_good("identifier", "R-1", "ü", "a b/c?d", ("x"):rep(5000), "\226\130\172")
    check_bad("identifier", "must not hold control characters", "a\nb", "\0", "a\127", "\27[31m")
    check_bad("identifier", "is not valid UTF-8", "\255", "a\195", "\237\160\128", "\192\128")
    check_message("must not be empty", "identifier", "")
    check_message("must be a string, not 5", "identifier", 5)
  end)

  it("references takes identifiers that stay where they are in a path", function()
    check_good("reference", "R-1", "...", "a/..", "%2e")
    check_message("must not be '.', which leads elsewhere in a path", "reference", ".")
    check_message("must not be '..', which leads elsewhere in a path", "reference", "..")
    check_message("must not be empty", "reference", "")
  end)

  it("numbers takes any, a negative one too", function()
    check_good("number", 0, -19, 7.5, 1e10, 1.7976931348623157e308)
    check_bad("number", "must be a number, not ", "19", true, {}, nan, inf, -inf)
  end)

  it("amounts takes 0 and what is more", function()
    check_good("amount", 0, 9.99)
    check_bad("amount", "must be a number from 0, not ", -0.01, nan, inf, "5", {})
  end)

  it("percentages takes 0 to 100", function()
    check_good("percentage", 0, 7.7, 19, 100)
    check_bad("percentage", "must be a percentage from 0 to 100, not ", -0.1, 100.1, 1900, nan, inf, "19",
      {})
  end)

  it("quantities takes whole numbers from 1", function()
    check_good("quantity", 1, 2.0, 1000)
    check_bad("quantity", "must be a whole number from 1, not ", 0, -1, 1.5, 0.5, nan, inf, -inf, "2",
      true, {})
    check_message("must be a whole number from 1, not '2'", "quantity", "2")
    check_message("must be a whole number from 1, not 1.5", "quantity", 1.5)
  end)

  it("prices takes 0.01 and what is more", function()
    check_good("price", 0.01, 9.99, 1000000)
    check_bad("price", "must be a number of at least 0.01, not ", 0.009, 0, -1, nan, inf, "9.99", {})
    check_message("must be a number of at least 0.01, not 0.009", "price", 0.009)
  end)

  it("measures takes what is more than nothing", function()
    check_good("measure", 0.001, 12)
    check_bad("measure", "must be a number above 0, not ", 0, -1, nan, inf, "1", {})
  end)

  it("currencies takes three capitals, known to us or not", function()
    check_good("currency", "EUR", "GBP", "USD", "XXX", "QQQ")
    check_bad("currency", "must be three capital letters, such as EUR, not ",
      "eur", "EURO", "EU", "", "€", "E1R", " EUR", "EUR\n", 978, {})
  end)

  it("countries takes two capitals, known to us or not", function()
    check_good("country", "DE", "GB", "XX")
    check_bad("country", "must be two capital letters, such as DE, not ",
      "de", "DEU", "D", "", "D1", "DE ", "Germany", 49, {})
  end)

  it("dates takes those that there are", function()
    check_good("date", "2025-03-01T10:00:00Z", "2024-02-29T00:00:00Z", "2000-02-29T23:59:59Z",
      "2025-12-31T23:59:59.123456Z", "2025-03-01T10:00:00+01:00", "2025-03-01T10:00:00.5-05:30", 0,
      1740823200.5, 253402300799)
    check_bad("date", "must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, not ",
      "2025-02-30T10:00:00Z", "2025-02-29T10:00:00Z", "1900-02-29T10:00:00Z", "2100-02-29T10:00:00Z",
      "2025-04-31T10:00:00Z", "2025-13-01T10:00:00Z", "2025-00-01T10:00:00Z", "2025-01-00T10:00:00Z",
      "2025-01-01T24:00:00Z", "2025-01-01T10:60:00Z", "2025-01-01T10:00:60Z", "2025-01-01",
      "2025-01-01T10:00:00", "2025-01-01 10:00:00Z", "2025-01-01T10:00Z", "2025-01-01T10:00:00.Z",
      "2025-01-01T10:00:00+1:00", "2025-01-01T10:00:00+24:00", "2025-01-01T10:00:00+01:60",
      "2025-01-01T10:00:00z", "2025-01-01T10:00:00Z ", "2025-01-01T10:00:00Z\0", "yesterday", "", -1, {},
        true)
    check_message("must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, "
      .. "not '2025-02-30T10:00:00Z'", "date", "2025-02-30T10:00:00Z")
    assert.matches("not 1740823200000, which would be milliseconds$", rule.breach("date", 1740823200000))
  end)
end)

describe("seconds since the epoch", function()
  -- What becomes of a value where a date may stand.
  local function spelt(value)
    return order.new({ DispatchBy = value }).DispatchBy
  end

  it("become a date, UTC, without their fraction", function()
    assert.equal("1970-01-01T00:00:00Z", spelt(0))
    assert.equal("2025-03-01T10:00:00Z", spelt(1740823200))
    assert.equal("2025-03-01T10:00:00Z", spelt(1740823200.9))
    assert.equal("2024-02-29T12:00:00Z", spelt(1709208000))
    assert.equal("9999-12-31T23:59:59Z", spelt(253402300799))
  end)

  it("become the date that the system has for them", function()
    local seconds = 1
    while seconds < 253402300799 do
      assert.equal(os.date("!%Y-%m-%dT%H:%M:%SZ", seconds), spelt(seconds))
      seconds = seconds + 86400 * 29 + 12345
    end
  end)

  it("stay what they are where there is no such date, and so does what is no number", function()
    for _, value in ipairs { -1, 253402300800, 1e300, inf, -inf, "2025", true } do
      assert.equal(value, spelt(value))
      assert.is_string(rule.breach("date", value))
    end
    assert.not_equal(spelt(nan), spelt(nan))
    assert.is_string(rule.breach("date", nan))
  end)
end)

describe("what was given is shown", function()
  it("as it is, or by its type", function()
    assert.equal("'x'", rule.show "x")
    assert.equal("5", rule.show(5))
    assert.equal("false", rule.show(false))
    assert.equal("nil", rule.show(nil))
    assert.equal("nan", rule.show(nan))
    assert.equal("nan", rule.show(-nan))
    assert.equal("null", rule.show(json.null))
    assert.equal("a table", rule.show {})
    assert.equal("a function", rule.show(print))
    assert.equal("a table", rule.show(setmetatable({}, { __tostring = error, __index = error })))
  end)

  it("cut where it is long, between characters", function()
    assert.equal("'" .. ("x"):rep(40) .. "...'", rule.show(("x"):rep(41)))
    assert.equal("'" .. ("x"):rep(40) .. "'", rule.show(("x"):rep(40)))
    assert.equal("'" .. ("x"):rep(39) .. "...'", rule.show(("x"):rep(39) .. "üü"))
    assert.equal("'" .. ("x"):rep(37) .. "...'", rule.show(("x"):rep(37) .. "\240\159\152\128" .. "x"))
  end)

  it("without what would spoil a terminal or a log", function()
    assert.equal("'a?b?[31mc?'", rule.show "a\nb\27[31mc\0")
    assert.equal("'a?b'", rule.show "a\255b")
    assert.equal("'ü'", rule.show "ü")
  end)
end)
