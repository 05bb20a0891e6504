--- The fault rules in force, shared by all workers, and how often each has been met.

local fault_rule = require "sandbox.fault_rule"
local json = require "sandbox.json"

local dict = ngx.shared.faults

local faults = {}

-- Each worker keeps the decoded rules until the version changes.
local loaded, loaded_version = {}, 0

local function load_rules()
  loaded = {}
  for id = 1, dict:get("last_id") or 0 do
    local rule = json.decode(dict:get("rule:" .. id))
    if rule then
      rule.id = id
      loaded[#loaded + 1] = rule
    end
  end
end

local function rules()
  local version = dict:get("version") or 0
  if version ~= loaded_version then
    load_rules()
    loaded_version = version
  end
  return loaded
end

local function change() assert(dict:incr("version", 1, 0)) end

--- Adds a rule (checked before) and returns its number.
function faults.add(rule)
  local id = assert(dict:incr("last_id", 1, 0))
  if rule.chance then
    rule.seed = tostring(rule.seed or ngx.md5(ngx.now() .. ":" .. id))
  end
  assert(dict:safe_set("rule:" .. id, json.encode(rule)))
  change()
  return id
end

local function forget_counts(id)
  dict:delete("seen:" .. id)
  dict:delete("fired:" .. id)
end

local function forget(id)
  forget_counts(id)
  dict:delete("rule:" .. id)
end

--- Switches a rule off, or on, and then it counts anew. Returns whether there is one of this number.
function faults.switch(id, on)
  local rule = id and json.decode(dict:get("rule:" .. id))
  if not rule then
    return false
  end
  rule.off = not on or nil
  if on then
    forget_counts(id)
  end
  assert(dict:safe_set("rule:" .. id, json.encode(rule)))
  change()
  return true
end

--- Removes one; returns whether it was there.
function faults.remove(id)
  if not id or not dict:get("rule:" .. id) then
    return false
  end
  forget(id)
  change()
  return true
end

function faults.clear()
  for _, rule in ipairs(rules()) do forget(rule.id) end
  change()
end

function faults.list()
  local list = json.list()
  for index, rule in ipairs(rules()) do
    local entry = { seen = dict:get("seen:" .. rule.id) or 0 }
    for name, value in pairs(rule) do entry[name] = value end
    entry.fired = math.min(dict:get("fired:" .. rule.id) or 0, rule.times or math.huge)
    list[index] = entry
  end
  return list
end

local function fires(rule, request)
  if not fault_rule.fits(rule, request) then
    return false
  end
  local number = assert(dict:incr("seen:" .. rule.id, 1, 0))
  if not fault_rule.wants(rule, number) then
    return false
  end
  local fired = assert(dict:incr("fired:" .. rule.id, 1, 0))
  return not rule.times or fired <= rule.times
end

--- The rules that fire for a request, in two lists: those that act before it is processed and
-- those after (nil when there are none). The first that answers by itself is the last.
function faults.matching(request)
  local before, after
  for _, rule in ipairs(rules()) do
    if fires(rule, request) then
      if rule.when == "after" then
        after = after or {}
        after[#after + 1] = rule
      else
        before = before or {}
        before[#before + 1] = rule
      end
      if fault_rule.answers(rule) then
        break
      end
    end
  end
  return before, after
end

return faults
