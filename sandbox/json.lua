--- JSON as the sandbox needs it: a strict check of what clients send, their texts kept digit by
-- digit, and an encoder that knows lists from objects and integers from fractions.

local cjson = require "cjson"
cjson.decode_invalid_numbers(false)

local json = { null = cjson.null }

local GRAMMAR = [[(?(DEFINE)
  (?<ws> [\x20\t\n\r]*+ )
  (?<string> " (?: [^"\\\x00-\x1f]++ | \\ (?: ["\\/bfnrt] | u[0-9a-fA-F]{4} ) )*+ " )
  (?<number> -? (?: 0 | [1-9][0-9]*+ ) (?: \.[0-9]++ )? (?: [eE][+-]?[0-9]++ )? )
  (?<member> (?&ws) (?&string) (?&ws) : (?&value) )
  (?<object> \{ (?: (?&member) (?: , (?&member) )*+ | (?&ws) ) \} )
  (?<array> \[ (?: (?&value) (?: , (?&value) )*+ | (?&ws) ) \] )
  (?<value> (?&ws) (?: (?&string) | (?&number) | (?&object) | (?&array) | true | false | null ) (?&ws) )
)]]

local TEXT = GRAMMAR .. [[ \A (?&value) \z ]]
local MEMBER = GRAMMAR .. [[ \G (?&ws) (?<name>(?&string)) (?&ws) : (?<content>(?&value)) ,? ]]

-- lua-cjson alone accepts numbers such as 01 and bytes that are no UTF-8.
local function is_strict(text)
  local from, _, err = ngx.re.find(text, TEXT, "joux")
  if err then
    -- Beyond the matcher's stack (very deep nesting) lua-cjson's judgement has to do.
    return not err:find("-10", 1, true), nil
  end
  return from ~= nil
end

--- The value of a text, or nil when it isn't JSON.
function json.decode(text)
  if not text or not is_strict(text) then
    return nil
  end
  local ok, value = pcall(cjson.decode, text)
  if ok then
    return value
  end
end

function json.is_object(value)
  return type(value) == "table" and (next(value) == nil or type(next(value)) == "string")
end

function json.is_list(value)
  return type(value) == "table" and (next(value) == nil or value[1] ~= nil)
end

--- The members of an object's text without its braces, less those whose names are in `unwanted`.
function json.members_without(text, unwanted)
  local position = { pos = assert(text:find("{", 1, true)) + 1 }
  local kept = {}
  while true do
    local member = ngx.re.match(text, MEMBER, "joux", position)
    if not member then
      break
    end
    local name = cjson.decode("[" .. member.name .. "]")[1]
    if not unwanted[name] then
      kept[#kept + 1] = member.name .. ":" .. member.content
    end
  end
  return table.concat(kept, ",")
end

function json.members(text)
  return text:match("^%s*{%s*(.-)%s*}%s*$")
end

local list_type = {}

--- Marks a table that is written as a list, also when it is empty.
function json.list(items)
  return setmetatable(items or {}, list_type)
end

local raw_type = {}

--- Marks a text that is JSON already.
function json.raw(text)
  return setmetatable({ text = text }, raw_type)
end

local encode

local function encode_number(number)
  if number == math.floor(number) and math.abs(number) < 2 ^ 53 then
    return ("%d"):format(number)
  end
  local short = ("%.15g"):format(number)
  return tonumber(short) == number and short or ("%.17g"):format(number)
end

local function encode_list(items)
  local texts = {}
  for index, item in ipairs(items) do texts[index] = encode(item) end
  return "[" .. table.concat(texts, ",") .. "]"
end

local function encode_object(fields)
  local names, texts = {}, {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for index, name in ipairs(names) do
    texts[index] = encode(name) .. ":" .. encode(fields[name])
  end
  return "{" .. table.concat(texts, ",") .. "}"
end

function encode(value)
  if type(value) == "number" then
    return encode_number(value)
  end
  if type(value) ~= "table" then
    return (cjson.encode(value):gsub("\\/", "/"))
  end
  local kind = getmetatable(value)
  if kind == raw_type then
    return value.text
  end
  if kind == list_type or value[1] ~= nil then
    return encode_list(value)
  end
  return encode_object(value)
end

json.encode = encode

return json
