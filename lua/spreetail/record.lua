--- Records: tables in the API's keys, built from either spelling and checked all at once.
--
-- A schema is a list of fields, each { name, rule, required=, date=, of=, each= }: `of` is the schema
-- of a table in that field, `each` the schema of every item of a list in it. The API's name is the
-- key in a record; a program may also use its snake_case (`ReferenceNumber`, `reference_number`).

local array_metatable = require("spreetail.core").array_metatable
local errors = require "spreetail.error"
local json = require "spreetail.json"
local rule = require "spreetail.rule"
local spelling = require "spreetail.spelling"

local M = {}

--- ReferenceNumber -> reference_number, SKU -> sku, PO_REFERENCE -> po_reference
local function snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):lower())
end

--- A schema out of the list of its fields, which it stays: with each field by either spelling, those
-- that have to be checked, and those that hold records themselves.
function M.schema(fields)
  fields.by_spelling, fields.checked, fields.nested = {}, {}, {}
  for _, field in ipairs(fields) do
    fields.by_spelling[field[1]] = field
    fields.by_spelling[snake_case(field[1])] = field
    if field.of or field.each then
      table.insert(fields.nested, field)
    end
    if field[2] or field.required or field.of or field.each then
      table.insert(fields.checked, field)
    end
  end
  return fields
end

local function copy(fields)
  local copied = {}
  for key, value in next, fields do
    copied[key] = value
  end
  return copied
end

-- Whether two values are the same, or tables of the same fields.
local function is_same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return rawequal(a, b)
  end
  for key, value in next, a do
    if not rawequal(value, rawget(b, key)) then
      return false
    end
  end
  for key in next, b do
    if rawget(a, key) == nil then
      return false
    end
  end
  return true
end

-- What we have filled into a record, by key: weak, since the record may be the program's. Its tables are
-- copies, so that it is seen when the program changes one.
local filled = setmetatable({}, { __mode = "k" })

local function remember_filled(record, key, value)
  filled[record] = filled[record] or {}
  filled[record][key] = type(value) == "table" and copy(value) or value
end

local function forget_filled(record, key)
  if filled[record] then
    filled[record][key] = nil
  end
end

-- Whether the value under the key is still what we have filled in.
local function is_filled(record, key)
  local ours = filled[record] and filled[record][key]
  return ours ~= nil and is_same(rawget(record, key), ours)
end

