-- The reference against the code: nothing public without an entry, no entry without code behind it,
-- and what is generated is what would be generated now.

local example = require "spec.examples.example"
local read = require("spec.files").read
local order = require "spreetail.order"
local inbound = require "spreetail.inbound"
local option = require "spreetail.options"
local outbox = require "spreetail.outbox"
local sandbox = require "spec.lua.sandbox"
local skus = require "spreetail.sku"
local spreetail = require "spreetail"

local reference = dofile "docs/reference.lua"

local function by_name(list)
  local found = {}
  for _, entry in ipairs(list) do
    found[entry.name] = entry
  end
  return found
end

local objects, options = by_name(reference.objects), by_name(reference.options)
local records, choices = by_name(reference.records), by_name(reference.choices)

-- The first words of a list of entries, as a set.
local function first_words(list, into)
  local set = into or {}
  for _, entry in ipairs(list or {}) do
    assert(not set[entry[1]], entry[1] .. " is there twice")
    set[entry[1]] = true
  end
  return set
end

local function public_keys(map)
  local set = {}
  for key in pairs(map) do
    if type(key) == "string" and not key:find "^__" then
      set[key] = true
    end
  end
  return set
end

-- The methods that one part of the library calls in another, as the comment before each says.
local function internal_methods(object)
  local found = { getmetatable(object).__name == "spreetail.future" and "new" or nil }
  local comment = ""
  for line in read "lua/spreetail/client.lua":gmatch "[^\n]*" do
    local name = line:match "^function Client:(%w+)"
    if name and comment:find "this library's parts" then
      found[#found + 1] = name
    end
    comment = line:match "^%-%-" and comment .. line:match "^%-+(.*)" or ""
  end
  return found
end

-- What matches a pattern within the function (or table) of that name in those sources, as a set.
local function words_in(directory, name, pattern)
  local pipe = assert(io.popen("cat " .. directory .. "/*.c"))
  local body = assert(pipe:read "*a":match(name .. "[^\n;]*{\n(.-)\n}"), name)
  pipe:close()
  local set = {}
  for word in body:gmatch(pattern) do
    set[word] = true
  end
  return set
end

local function pushed(name)
  return words_in("src/lua", name, 'L, %-?%d?,? ?"([%w_]+)"')
end

describe("docs/reference.lua", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client()
  end)

  after_each(function()
    client:close()
  end)

  it("has the module", function()
    local object = objects.spreetail
    assert.same(public_keys(spreetail), first_words(object.fields, first_words(object.functions)))
    assert.same(public_keys(outbox), first_words(objects["spreetail.outbox"].functions))
  end)

  it("has the methods of every object", function()
    local future = client.async:get_order "NONE"
    local walk = client:each_sku()
    local box = outbox.open { path = ":memory:" }
    for name, value in pairs {
      ["spreetail.client"] = client, ["spreetail.future"] = future, ["spreetail.walk"] = walk,
      ["spreetail.order"] = spreetail.order(), ["spreetail.inbound"] = spreetail.inbound(),
      ["spreetail.box"] = box, ["spreetail.worker"] = box:worker { client = client },
    } do
      local methods = public_keys(getmetatable(value).__index)
      for _, internal in ipairs(internal_methods(value)) do
        methods[internal] = nil
      end
      assert.same(methods, first_words(objects[name].functions), name)
    end
    walk:close()
    box:close()
  end)

  it("has the methods that return futures", function()
    local async = {}
    for _, fn in ipairs(objects["spreetail.client"].functions) do
      async[fn[1]] = fn.async
    end
    assert.same(public_keys(getmetatable(client.async).__index), async)
  end)

  it("has every option", function()
    local call = first_words(options["spreetail.call_options"])
    for name, rules in pairs(option) do
      if type(rules) == "table" then
        local set = assert(options["spreetail." .. name .. "_options"], name)
        local entries = first_words(set)
        if set.extends then
          for each in pairs(call) do
            entries[each] = true
          end
        end
        assert.same(public_keys(rules), entries, name)
      end
    end
    for name in pairs(options) do
      assert.is_table(option[name:match "^spreetail%.(.*)_options$"], name)
    end
  end)

  it("names options, kinds and types that exist", function()
    local kinds = first_words(choices["spreetail.kind"])
    for _, object in pairs(objects) do
      for _, fn in ipairs(object.functions or {}) do
        assert.is_true(fn.options == nil or options[fn.options] ~= nil, fn[1])
        for _, kind in ipairs(type(fn.errors) == "table" and fn.errors or {}) do
          assert.is_true(kinds[kind], fn[1])
        end
      end
    end
    for _, kind in ipairs(reference.call_errors) do
      assert.is_true(kinds[kind], kind)
    end
    local source = read "docs/reference.lua":gsub("spreetail.d.lua", "")
    for name in source:gmatch "%f[%w]spreetail%.([%w_]+)[^%w_(`]" do
      local full = "spreetail." .. name
      assert.is_truthy(objects[full] or options[full] or records[full] or choices[full], full)
    end
  end)

  it("has every kind of error, outcome and type of event", function()
    local kinds = words_in("src/core", "kind_names%[%] = ", '"([%l_]+)"')
    kinds.ok, kinds.database = nil, true -- that one is the outbox's, of which the core knows nothing
    assert.same(kinds, first_words(choices["spreetail.kind"]))
    assert.same(words_in("src/core", "spreetail_outcome_name", '= "([%l_]+)"'),
      first_words(choices["spreetail.outcome"]))
    local events = words_in("src/core", "spreetail_event_name", '= "([%l_]+)"')
    events.trace = nil -- goes to on_trace
    assert.same(events, first_words(choices["spreetail.event_type"]))
  end)

  it("has every field of errors, responses, events and statistics", function()
    local error_fields = pushed "push_error"
    for name in pairs(words_in("src/lua", "push_failure", 'L, %-2, "([%w_]+)"')) do
      error_fields[name] = true
    end
    assert.same(error_fields, first_words(records["spreetail.error"]))
    local response_fields = pushed "push_response"
    response_fields.headers = true -- which is made when somebody looks at it
    assert.same(response_fields, first_words(records["spreetail.response"]))
    assert.same(pushed "push_event", first_words(records["spreetail.event"]))
    assert.same(public_keys(client:stats()), first_words(records["spreetail.stats"]))
    assert.same(public_keys(client:create_orders {}), first_words(records["spreetail.summary"]))
  end)

  -- A table with what a record says must be there.
  local function shaped(name)
    local value = {}
    for _, field in ipairs(records[name]) do
      value[field[1]] = field.required and function() end or nil
    end
    return value
  end

  it("has the shapes of a token store and of a loop", function()
    for name, rule in pairs {
      ["spreetail.token_store"] = option.client.token_store, ["spreetail.loop"] = option.client.loop,
    } do
      local is_good = rule[1]
      assert.is_true(is_good(shaped(name)), name)
      for field in pairs(shaped(name)) do
        local value = shaped(name)
        value[field] = nil
        assert.is_falsy(is_good(value), name .. " without " .. field)
      end
    end
    assert.same(public_keys(getmetatable(require("spreetail.loop.block").waiter(client)).__index),
      first_words(records["spreetail.waiter"]))
  end)

  it("has the operators of errors, for editors", function()
    local function said(record)
      local set = {}
      for _, operator in ipairs(record.operators or {}) do
        set[operator:match "^%l+"] = true
      end
      return set
    end
    local meta = getmetatable(select(2, spreetail.order():validate()))
    meta = { concat = meta.__concat and true, call = meta.__call and true, len = meta.__len and true }
    assert.same(meta, said(records["spreetail.error"]))
    assert.matches("\n%-%-%-@operator concat%(any%): string\n", read "lua-stubs/spreetail.d.lua")
  end)

  it("has every field of what is sent, and knows which are required, and which are filled in", function()
    local function field_of(schema, name)
      for _, field in ipairs(schema) do
        if field[1] == name then
          return field
        end
      end
    end
    for name, schema in pairs {
      ["spreetail.order_fields"] = order.schema,
      ["spreetail.order_item"] = field_of(order.schema, "OrderItems").each,
      ["spreetail.address"] = field_of(order.schema, "DeliveryAddress").of,
      ["spreetail.inbound_fields"] = inbound.schema,
      ["spreetail.inbound_item"] = field_of(inbound.schema, "items").each,
      ["spreetail.sku_item"] = field_of(skus.delete.schema, "items").each,
    } do
      assert.same(first_words(schema), first_words(records[name]), name)
      for i, field in ipairs(schema) do
        assert.equal(field[1], records[name][i][1])
        assert.equal(field.required, records[name][i].required, field[1])
        assert.equal(field.filled and true, records[name][i].default and true, field[1])
      end
    end
  end)

  it("gives the defaults that the core has", function()
    for name in pairs(option.client) do
      local entry
      for _, each in ipairs(options["spreetail.client_options"]) do
        entry = each[1] == name and each or entry
      end
      local comment = read "src/core/spreetail.h":match("%s" .. name .. ";%s*/%*([^\n]*)") or ""
      local said = comment:match "%((%d+)%)" or comment:match "%(negative: (%d+)%)"
      if said then
        assert.equal(said, entry.default, name)
      end
    end
  end)

  it("is what the page and the stubs were made of", function()
    local directory = os.tmpname()
    os.remove(directory)
    os.execute(("mkdir -p %s/docs %s/lua-stubs && dev/reference %s"):format(directory, directory, directory))
    for _, name in ipairs { "docs/reference.md", "lua-stubs/spreetail.d.lua" } do
      assert.is_true(read(directory .. "/" .. name) == read(name), name .. " is stale: run `make reference`")
    end
    os.execute("rm -r " .. directory)
  end)
end)

example.on_each_lua(function(lua)
  describe("lua-stubs/spreetail.d.lua on " .. lua, function()
    it("loads, and has what the module has", function()
      local output, errors, status = example.run(lua, "spec/docs/stubs.lua")
      assert.same({ "good\n", "", 0 }, { output, errors, status })
    end)
  end)
end)
