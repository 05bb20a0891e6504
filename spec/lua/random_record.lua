-- Random orders and deliveries, good ones and such as no program in its right mind would send. The
-- same seed gives the same ones on every Lua.

local spreetail = require "spreetail"

local Random = {}
Random.__index = Random

-- Park and Miller's generator: exact in doubles and in integers.
local function new_random(seed)
  return setmetatable({ state = math.floor(seed) % 2147483646 + 1 }, Random)
end

--- A whole number from 1 to `most`.
function Random:upto(most)
  self.state = self.state * 16807 % 2147483647
  return self.state % most + 1
end

function Random:one_of(list)
  return #list > 0 and list[self:upto(#list)] or nil
end

--
-- Values of every kind.
--

local NUMBERS = {
  0, 1, 2, -1, 2.0, 1.5, 0.01, 0.009, 0.0100001, 1e-320, 19, -19, 100, 1e13, 99999999999999, 1e14,
    123456789012345,
  2 ^ 53, 2 ^ 53 + 2, 2 ^ 63, 2 ^ 64, 1e300, -1e300, 1.7976931348623157e308, 0 / 0, math.huge, -math.huge,
  math.maxinteger or 1, math.mininteger or 1, 1740823200, 1740823200.5, 253402300799, 253402300800, -0.0,
}

local TEXTS = {
  "", " ", "a", "PAID", "EUR", "eur", "EURO", "XXX", "ü", "\226\130\172", "\240\159\152\128", "\255",
    "a\195",
  "\237\160\128", "\192\128", "\0", "a\0b", "a\nb", "\127", "\27[31m", "/", "\\", '"', "1", "2.0", "null",
    "[]",
  "2025-03-01T10:00:00Z", "2024-02-29T23:59:59.123+01:00", "2025-02-29T10:00:00Z", "2025-02-30T10:00:00Z",
  "2025-03-01T10:00:00", "2025-03-01", "2025-03-01T24:00:00Z", "2025-03-01T10:00:00Z\0",
    "2025-03-01T10:00:00-23:59",
  "0000-01-01T00:00:00Z", ("x"):rep(41), ("ü"):rep(500), ("%"):rep(100), "%s%d%n", "empty list",
}

local function trap()
  error "a metamethod of the program's was called"
end

local HOSTILE = {
  __index = trap, __newindex = trap, __len = trap, __pairs = trap, __ipairs = trap, __eq = trap, __lt = trap,
  __tostring = trap, __concat = trap, __call = trap, __unm = trap,
}

local function strange(random)
  return random:one_of {
    trap, coroutine.create(trap), io.stdout, spreetail.null, setmetatable({}, HOSTILE),
    setmetatable({ 1 }, { __metatable = setmetatable({}, HOSTILE) }), setmetatable({ a = 1 },
      { __metatable = false }),
  }
end

local value

local function key(random)
  local kind = random:upto(12)
  if kind <= 6 then
    return random:one_of(TEXTS)
  elseif kind <= 9 then
    return random:upto(4)
  end
  local number = random:one_of(NUMBERS)
  return number == number and random:one_of { number, true, setmetatable({}, HOSTILE), trap } or "nan"
end

local function list(random, depth)
  local items = {}
  for i = 1, random:upto(4) - 1 do
    items[i] = value(random, depth - 1)
  end
  return random:upto(3) == 1 and spreetail.array(items) or items
end

local function object(random, depth)
  local fields = {}
  for _ = 1, random:upto(4) - 1 do
    fields[key(random)] = value(random, depth - 1)
  end
  return fields
end

function value(random, depth)
  local kind = random:upto(depth > 0 and 14 or 9)
  if kind <= 4 then
    return random:one_of(TEXTS)
  elseif kind <= 7 then
    return random:one_of(NUMBERS)
  elseif kind == 8 then
    return random:upto(2) == 1
  elseif kind == 9 then
    return strange(random)
  elseif kind <= 11 then
    return list(random, depth)
  elseif kind <= 13 then
    return object(random, depth)
  end
  -- A table that several share, or that is in itself.
  return random:one_of(random.tables)
end

--
-- Records.
--

local function address(random)
  local fields = { FullName = "Erika Muster", Town = "Rheine", CountryCode = "DE" }
  if random:upto(3) == 1 then
    fields = { [random:one_of { "Town", "post_code", "Planet" }] = "x" }
  end
  return fields
end

