--- POST /auth/login, and the check of the token that every other endpoint wants.

local answer = require "sandbox.answer"
local json = require "sandbox.json"
local settings = require "sandbox.settings"
local stats = require "sandbox.stats"
local token = require "sandbox.token"
local traffic = require "sandbox.traffic"

local auth = {}

local client_id, client_secret

function auth.set_credentials(id, secret) client_id, client_secret = id, secret end

-- Tests change parts of the answer, to see what a client makes of it.
local function login_data()
  local life = settings.token_life()
  local changes = settings.login()
  local data = { access_token = changes.token or token.issue(client_id, life), client_id = client_id }
  data.expires_in = changes.expires_in == nil and life or changes.expires_in
  if changes.client_id == false then
    data.client_id = nil
  end
  for _, name in ipairs(changes.omit or {}) do data[name] = nil end
  return data
end

local SHOWN = 6 -- characters of what must not be shown whole

local function end_of(text)
  return type(text) == "string" and #text > 4 * SHOWN and "…" .. text:sub(-SHOWN) or "…"
end

-- An identifier that isn't ours may be a secret in the wrong place.
local function shown_identifier(id)
  return id == client_id and id or tostring(id):sub(1, SHOWN) .. "…"
end

local function tell_login(id, data)
  traffic.login(json.encode {
    at = ngx.now(), client_id = shown_identifier(id), ok = data ~= nil,
    token = data and end_of(data.access_token),
    expires = data and ngx.now() + settings.token_life(), generation = settings.generation(),
  })
end

function auth.login(request)
  local object = request:object()
  if not object then
    return answer.failure(400, "Request body is not a JSON object")
  end
  for _, field in ipairs { "client_id", "client_secret" } do
    if object[field] == nil or object[field] == json.null then
      return answer.refusal(field, field .. " is required")
    end
  end
  if object.client_id ~= client_id or object.client_secret ~= client_secret then
    stats.count("login_failures")
    tell_login(object.client_id)
    return answer.failure(401, "Invalid credentials")
  end
  stats.count("logins")
  local data = login_data()
  tell_login(client_id, data)
  return answer.success(data)
end

--- The answer that refuses the request, or nil when its token is good.
function auth.refuse()
  local header = ngx.var.http_authorization
  local problem
  if not header or header == "" then
    problem = "Authorization header is required"
  else
    local text = header:match("^Bearer ([^%s]+)$")
    if text and token.is_valid(text) then
      return nil
    end
    problem = "Invalid or expired token"
  end
  stats.count("unauthorized")
  return answer.failure(401, problem)
end

return auth
