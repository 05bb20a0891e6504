--- What a test may set about the server as a whole, shared by all workers.

local json = require "sandbox.json"

local dict = ngx.shared.settings

local settings = {}

local DEFAULT_TOKEN_LIFE = 86400

--- Tokens carry the generation in which they were issued; only the current one is accepted.
function settings.generation() return dict:get("generation") or 0 end

function settings.revoke_tokens() assert(dict:incr("generation", 1, 0)) end

function settings.token_life() return dict:get("token_life") or DEFAULT_TOKEN_LIFE end

--- A claim that makes tokens long, as a server's own claims may.
function settings.token_padding()
  local size = dict:get("token_padding")
  return size and ("x"):rep(size)
end

--- How the answer to a login differs from the documented one.
function settings.login() return json.decode(dict:get("login")) or {} end

--- Are all answers compressed for clients that accept it?
function settings.compress() return dict:get("compress") end

--- Requests a second beyond which the API answers 429.
function settings.rate() return dict:get("rate") end

function settings.inventory_dialect() return dict:get("inventory_dialect") or "doc" end

function settings.reset()
  for _, name in ipairs { "token_life", "token_padding", "login", "compress", "rate", "inventory_dialect" } do
    dict:delete(name)
  end
  settings.revoke_tokens()
end

local function store(name, value)
  assert(dict:safe_set(name, value))
end

local function is_boolean(value) return type(value) == "boolean" end
local function is_positive(value) return type(value) == "number" and value > 0 end
local function is_rate(value) return value == json.null or is_positive(value) end
local function is_dialect(value) return value == "doc" or value == "old" end

local SETTERS = {
  revoke = { is_boolean, function(wanted) if wanted then settings.revoke_tokens() end end },
  token_life = { is_positive, function(seconds) store("token_life", seconds) end },
  token_padding = { is_positive, function(bytes) store("token_padding", bytes) end },
  login = { json.is_object, function(changes) store("login", json.encode(changes)) end },
  compress = { is_boolean, function(wanted) store("compress", wanted) end },
  rate = { is_rate, function(rate) store("rate", rate ~= json.null and rate or nil) end },
  inventory_dialect = { is_dialect, function(name) store("inventory_dialect", name) end },
}

function settings.is_setting(name) return SETTERS[name] ~= nil end

--- What is wrong with these changes, or nil.
function settings.problem(changes)
  for name, value in pairs(changes) do
    local setter = SETTERS[name]
    if not setter then
      return "unknown setting: " .. tostring(name)
    end
    if not setter[1](value) then
      return "bad value of setting " .. name
    end
  end
end

function settings.apply(changes)
  for name, value in pairs(changes) do SETTERS[name][2](value) end
end

return settings
