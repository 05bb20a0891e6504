--- Records: tables in the API's keys, built from either spelling; checked all at once, filled in and
-- written when they are sent.
--
-- A schema is a list of fields, each { name, rule } and what else is to be known of it:
--   required  it must be there
--   filled    it is filled in where it is left out
--   dropped   it is the server's, and never sent
--   date      seconds since the epoch may stand for its text
--   of        the schema of the table in it
--   each      the schema of every item of the list in it
--   unique    no two items of a list may have the same
-- The API's name is the key in a record; a program may also use its snake_case (`ReferenceNumber`,
-- `reference_number`). A key that no field has passes as it is. In a schema that says `inferred`, nobody
-- knows whether the names are right, so what looks like one of them passes, too.
--
-- Problems are a list of {path=, message=}. A function that looks into a table finds problems without
-- knowing where the table stands; whoever called it puts the place in front, where there are any.

local check_dot = require "spreetail.dot"
local errors = require "spreetail.error"
local json = require "spreetail.json"
local rule = require "spreetail.rule"
local spelling = require "spreetail.spelling"

local M = {}

--- ReferenceNumber -> reference_number, SKU -> sku, PO_REFERENCE -> po_reference
local function snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):lower())
end

-- A name without what is misspelt most often: capitals and underscores.
local function letters(name)
  return (name:gsub("_", ""):lower())
end

--- A schema out of the list of its fields, which it stays: with each field by either spelling, and by its
-- letters where it is sure to be meant by them.
function M.schema(fields)
  fields.by_spelling, fields.by_letters = {}, {}
  for _, field in ipairs(fields) do
    fields.by_spelling[field[1]] = field
    fields.by_spelling[snake_case(field[1])] = field
    local is_documented = field[2] or field.required or field.filled
    if is_documented and not fields.inferred then
      fields.by_letters[letters(field[1])] = field
    end
  end
  return fields
end

--
-- Problems.
--