local function order(random)
  local items = {}
  for i = 1, random:upto(3) do
    items[i] = {
      SKU = "SKU-" .. i, ItemTitle = random:one_of { "Product", "ü", "a\tb" },
      Qty = random:one_of { 1, 2.0, 1000 }, PricePerUnit = random:one_of { 0.01, 9.99, 1e6, 123.456 },
      TaxRate = random:one_of { 19, 0, 100, 7.7 },
      OrderLineNumber = random:one_of { "1", tostring(i), tostring(i), "x" .. i },
    }
  end
  local billing
  if random:upto(2) == 1 then
    billing = address(random)
  end
  return {
    ReferenceNumber = "R",
    ReceivedDate = random:one_of { "2025-03-01T10:00:00Z", 1740823200 },
    DispatchBy = random:one_of { "2024-02-29T10:00:00+01:00", 1740823200.5, 0 },
    Currency = random:one_of { "EUR", "GBP", "XTS" },
    PaymentStatus = random:one_of { "PAID", "half" },
    ChannelBuyerName = random:one_of { "Erika", "ü" },
    DeliveryAddress = address(random),
    BillingAddress = billing,
    OrderItems = items,
    PostalServiceCost = random:one_of { 5, -1, 0.5 },
    Status = random:one_of { "Shipped", 5, "" },
  }
end

local function delivery(random)
  local items = {}
  for i = 1, random:upto(3) do
    items[i] = { barcode = "400" .. i, Quantity = random:one_of { 1, 2.0, 500 }, SKU = "SKU-" .. i }
  end
  return {
    PO_REFERENCE = "P", Warehouse_Name = random:one_of { "RHEINE01", "ü" }, items = items,
    Secondary_PO_Reference = random:one_of { "S", "" }, transport_id = random:one_of { "T", 5 },
  }
end

-- All tables that are in a record when it is made, itself first.
local function inner_tables(record)
  local tables = { record }
  for _, inside in pairs(record) do
    if type(inside) == "table" then
      tables[#tables + 1] = inside
      for _, item in pairs(inside) do
        tables[#tables + 1] = type(item) == "table" and item or nil
      end
    end
  end
  return tables
end

local function sorted_keys(fields)
  local keys = {}
  for name in next, fields do
    keys[#keys + 1] = type(name) == "string" and name or nil
  end
  table.sort(keys)
  return keys
end

local function snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):lower())
end

local function misspelt(random, name)
  if name == "" then -- a name of one letter that was misspelt before
    return "x"
  end
  local at = random:upto(#name)
  return name:sub(1, at - 1) .. random:one_of { "", "x", "_", "\1", "\255" } .. name:sub(at + 1)
end

-- Each takes a table of the record, one of its keys (nil: it has none), and changes something.
local CHANGES = {
  function(random, fields, name) if name then fields[name] = value(random, 3) end end,
  function(random, fields, name) if name then fields[name] = value(random, 0) end end,
  function(_, fields, name) if name then fields[name] = nil end end,
  function(_, fields, name)
    if name then
      local content = rawget(fields, name)
      fields[name] = nil
      rawset(fields, snake_case(name), content)
    end
  end,
  function(random, fields, name)
    if name and random:upto(4) == 1 then
      rawset(fields, snake_case(name), value(random, 1))
    end
  end,
  function(random, fields, name)
    if name then
      rawset(fields, misspelt(random, name), rawget(fields, name))
      fields[name] = nil
    end
  end,
  function(random, fields) rawset(fields, key(random), value(random, 3)) end,
  function(random, fields) rawset(fields, "Extra", value(random, 4)) end,
  function(_, fields) setmetatable(fields, HOSTILE) end,
  function(_, fields) setmetatable(fields, { __metatable = "locked" }) end,
  function(_, fields) rawset(fields, #sorted_keys(fields) + 2, {}) end,
}

local M = {}

--- Makers of records: each is a function(random).
M.makers = { order = order, delivery = delivery }

M.random = new_random

--- A record of that kind, good or bad.
function M.make(random, kind)
  local record = M.makers[kind](random)
  random.tables = inner_tables(record)
  for _ = 1, random:upto(4) - 1 do
    local fields = random:one_of(random.tables)
    local names = sorted_keys(fields)
    if not getmetatable(fields) then
      random:one_of(CHANGES)(random, fields, random:one_of(names))
    end
  end
  return record
end

return M
