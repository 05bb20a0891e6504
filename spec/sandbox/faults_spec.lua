local curl = require "spec.sandbox.curl"
local sample = require "spec.sandbox.sample"

local function create(reference, options)
  options = options or {}
  options.body = sample.order {ReferenceNumber = reference}
  return curl.api("POST", "/outbound", options)
end

local function statuses(count)
  local list = {}
  for index = 1, count do list[index] = curl.api("GET", "/order/none").status end
  return table.concat(list, " ")
end

local H2 = {"--http2"}
local H1 = {"--http1.1"}

describe("the sandbox's faults", function()
  before_each(curl.start)

  it("answer in place of the API, which processes nothing", function()
    curl.fault '{"path": "/outbound", "status": 503, "headers": {"Retry-After": "7"}}'
    local reply = create "A"
    assert.equal(503, reply.status)
    assert.equal("7", reply.headers["retry-after"])
    assert.equal('{"success":false,"error":"Service unavailable"}', reply.body)
    assert.equal(404, curl.api("GET", "/order/A").status)
    assert.equal(1, curl.control("GET", "/references").json.A)
    assert.equal(1, curl.stats().requests["POST /outbound"])
  end)

  it("answer in place of the API, which has processed the request", function()
    curl.fault '{"path": "/outbound", "when": "after", "status": 500, "times": 1}'
    assert.equal(500, create("A").status)
    assert.equal(200, curl.api("GET", "/order/A").status)
    assert.equal(409, create("A").status)
  end)

  it("choose requests by path, method and reference", function()
    curl.fault '{"method": "POST", "status": 500}'
    assert.equal("404", statuses(1))
    assert.equal(500, create("A").status)
    assert.equal(500, curl.login().status)
    curl.control("DELETE", "/faults")
    curl.fault '{"reference": "a/b", "status": 500}'
    assert.equal(500, create("a/b").status)
    assert.equal(500, curl.api("GET", "/order/a%2Fb").status)
    assert.equal(500, curl.api("POST", "/order/cancel", {body = '{"referenceNumber":"a/b"}'}).status)
    assert.equal(200, create("a").status)
  end)

  it("count: skip, times, every", function()
    curl.fault '{"path": "/order", "skip": 2, "times": 2, "status": 500}'
    assert.equal("404 404 500 500 404", statuses(5))
    curl.control("DELETE", "/faults")
    curl.fault '{"path": "/order", "every": 3, "status": 500}'
    assert.equal("404 404 500 404 404 500", statuses(6))
  end)

  it("happen by a chance that can be repeated", function()
    local runs = {}
    for run = 1, 2 do
      curl.control("DELETE", "/faults")
      curl.fault '{"path": "/order", "chance": 0.5, "seed": 7, "status": 500}'
      runs[run] = statuses(12)
    end
    assert.equal(runs[1], runs[2])
    assert.matches("404", runs[1])
    assert.matches("500", runs[1])
  end)

  it("are listed, with how often they fired, and removed", function()
    curl.fault '[{"path": "/order", "times": 1, "status": 500}, {"delay": 0}]'
    statuses(3)
    local rules = curl.control("GET", "/faults").json
    assert.equal(2, #rules)
    assert.equal(3, rules[1].seen)
    assert.equal(1, rules[1].fired)
    assert.equal("/order", rules[1].path)
    curl.control("DELETE", "/faults")
    assert.equal("[]\n", curl.control("GET", "/faults").body)
    assert.equal("404", statuses(1))
  end)

  it("can be told over TLS as well, uncounted", function()
    local url = curl.variable("SPREETAIL_BASE_URL"):gsub("/api/api/v1$", "/__sandbox/faults")
    assert.equal(200, curl.request("POST", url, {body = '{"status": 503}'}).status)
    assert.equal("503", statuses(1))
    assert.same({["POST /auth/login"] = 1, ["GET /order"] = 1}, curl.stats().requests)
  end)

  it("are refused when they contain a mistake, as a whole", function()
    for _, text in ipairs {'{"stauts": 500}', '{"status": "500"}', '[{"status": 500}, {"times": -1}]',
      '{"revoke": true, "status": 500}', "x", "5"} do
      assert.equal(400, curl.control("POST", "/faults", text).status, text)
    end
    assert.equal("404", statuses(1))
  end)

  it("delay, before and after the request is processed", function()
    curl.fault '{"path": "/order", "delay": 0.3}'
    local reply = curl.api("GET", "/order/none")
    assert.equal(404, reply.status)
    assert.is_true(reply.time >= 0.3)
    curl.control("DELETE", "/faults")
    curl.fault '{"path": "/outbound", "delay": 1, "when": "after"}'
    assert.equal(28, create("A", {curl = {"--max-time", "0.3"}}).exit)
    assert.equal(200, curl.api("GET", "/order/A").status)
  end)

  it("add headers to the real answer", function()
    curl.fault '{"headers": {"X-Odd": "yes"}}'
    local reply = curl.api("GET", "/order/none")
    assert.equal(404, reply.status)
    assert.equal("yes", reply.headers["x-odd"])
  end)

  it("answer with any body and type", function()
    curl.fault '{"status": 502, "body": "<h1>Bad</h1>", "content_type": "text/html"}'
    local reply = curl.api("GET", "/order/none")
    assert.equal(502, reply.status)
    assert.equal("<h1>Bad</h1>", reply.body)
    assert.equal("text/html", reply.headers["content-type"])
    curl.control("DELETE", "/faults")
    curl.fault '{"status": 204}'
    assert.equal("", curl.api("GET", "/order/none").body)
    curl.control("DELETE", "/faults")
    curl.fault '{"status": 200}'
    assert.equal('{"success":true,"data":{}}', curl.api("GET", "/order/none").body)
  end)

  it("close: a reset connection on HTTP/1.1, a reset stream on HTTP/2", function()
    curl.fault '{"path": "/outbound", "close": true, "when": "after", "times": 2}'
    local base = curl.variable "SPREETAIL_BASE_URL"
    local one = create("A", {base = base, curl = H1})
    assert.equal(0, one.status)
    assert.is_true(one.exit == 52 or one.exit == 56, one.exit)
    local two = create("B", {base = base, curl = H2})
    assert.equal(0, two.status)
    assert.equal(92, two.exit)
    assert.equal(200, curl.api("GET", "/order/A").status)
    assert.equal(200, curl.api("GET", "/order/B").status)
  end)

  it("truncate: less than was promised, on both protocols", function()
    local base = curl.variable "SPREETAIL_BASE_URL"
    curl.fault '{"truncate": true}'
    local one = curl.api("GET", "/order/none", {base = base, curl = H1})
    assert.equal(200, one.status)
    assert.equal(18, one.exit)
    assert.is_true(one.size > 0)
    local two = curl.api("GET", "/order/none", {base = base, curl = H2})
    assert.equal(200, two.status)
    assert.is_true(two.exit == 92 or two.exit == 18, two.exit)
    assert.is_true(two.size > 0)
    curl.control("DELETE", "/faults")
    curl.fault '{"path": "/outbound", "truncate": true, "when": "after"}'
    local real = create("A", {base = base, curl = H1})
    assert.matches('^{"success":true,"data":{.*"ReferenceNumber":"A"', real.body)
    assert.equal(18, real.exit)
  end)

  it("drip: an answer byte by byte", function()
    curl.fault '{"drip": 0.02, "body": "0123456789"}'
    local reply = curl.api("GET", "/order/none")
    assert.equal("0123456789", reply.body)
    assert.is_true(reply.time >= 0.18)
  end)

  it("size: an answer of any size, also compressed", function()
    for _, options in ipairs {H1, H2, {"--http1.1", "--compressed"}, {"--http2", "--compressed"}} do
      curl.control("DELETE", "/faults")
      curl.fault '{"size": 5000001, "gzip": true}'
      local list = {table.unpack(options)}
      list[#list + 1] = "-o /dev/null"
      local reply = curl.api("GET", "/inventory", {base = curl.variable "SPREETAIL_BASE_URL", curl = list})
      assert.equal(0, reply.exit)
      assert.equal(200, reply.status)
      if options[2] then
        assert.equal("gzip", reply.headers["content-encoding"])
        assert.is_true(reply.size < 50000)
      else
        assert.equal(5000001 + #'{"success":true,"data":""}', reply.size)
      end
    end
  end)

  it("compress to what gzip understands", function()
    for _, size in ipairs {0, 1, 1048576, 5000001} do
      curl.control("DELETE", "/faults")
      curl.fault(('{"size": %d, "gzip": true}'):format(size))
      local output = curl.shell(("curl -s -H 'Accept-Encoding: gzip' %s/inventory | gzip -dc | wc -c"):format(
        curl.variable "SANDBOX_PLAIN_URL"))
      assert.equal(size + #'{"success":true,"data":""}', tonumber(output))
    end
  end)

  it("compress every answer when set", function()
    curl.fault '{"compress": true}'
    local reply = curl.api("GET", "/inventory", {curl = {"--compressed"}})
    assert.equal("gzip", reply.headers["content-encoding"])
    assert.equal(60, reply.json.data.total_count_of_skus)
    assert.is_nil(curl.api("GET", "/inventory").headers["content-encoding"])
  end)

  it("limit the rate when set", function()
    curl.fault '{"rate": 2}'
    local output = curl.shell(("for n in 1 2 3 4 5 6 7 8; do curl -s -o /dev/null -w '%%{http_code} ' "
      .. "-H 'Authorization: Bearer %s' %s/order/none; done"):format(
      curl.token, curl.variable "SANDBOX_PLAIN_URL"))
    assert.matches("429", output)
    assert.matches("404", output)
    curl.fault '{"rate": null}'
    assert.equal("404 404 404 404", statuses(4))
  end)

  it("end with a reset, as do settings", function()
    curl.fault '[{"status": 500}, {"token_life": 5}, {"inventory_dialect": "old"}, {"login": {"token": "x"}}]'
    curl.start()
    assert.equal(86400, curl.login().json.data.expires_in)
    assert.equal(60, curl.api("GET", "/inventory").json.data.total_count_of_skus)
  end)
end)
