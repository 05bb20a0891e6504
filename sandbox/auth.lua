--- POST /auth/login, and the check of the token that every other endpoint wants.

local answer = require "sandbox.answer"
local json = require "sandbox.json"
local settings = require "sandbox.settings"
local stats = require "sandbox.stats"
local token = require "sandbox.token"

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
    return answer.failure(401, "Invalid credentials")
  end
  stats.count("logins")
  return answer.success(login_data())
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
