--- SKU records: what each operation on them needs, and what came of it.

local record = require "spreetail.record"

local function item_schema(required)
  local fields = {
    { "sku", "identifier", unique = true }, { "itemTitle", "text" }, { "barcodeNumber", "identifier" },
    { "height", "measure" }, { "width", "measure" }, { "length", "measure" }, { "weight_kg", "measure" },
  }
  for _, field in ipairs(fields) do
    field.required = required[field[1]]
  end
  return record.schema(fields)
end

local all = {
  sku = true, itemTitle = true, barcodeNumber = true, height = true, width = true, length = true,
  weight_kg = true,
}

local function operation(name, required)
  local each = item_schema(required)
  return record.kind {
    name = "SKUs",
    one = "a request",
    constructor = "spreetail.skus",
    schema = record.schema {
      { "operation", filled = "word", word = name },
      { "items", required = true, each = each },
    },
    items = "items",
    item = each,
  }
end

local M = {}

M.create = operation("create", all)
M.update = operation("update", { sku = true, itemTitle = true })
M.delete = operation("delete", { sku = true })

local NO_REASON = "the server gave no reason"

-- Below these keys of a reply is what failed.
local FAILURES = { errors = 0, unable_to_delete = 0 }

-- Whether an entry of the reply says of itself that it is about a failure.
local function says_failed(entry)
  local status = type(entry.status) == "string" and entry.status:lower() or ""
  return entry.success == false or status:find "^error" ~= nil or status:find "^fail" ~= nil
end

-- The server's words about a failure in an entry of the reply: a text, or a table that has one. What is
-- only a `message` may be about a success, unless it is known that there was none.
local function words_of(entry, has_failed)
  local words = entry.reason or entry.error
  if type(words) == "table" then
    words = words.message or words.error
  end
  if has_failed and type(words) ~= "string" then
    words = entry.message
  end
  return type(words) == "string" and words or (has_failed and NO_REASON) or nil
end

-- The sku of ours that an entry of the reply is about: the server may have put a brand before it. Of a text
-- that is far too long, the end alone is looked at.
local function ours(found, sku)
  if found.results[sku] ~= nil then
    return sku
  end
  local brand_end = sku:find("_", math.max(1, #sku - found.longest), true)
  while brand_end do
    local plain = sku:sub(brand_end + 1)
    if found.results[plain] ~= nil then
      return plain
    end
    brand_end = sku:find("_", brand_end + 1, true)
  end
end

-- A text below `errors` or `unable_to_delete`: what was wrong with the SKU that is its key; or a SKU; or
-- what was wrong with the SKU that the entry around it is about, or else with any.
local function read_failure(found, key, text, about, is_directly_below)
  local name = type(key) == "string" and ours(found, key)
  if name then
    found.results[name] = text
  elseif type(key) == "number" or is_directly_below then
    name = ours(found, text)
    if name then
      found.results[name] = NO_REASON
    elseif about then
      found.results[about] = text
    else
      found.of_any = found.of_any or text
    end
  end
end

-- Finds what the server said about single SKUs, wherever it stands in the reply. `about`: the SKU of the
-- entry around it, if any; `below`: how far below `errors` or `unable_to_delete` it stands, if it does.
local function read(found, reply, about, below)
  for key, entry in pairs(reply) do
    local depth = FAILURES[key] or (below and below + 1)
    if type(entry) == "table" then
      local sku = entry.sku or entry.SKU
      local name = type(sku) == "string" and ours(found, sku) or nil
      local words = name and words_of(entry, depth or says_failed(entry))
      if words then
        found.results[name] = words
      end
      read(found, entry, name or about, depth)
    elseif depth and type(entry) == "string" then
      read_failure(found, key, entry, about, depth <= 1)
    end
  end
end

--- What reads the reply to an operation on these items: a function that returns what came of each, a
-- table by sku with true where it was done, or the server's words. An error that names no SKU may be any's,
-- so none is then said to be done. (The program may change its items while the call is under way.)
function M.reader(items)
  local results, longest = {}, 0
  for _, item in next, items do
    local sku = rawget(item, "sku")
    results[sku] = true
    longest = math.max(longest, #sku)
  end
  return function(reply)
    local found = { results = results, longest = longest, of_any = nil }
    if type(reply) == "table" then
      read(found, reply, nil, nil)
    end
    for sku, result in pairs(results) do
      results[sku] = result == true and found.of_any or result
    end
    return results
  end
end

return M