--- The places of a list that are taken, in order. There may be holes between them.
function M.places(list)
  local places = {}
  for key in next, list do
    if type(key) == "number" and key >= 1 and key % 1 == 0 then
      places[#places + 1] = key
    end
  end
  table.sort(places)
  return places
end

--- Puts a value where there is none, and remembers that it is ours. Of a table it puts a copy, also in
-- place of one that it has put there before and the program has left alone.
function M.fill(record, key, value)
  local is_table = type(value) == "table"
  if record[key] == nil or (is_table and is_filled(record, key)) then
    record[key] = is_table and copy(value) or value
    remember_filled(record, key, value)
  end
end

local function add(problems, path, message)
  problems[#problems + 1] = { path = path, message = message }
end

local normalise

local function normalise_list(schema, list, path, problems)
  local is_marked = rawequal(getmetatable(list), array_metatable)
  local records = setmetatable({}, is_marked and array_metatable or nil)
  for key, item in next, list do
    records[key] = normalise(schema, item, ("%s[%s]."):format(path, json.show_key(key)), problems)
  end
  return records
end

local function normalise_field(field, value, path, problems)
  if field.of then
    return normalise(field.of, value, path .. ".", problems)
  elseif field.each and type(value) == "table" then
    return normalise_list(field.each, value, path, problems)
  elseif field.date then
    return rule.to_date(value)
  end
  return value
end

-- A copy of what the program gave, in the API's keys; tables that the schema doesn't know are not
-- copied. A field that is given in two spellings is a problem; but what we have filled in under one
-- gives way to what the program has given under the other.
function normalise(schema, given, prefix, problems)
  if type(given) ~= "table" then
    return given
  end
  local record, spelt, has_filled = {}, {}, filled[given]
  for key, value in next, given do
    local field = type(key) == "string" and schema.by_spelling[key]
    if not field then
      record[key] = value
    elseif has_filled and key == field[1] and is_filled(given, key) then
      if not spelt[key] then
        record[key] = normalise_field(field, value, prefix .. key, problems)
        remember_filled(record, key, record[key])
      end
    else
      local name = field[1]
      if spelt[name] then
        add(problems, prefix .. name, ("is given twice, as '%s' and as '%s'"):format(name, snake_case(name)))
      end
      spelt[name] = true
      record[name] = normalise_field(field, value, prefix .. name, problems)
      forget_filled(record, name)
    end
  end
  return record
end

-- A copy without what we have filled in, if there is anything of that; else the record itself.
local function given_part(schema, record)
  local part
  local function put(key, value)
    part = part or copy(record)
    part[key] = value
  end
  for name in next, filled[record] or {} do
    if is_filled(record, name) then
      put(name, nil)
    end
  end
  for _, field in ipairs(schema.nested) do
    local value = (part or record)[field[1]]
    if type(value) == "table" and field.of then
      local given = given_part(field.of, value)
      if not rawequal(given, value) then
        put(field[1], given)
      end
    elseif type(value) == "table" then
      local items, changed = {}, false
      for i, item in ipairs(value) do
        items[i] = type(item) == "table" and given_part(field.each, item) or item
        changed = changed or not rawequal(items[i], item)
      end
      if changed then
        put(field[1], items)
      end
    end
  end
  return part or record
end

--
-- Checking.
--

-- A key of the record that nobody knows and that looks like the field that is missing.
local function misspelling(schema, record, field)
  local names = { [field[1]] = true, [snake_case(field[1])] = true }
  for key in next, record do
    if type(key) == "string" and not schema.by_spelling[key] and spelling.nearest(key, names) then
      return (": is '%s' a misspelling of it?"):format((key:gsub("%c", "?")))
    end
  end
  return ""
end

local function is_list(value)
  for key in next, value do
    if type(key) ~= "number" then
      return false
    end
  end
  return true
end

local check

local function check_table(schema, value, path, problems)
  if type(value) ~= "table" then
    add(problems, path, "must be a table, not " .. rule.show(value))
  elseif next(value) == nil then
    add(problems, path, "is required, and empty here")
  elseif is_list(value) then
    add(problems, path, "must be a table of named fields, not a list")
  else
    check(schema, value, path .. ".", problems)
  end
end

local function check_list(schema, value, path, problems)
  if type(value) ~= "table" then
    add(problems, path, "must be a list, not " .. rule.show(value))
  elseif next(value) == nil then
    add(problems, path, "must hold at least one item")
  elseif not is_list(value) then
    add(problems, path, "must be a list, not a table of named fields")
  else
    for _, i in ipairs(M.places(value)) do
      check_table(schema, value[i], ("%s[%.0f]"):format(path, i), problems)
    end
  end
end

-- Adds what is wrong with the record to `problems`, in the order of the schema.
function check(schema, record, prefix, problems)
  for _, field in ipairs(schema.checked) do
    local name, value_rule = field[1], field[2]
    local value = record[name]
    if value == nil or value == "" or rawequal(value, json.null) then
      if field.required then
        local state = value == nil and "is required" or "is required, and empty here"
        add(problems, prefix .. name, state .. misspelling(schema, record, field))
      end
    elseif field.each then
      check_list(field.each, value, prefix .. name, problems)
    elseif field.of then
      check_table(field.of, value, prefix .. name, problems)
    elseif value_rule then
      local wrong = value_rule(value)
      if wrong then
        add(problems, prefix .. name, wrong)
      end
    end
  end
end

-- Adds those of `more` whose path has no problem yet.
local function merge(problems, more)
  local known = {}
  for _, each in ipairs(problems) do
    known[each.path] = true
  end
  for _, each in ipairs(more) do
    if not known[each.path] then
      problems[#problems + 1] = each
    end
  end
end

--
-- Kinds of records.
--

local function nothing() end

--- A kind of record. `kind` has its `name` ("order"), `schema`, the field `items` that holds its
-- items, and may have `complete(record)`, which fills in what may be left out, and
-- `check(record, problems)`, for what a schema can't say.
function M.kind(kind)
  local item_schema = kind.schema.by_spelling[kind.items].each
  local complete, check_more = kind.complete or nothing, kind.check or nothing
  local class = { __name = "spreetail." .. kind.name }
  class.__index = class

  local function build(fields)
    local problems = {}
    local built = normalise(kind.schema, fields, "", problems)
    complete(built)
    return built, problems
  end

  --- What is sent for a record: it in JSON, and what of that the program gave (nil: all of it); or
  -- nil and a list of everything that is wrong with it. The record itself is left alone.
  function kind.encode(fields)
    local built, problems = build(fields)
    check(kind.schema, built, "", problems)
    check_more(built, problems)
    local body, unwritable = json.encode(built)
    merge(problems, unwritable or {})
    if #problems > 0 then
      return nil, problems
    end
    local part = given_part(kind.schema, built)
    return body, part ~= built and json.encode(part) or nil
  end

  --- Builds a record out of its fields, in either spelling.
  function kind.new(fields)
    if fields ~= nil and type(fields) ~= "table" then
      error(("spreetail.%s: the fields must be a table, not a %s"):format(kind.name, type(fields)), 2)
    end
    local built, problems = build(fields or {})
    if problems[1] then
      error(("spreetail.%s: %s %s"):format(kind.name, problems[1].path, problems[1].message), 2)
    end
    return setmetatable(built, class)
  end

  function class:add_item(fields)
    if type(fields) ~= "table" then
      error(("%s:add_item: the item must be a table, not a %s"):format(kind.name, type(fields)), 2)
    end
    local problems = {}
    local item = normalise(item_schema, fields, "", problems)
    if problems[1] then
      error(("%s:add_item: %s %s"):format(kind.name, problems[1].path, problems[1].message), 2)
    end
    local items = self[kind.items] or {}
    if type(items) ~= "table" then
      error(("%s:add_item: %s is no list but %s"):format(kind.name, kind.items, rule.show(items)), 2)
    end
    self[kind.items] = items
    table.insert(items, item)
    complete(self)
    return self
  end

  function class:validate()
    local body, problems = kind.encode(self)
    if body then
      return true
    end
    return nil, errors.validation(kind.name, problems, kind.reference(self))
  end

  --- The record's reference, for errors, where it has one.
  function kind.reference(fields)
    local name = kind.schema[1][1]
    local reference = rawget(fields, name) or rawget(fields, snake_case(name))
    return type(reference) == "string" and reference or nil
  end

  return kind
end

return M
