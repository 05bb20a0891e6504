--- Tokens: JSON Web Tokens signed with HS256 by a key that lives as long as this sandbox.

local ffi = require "ffi"
local base64 = require "ngx.base64"
local json = require "sandbox.json"
local settings = require "sandbox.settings"

ffi.cdef [[
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *digest, const void *key, int key_length, const char *bytes,
                      size_t length, unsigned char *out, unsigned int *out_length);
]]

local token = {}

local HEADER = base64.encode_base64url('{"alg":"HS256","typ":"JWT"}')
local key
local out, out_length = ffi.new("unsigned char[64]"), ffi.new("unsigned int[1]")

function token.set_key(bytes) key = bytes end

local function sign(text)
  local made = ffi.C.HMAC(ffi.C.EVP_sha256(), key, #key, text, #text, out, out_length)
  assert(made ~= nil, "HMAC failed")
  return base64.encode_base64url(ffi.string(out, out_length[0]))
end

local function unique_id()
  local number = assert(ngx.shared.settings:incr("token_number", 1, 0))
  return ngx.md5(key .. number)
end

function token.issue(client_id, life)
  local now = ngx.now()
  local payload = base64.encode_base64url(json.encode {
    client_id = client_id, iat = now, exp = now + life, jti = unique_id(),
    generation = settings.generation(), padding = settings.token_padding(),
  })
  local signed = HEADER .. "." .. payload
  return signed .. "." .. sign(signed)
end

function token.is_valid(text)
  local signed, payload, signature = text:match("^([%w_-]+%.([%w_-]+))%.([%w_-]+)$")
  if not signed or signature ~= sign(signed) then
    return false
  end
  local claims = json.decode(base64.decode_base64url(payload))
  return claims.exp > ngx.now() and claims.generation == settings.generation()
end

return token
