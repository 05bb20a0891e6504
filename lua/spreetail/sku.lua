--- SKU records: what each operation on them needs, and what came of it.

local record = require "spreetail.record"
local rule = require "spreetail.rule"

local function schema(required)
  local names = {
    { "sku", rule.identifier }, { "itemTitle", rule.text }, { "barcodeNumber", rule.identifier },
    { "height", rule.measure }, { "width", rule.measure }, { "length", rule.measure },
    { "weight_kg", rule.measure },
  }
  for _, field in ipairs(names) do
    field.required = required[field[1]]
  end
  return record.schema { { "items", required = true, each = record.schema(names) } }
end

local all = {
  sku = true, itemTitle = true, barcodeNumber = true, height = true, width = true, length = true,
  weight_kg = true,
}

local function operation(name, required)
  return record.kind {
    name = "SKUs",
    schema = schema(required),
    items = "items",
    complete = function(request)
      request.operation = name
    end,
  }
end

local M = {}

M.create = operation("create", all)
M.update = operation("update", { sku = true, itemTitle = true })
M.delete = operation("delete", { sku = true })

-- The server's words about a failure in an entry of the reply: a text, or a table that has one. What is
-- only a `message` may be about a success, unless the entry says that it is none.
local function words_of(entry)
  local words = entry.reason or entry.error
  if type(words) == "table" then
    words = words.message or words.error
  end
  if words == nil and entry.success == false then
    words = entry.message
  end
  return type(words) == "string" and words or nil
end

-- The sku of ours that an entry of the reply is about: the server may have put a brand before it.
local function ours(results, sku)
  if results[sku] ~= nil then
    return sku
  end
  local plain = sku
  while plain do
    plain = plain:match "^[^_]*_(.*)$"
    if plain and results[plain] ~= nil then
      return plain
    end
  end
end

-- Finds what the server said about single SKUs, wherever it stands in the reply: in entries that name
-- their SKU, or as texts by SKU below `errors`.
local function read(results, reply, below_errors)
  for key, entry in pairs(reply) do
    if type(entry) == "table" then
      local sku, words = entry.sku or entry.SKU, words_of(entry)
      local name = type(sku) == "string" and ours(results, sku)
      if name and words then
        results[name] = words
      end
      read(results, entry, key == "errors")
    elseif below_errors and type(key) == "string" and type(entry) == "string" then
      local name = ours(results, key)
      if name then
        results[name] = entry
      end
    end
  end
end

--- What reads the reply to an operation on these items: a function that returns what came of each, a
-- table by sku with true where it was done, or the server's words. (The program may change its items
-- while the call is under way.)
function M.reader(items)
  local results = {}
  for _, item in next, items do
    results[rawget(item, "sku")] = true
  end
  return function(reply)
    if type(reply) == "table" then
      read(results, reply)
    end
    return results
  end
end

return M