local function add(problems, path, message)
  problems[#problems + 1] = { path = path, message = message }
end

-- Puts the key of the table that they are in before the paths of all problems after the first `count`.
local function locate(problems, count, key)
  for i = count + 1, #problems do
    local place = type(key) == "string" and key or ("[%s]"):format(json.show_key(key))
    local path = problems[i].path
    local is_further_in = path ~= "" and path:sub(1, 1) ~= "["
    problems[i].path = place .. (is_further_in and "." or "") .. path
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
-- Spelling.
--

local spell

local function spell_list(schema, list, problems)
  local records = json.is_array(list) and json.array {} or {}
  for key, item in next, list do
    local count = #problems
    records[key] = spell(schema, item, problems)
    locate(problems, count, key)
  end
  return records
end

local function spell_value(field, value, problems)
  if field.of then
    return spell(field.of, value, problems)
  elseif field.each and type(value) == "table" then
    return spell_list(field.each, value, problems)
  elseif field.date then
    return rule.to_date(value)
  end
  return value
end

-- A copy of what the program gave, in the API's keys; tables that the schema doesn't know are not
-- copied. A field that is given in two spellings is a problem.
function spell(schema, given, problems)
  if type(given) ~= "table" then
    return given
  end
  local record = {}
  for key, value in next, given do
    local field = schema.by_spelling[key]
    if not field then
      record[key] = value
    elseif not field.dropped then
      local name, count = field[1], #problems
      if record[name] ~= nil then
        add(problems, "", ("is given twice, as '%s' and as '%s'"):format(name, snake_case(name)))
      end
      record[name] = spell_value(field, value, problems)
      locate(problems, count, name)
    end
  end
  return record
end

--
-- Checking.
--

-- Keys of the record that nobody knows, but for their capitals and underscores, by the field that they
-- mean; nil: there are none.
local function misspelt_keys(schema, record)
  local keys
  for key in next, record do
    local is_unknown = type(key) == "string" and not schema.by_spelling[key]
    local field = is_unknown and schema.by_letters[letters(key)]
    if field then
      keys = keys or {}
      keys[field] = key
    end
  end
  return keys
end

-- A key of the record that nobody knows and that looks like the field that is missing.
local function misspelling(schema, record, field)
  local names = { [letters(field[1])] = true }
  for key in next, record do
    if type(key) == "string" and not schema.by_spelling[key] and spelling.nearest(letters(key), names) then
      return (": is %s a misspelling of it?"):format(rule.show(key))
    end
  end
  return ""
end

-- How a field is to be spelt.
local function spelt(field)
  local name, short = field[1], snake_case(field[1])
  return name == short and name or name .. " or " .. short
end

-- "empty" or "null" for what stands there and says nothing.
local function nothing_in(field, value)
  if rawequal(value, json.null) then
    return "null"
  elseif value == "" or (field.of and type(value) == "table" and next(value) == nil) then
    return "empty"
  end
end

-- Whether all keys of the table, which has some, are numbers.
local function is_list(value)
  for key in next, value do
    if type(key) ~= "number" then
      return false
    end
  end
  return next(value) ~= nil
end

-- The places of a list that are taken, in order. There may be holes between them.
local function places(list)
  local taken = {}
  for key in next, list do
    if key >= 1 and key % 1 == 0 then
      taken[#taken + 1] = key
    end
  end
  table.sort(taken)
  return taken
end

local check

local function check_table(schema, value, problems)
  if type(value) ~= "table" then
    add(problems, "", ("must be a table such as { %s = ... }, not %s"):format(schema[1][1], rule.show(value)))
  elseif is_list(value) then
    add(problems, "", "must be a table of named fields, not a list")
  else
    check(schema, value, problems)
  end
end

local function check_unique(name, list, problems)
  local first = {} -- place of each value
  for _, i in ipairs(places(list)) do
    local value = type(list[i]) == "table" and list[i][name]
    if type(value) == "string" and first[value] then
      add(problems, ("[%.0f].%s"):format(i, name), ("is %s, as in item %.0f: each item needs its own"):format(
        rule.show(value), first[value]))
    elseif type(value) == "string" and value ~= "" then
      first[value] = i
    end
  end
end

local function check_list(schema, value, problems)
  if type(value) ~= "table" then
    add(problems, "", "must be a list, not " .. rule.show(value))
  elseif next(value) == nil then
    add(problems, "", "must hold at least one item")
  elseif not is_list(value) then
    add(problems, "", "must be a list, not a table of named fields")
  else
    for _, i in ipairs(places(value)) do
      local count = #problems
      check_table(schema, value[i], problems)
      locate(problems, count, i)
    end
    for _, field in ipairs(schema) do
      if field.unique then
        check_unique(field[1], value, problems)
      end
    end
  end
end

local function check_value(field, value, problems)
  local value_rule = field[2]
  if field.each then
    check_list(field.each, value, problems)
  elseif field.of then
    check_table(field.of, value, problems)
  elseif value_rule then
    local wrong = value_rule(value)
    if wrong then
      add(problems, "", wrong)
    end
  end
end

-- Adds what is wrong with the record to `problems`, in the order of the schema.
function check(schema, record, problems)
  local misspelt = misspelt_keys(schema, record)
  for _, field in ipairs(schema) do
    local name, count = field[1], #problems
    local value = record[name]
    local nothing = nothing_in(field, value)
    if misspelt and misspelt[field] then
      add(problems, "", ("is given as %s: write %s"):format(rule.show(misspelt[field]), spelt(field)))
    elseif value == nil and field.required then
      add(problems, "", "is required" .. misspelling(schema, record, field))
    elseif nothing and field.required then
      add(problems, "", ("is required, and %s here"):format(nothing))
    elseif nothing and field.filled then
      add(problems, "", ("is %s: give it, or leave it out and it is filled in"):format(nothing))
    elseif value ~= nil and not nothing then
      check_value(field, value, problems)
    end
    locate(problems, count, name)
  end
end

--
-- Kinds of records.
--

local function nothing_to_fill() end

-- Raises at the program's line.
local function check_colon(kind, method, is_colon)
  if not is_colon then
    error(("%s:%s(...) is to be called with a colon, on %s"):format(kind.name, method, kind.one), 3)
  end
end

-- The fields in the API's spelling. A mistake is raised on behalf of `subject`, at its caller's line.
local function build(subject, schema, fields)
  local problems = {}
  local record = spell(schema, fields, problems)
  if problems[1] then
    error(("%s: %s %s"):format(subject, problems[1].path, problems[1].message), 3)
  end
  return record
end

local function add_methods(class, kind)
  local item_schema = kind.schema.by_spelling[kind.items].each

  function class:add_item(fields)
    check_colon(kind, "add_item", type(self) == "table" and (fields ~= nil or getmetatable(self) == class))
    local subject = kind.name .. ":add_item"
    if type(fields) ~= "table" then
      error(("%s: the item must be a table, not %s"):format(subject, rule.show(fields)), 2)
    end
    local items = self[kind.items] or {}
    if type(items) ~= "table" then
      error(("%s: %s must be a list, not %s"):format(subject, kind.items, rule.show(items)), 2)
    end
    table.insert(items, build(subject, item_schema, fields))
    self[kind.items] = items
    return self
  end

  function class:json()
    check_colon(kind, "json", type(self) == "table")
    local body, problems = kind.encode(self)
    if body then
      return body
    end
    return nil, errors.validation(kind.name, problems, kind.reference(self))
  end

  function class:validate()
    check_colon(kind, "validate", type(self) == "table")
    local body, err = class.json(self)
    if body then
      return true
    end
    return nil, err
  end
end

--- A kind of record. `kind` has its `name` ("order"), how to call `one` of them ("an order"), the
-- `constructor` that programs call ("spreetail.order"), the `schema`, the field `items` that holds
-- items, and may have `fill(record)`, which fills in what was left out of a record that is good, and
-- may return what is to be known of that.
function M.kind(kind)
  local fill = kind.fill or nothing_to_fill
  local class = { __name = kind.constructor }
  class.__index = class
  add_methods(class, kind)

  --- What is sent for a record, which itself is left alone: its JSON text, filled in, and what `fill`
  -- returned; or nil and a list of everything that is wrong with what was given.
  function kind.encode(fields)
    if is_list(fields) then
      return nil, { { path = "", message = kind.one .. " can't be a list" } }
    end
    local problems = {}
    local record = spell(kind.schema, fields, problems)
    check(kind.schema, record, problems)
    local unwritable
    if #problems == 0 then
      local body
      local note = fill(record)
      body, unwritable = json.encode(record)
      if body then
        return body, note
      end
      record = spell(kind.schema, fields, {}) -- what we have filled in is not the program's fault
    end
    local _, found = json.encode(record)
    merge(problems, found or unwritable or {})
    return nil, problems
  end

  --- Builds a record out of its fields, in either spelling.
  function kind.new(fields)
    if fields ~= nil and type(fields) ~= "table" then
      error(("%s: the fields must be a table, not %s"):format(kind.constructor, rule.show(fields)), 2)
    end
    check_dot(kind.constructor:match "%w+$", kind.new, fields, 2)
    return setmetatable(build(kind.constructor, kind.schema, fields or {}), class)
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
