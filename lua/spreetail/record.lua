--- Records: tables in the API's keys, built from either spelling; filled in, checked all at once and
-- written when they are sent.
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

--- A schema out of the list of its fields, which it stays: with each field by either spelling, and
-- those that have to be checked.
function M.schema(fields)
  fields.by_spelling, fields.checked = {}, {}
  for _, field in ipairs(fields) do
    fields.by_spelling[field[1]] = field
    fields.by_spelling[snake_case(field[1])] = field
    if field[2] or field.required or field.of or field.each then
      table.insert(fields.checked, field)
    end
  end
  return fields
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

local function add(problems, path, message)
  problems[#problems + 1] = { path = path, message = message }
end

--
-- Spelling.
--

local spell

local function spell_list(schema, list, path, problems)
  local is_marked = rawequal(getmetatable(list), array_metatable)
  local records = setmetatable({}, is_marked and array_metatable or nil)
  for key, item in next, list do
    records[key] = spell(schema, item, ("%s[%s]."):format(path, json.show_key(key)), problems)
  end
  return records
end

local function spell_value(field, value, path, problems)
  if field.of then
    return spell(field.of, value, path .. ".", problems)
  elseif field.each and type(value) == "table" then
    return spell_list(field.each, value, path, problems)
  elseif field.date then
    return rule.to_date(value)
  end
  return value
end

-- A copy of what the program gave, in the API's keys; tables that the schema doesn't know are not
-- copied. A field that is given in two spellings is a problem.
function spell(schema, given, prefix, problems)
  if type(given) ~= "table" then
    return given
  end
  local record = {}
  for key, value in next, given do
    local field = type(key) == "string" and schema.by_spelling[key]
    if field then
      local name = field[1]
      if record[name] ~= nil then
        add(problems, prefix .. name, ("is given twice, as '%s' and as '%s'"):format(name, snake_case(name)))
      end
      record[name] = spell_value(field, value, prefix .. name, problems)
    else
      record[key] = value
    end
  end
  return record
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
-- items, and may have `fill(record)`, which fills in what was left out and may return what is to be
-- known of that, and `check(record, problems)`, for what a schema can't say.
function M.kind(kind)
  local item_schema = kind.schema.by_spelling[kind.items].each
  local fill, check_more = kind.fill or nothing, kind.check or nothing
  local class = { __name = "spreetail." .. kind.name }
  class.__index = class

  --- What is sent for a record, which itself is left alone: its JSON text, filled in, and what `fill`
  -- returned; or nil and a list of everything that is wrong with it.
  function kind.encode(fields)
    local problems = {}
    local record = spell(kind.schema, fields, "", problems)
    local note = fill(record)
    check(kind.schema, record, "", problems)
    check_more(record, problems)
    local body, unwritable = json.encode(record)
    merge(problems, unwritable or {})
    if #problems > 0 then
      return nil, problems
    end
    return body, note
  end

  -- The fields in the API's spelling. A mistake is raised on behalf of `name`, at its caller's line.
  local function build(name, of, fields)
    local problems = {}
    local record = spell(of, fields, "", problems)
    if problems[1] then
      error(("%s: %s %s"):format(name, problems[1].path, problems[1].message), 3)
    end
    return record
  end

  --- Builds a record out of its fields, in either spelling.
  function kind.new(fields)
    local name = "spreetail." .. kind.name
    if fields ~= nil and type(fields) ~= "table" then
      error(("%s: the fields must be a table, not a %s"):format(name, type(fields)), 2)
    end
    return setmetatable(build(name, kind.schema, fields or {}), class)
  end

  function class:add_item(fields)
    local name = kind.name .. ":add_item"
    if type(fields) ~= "table" then
      error(("%s: the item must be a table, not a %s"):format(name, type(fields)), 2)
    end
    local item = build(name, item_schema, fields)
    local items = self[kind.items] or {}
    if type(items) ~= "table" then
      error(("%s: %s is no list but %s"):format(name, kind.items, rule.show(items)), 2)
    end
    self[kind.items] = items
    table.insert(items, item)
    return self
  end

  function class:json()
    local body, problems = kind.encode(self)
    if body then
      return body
    end
    return nil, errors.validation(kind.name, problems, kind.reference(self))
  end

  function class:validate()
    local body, err = class.json(self)
    if body then
      return true
    end
    return nil, err
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
