--- Records: tables in the API's keys, built from either spelling; checked all at once, filled in and
-- written when they are sent. The walks over them are core's; this says what they walk by, and puts what is
-- wrong into words.
--
-- A schema is a list of fields, each { name, rule } and what else is to be known of it:
--   required  it must be there
--   filled    what it is filled in with where it is left out: the "clock"; "another" field, its `source`,
--             which stands before it; a "word", always the same; the next number of a "line" in the list
--   dropped   it is the server's, and never sent
--   date      seconds since the epoch may stand for its text
--   of        the schema of the table in it
--   each      the schema of every item of the list in it
--   unique    no two items of a list may have the same
-- The API's name is the key in a record; a program may also use its snake_case (`ReferenceNumber`,
-- `reference_number`). A key that no field has passes as it is. In a schema that says `inferred`, nobody
-- knows whether the names are right, so what looks like one of them passes, too.
--
-- Problems are a list of {path=, message=}.

local check_dot = require "spreetail.dot"
local core = require "spreetail.core"
local errors = require "spreetail.error"
local rule = require "spreetail.rule"
local spelling = require "spreetail.spelling"

local M = {}

--- ReferenceNumber -> reference_number, SKU -> sku, PO_REFERENCE -> po_reference
local function snake_case(name)
  return (name:gsub("(%l)(%u)", "%1_%2"):lower())
end

--- A schema out of the list of its fields, which it stays, ready to walk by.
function M.schema(fields)
  for _, field in ipairs(fields) do
    field.short = snake_case(field[1])
  end
  fields.compiled = core.schema(fields)
  return fields
end

--
-- Problems.
--

-- A name without what is misspelt most often: capitals and underscores.
local function letters(name)
  return (name:gsub("_", ""):lower())
end

-- Of the keys of a record that no field has, one that looks like the field that is missing.
local function misspelling(strangers, path)
  local names = { [letters(path:match "[^.]*$")] = true }
  for _, key in ipairs(strangers) do
    if spelling.nearest(letters(key), names) then
      return (": is %s a misspelling of it?"):format(rule.show(key))
    end
  end
  return ""
end

-- A problem as the walk has found it, in words.
local function put_into_words(found)
  local message = found.message
  if found.value ~= nil then
    message = message:format(rule.show(found.value))
  elseif found.strangers then
    message = message .. misspelling(found.strangers, found.path)
  end
  return { path = found.path, message = message }
end

local function by_path(a, b)
  return a.path < b.path
end

-- What is wrong, as one list. What JSON can't hold is left out where something else is wrong with it.
local function arrange(twice, wrong, unwritable)
  local problems, known = {}, {}
  for _, list in ipairs { twice or {}, wrong or {} } do
    for _, found in ipairs(list) do
      problems[#problems + 1] = put_into_words(found)
      known[found.path] = true
    end
  end
  table.sort(unwritable or {}, by_path)
  for _, found in ipairs(unwritable or {}) do
    problems[#problems + 1] = not known[found.path] and found or nil
  end
  return problems
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

--
-- Kinds of records.
--

local Written = {}

-- Raises at the program's line.
local function check_colon(kind, method, is_colon)
  if not is_colon then
    error(("%s:%s(...) is to be called with a colon, on %s"):format(kind.name, method, kind.one), 3)
  end
end

-- The fields in the API's spelling. A mistake is raised on behalf of `subject`, at its caller's line.
local function build(subject, spell, fields)
  local record, twice = spell(fields)
  if not record then
    error(("%s: %s %s"):format(subject, twice[1].path, twice[1].message), 3)
  end
  return record
end

local function add_methods(class, kind)
  local spell_item = core.speller(kind.item.compiled)
  local add_item = kind.name .. ":add_item"

  function class:add_item(fields)
    check_colon(kind, "add_item", type(self) == "table" and (fields ~= nil or getmetatable(self) == class))
    if type(fields) ~= "table" then
      error(("%s: the item must be a table, not %s"):format(add_item, rule.show(fields)), 2)
    end
    local items = self[kind.items] or {}
    if type(items) ~= "table" then
      error(("%s: %s must be a list, not %s"):format(add_item, kind.items, rule.show(items)), 2)
    end
    table.insert(items, build(add_item, spell_item, fields))
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
-- items, and the schema of an `item`.
function M.kind(kind)
  local encode, spell = core.encoder(kind.schema.compiled), core.speller(kind.schema.compiled)
  local name, short = kind.schema[1][1], kind.schema[1].short
  local constructor = kind.constructor:match "%w+$"
  local class = { __name = kind.constructor }
  class.__index = class
  add_methods(class, kind)

  --- A record whose text was made before, by `encode`: what is sent for it is that text.
  function kind.written(body, reference, from_clock)
    return setmetatable({ [name] = reference, body = body, from_clock = from_clock }, Written)
  end

  local function problems_of(fields, twice, wrong, unwritable)
    if is_list(fields) then
      return { { path = "", message = kind.one .. " can't be a list" } }
    end
    return arrange(twice, wrong, unwritable)
  end

  --- What is sent for a record, which itself is left alone: its JSON text, filled in, and whether a date
  -- in it is from the clock; or nil and a list of everything that is wrong with what was given.
  function kind.encode(fields)
    local body, second, wrong, unwritable = encode(fields)
    if body then
      return body, second
    end
    return nil, problems_of(fields, second, wrong, unwritable)
  end

  --- Sends that by the core's client, as `request` and `options` say. Returns the call; or nil and an error
  -- of kind `validation`.
  function kind.send(fields, core_client, request, options)
    if getmetatable(fields) == Written then
      return core_client:start(request, fields.body, fields[name], options, fields.from_clock)
    end
    local call, twice, wrong, unwritable = encode(fields, core_client, request, options)
    if call then
      return call
    end
    local problems = problems_of(fields, twice, wrong, unwritable)
    local reference = kind.reference(fields)
    local subject = reference and kind.name .. " " .. rule.show(reference) or kind.name
    return nil, errors.validation(subject, problems, reference)
  end

  --- Builds a record out of its fields, in either spelling.
  function kind.new(fields)
    if fields ~= nil and type(fields) ~= "table" then
      error(("%s: the fields must be a table, not %s"):format(kind.constructor, rule.show(fields)), 2)
    end
    check_dot(constructor, kind.new, fields, 2)
    return setmetatable(build(kind.constructor, spell, fields or {}), class)
  end

  --- The record's reference, for errors, where it has one.
  function kind.reference(fields)
    local reference = rawget(fields, name) or rawget(fields, short)
    return type(reference) == "string" and reference or nil
  end

  return kind
end

return M
