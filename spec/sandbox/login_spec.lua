local curl = require "spec.sandbox.curl"

describe("the sandbox's login", function()
  before_each(curl.start)

  it("hands out a token as documented", function()
    local reply = curl.login()
    assert.equal(200, reply.status)
    assert.is_true(reply.json.success)
    assert.equal(86400, reply.json.data.expires_in)
    assert.equal(os.getenv "SPREETAIL_CLIENT_ID", reply.json.data.client_id)
    assert.matches("^[%w_-]+%.[%w_-]+%.[%w_-]+$", reply.json.data.access_token)
    assert.not_equal(curl.token, reply.json.data.access_token)
  end)

  it("refuses wrong credentials", function()
    local reply = curl.login {body = '{"client_id":"a","client_secret":"b"}'}
    assert.equal(401, reply.status)
    assert.equal('{"success":false,"error":"Invalid credentials"}', reply.body)
    assert.equal(1, curl.stats().login_failures)
  end)

  it("refuses a body that is not JSON or lacks a field", function()
    assert.equal(400, curl.login({body = "client_id=a"}).status)
    assert.equal("client_secret", curl.login({body = '{"client_id":"a"}'}).json.details.field)
  end)

  it("is wanted by every other endpoint", function()
    curl.token = nil
    for method, path in pairs {GET = "/inventory", POST = "/outbound"} do
      local reply = curl.api(method, path)
      assert.equal(401, reply.status)
      assert.equal("Authorization header is required", reply.json.error)
    end
    assert.equal(2, curl.stats().unauthorized)
  end)

  it("is not satisfied by a token that was changed", function()
    for _, token in ipairs {"x", curl.token .. "A", "a.b.c", curl.token:gsub("%.", ".A", 1)} do
      local reply = curl.api("GET", "/inventory", {headers = {Authorization = "Bearer " .. token}})
      assert.equal(401, reply.status)
      assert.equal("Invalid or expired token", reply.json.error)
    end
    local basic = curl.api("GET", "/inventory", {headers = {Authorization = "Basic " .. curl.token}})
    assert.equal(401, basic.status)
    assert.equal(200, curl.api("GET", "/inventory").status)
  end)

  it("expires to the fraction of a second", function()
    curl.fault '{"token_life": 0.7}'
    local data = curl.login().json.data
    assert.equal(0.7, data.expires_in)
    curl.token = data.access_token
    assert.equal(200, curl.api("GET", "/inventory").status)
    curl.shell "sleep 0.8"
    assert.equal(401, curl.api("GET", "/inventory").status)
  end)

  it("can be made longer, and is good all the same", function()
    curl.fault '{"token_padding": 1500}'
    curl.token = curl.login().json.data.access_token
    assert.is_true(#curl.token > 1500)
    assert.equal(200, curl.api("GET", "/inventory").status)
  end)

  it("can be revoked", function()
    curl.fault '{"revoke": true}'
    assert.equal(401, curl.api("GET", "/inventory").status)
    curl.token = curl.login().json.data.access_token
    assert.equal(200, curl.api("GET", "/inventory").status)
  end)

  it("ends with a reset", function()
    curl.control("POST", "/reset")
    assert.equal(401, curl.api("GET", "/inventory").status)
  end)

  it("answers differently when a test asks for it", function()
    curl.fault '{"login": {"omit": ["expires_in"], "client_id": false, "token": "raw \\r\\n token"}}'
    local data = curl.login().json.data
    assert.same({access_token = "raw \r\n token"}, data)
    curl.fault '{"login": {"expires_in": "soon"}}'
    assert.equal("soon", curl.login().json.data.expires_in)
  end)
end)
