-- What the library says when something goes wrong, each message provoked: docs/messages.md is made of it.
--
-- A section is a title, words, and what provokes its messages: a line of Lua, or a table of one, words on
-- what happens meanwhile, and how that comes about:
--   fault    what the sandbox does: a rule, or a list of them
--   client   options of the client; without a base_url it is the sandbox's without TLS
--   tls      the variable that names the address to use instead, over TLS
--   before   a line of Lua that runs before
-- For a line there are `spreetail`, `client`, `order` and `delivery` (good ones), `with` (the order,
-- changed), `future`, and `SECRET`.

local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local SECRET, TOKEN = "s3cr3t-of-the-program", "t0ken-of-the-server"

-- A line of Lua while the sandbox answers requests to a path in some way.
local function meanwhile(line, path)
  return function(words, fault, options)
    fault.path = path
    return { line, words, fault = fault, client = options }
  end
end

local login = meanwhile("client:login()", "/auth/login")
local get = meanwhile('client:get_order "R-1"', "/order/")
local create = meanwhile("client:create_order(order)", "/outbound")

local function token(life)
  return ('{"success":true,"data":{"access_token":"%s","expires_in":%g}}'):format(TOKEN, life)
end

local function lost(line, path)
  return { line, "the answer is lost", fault = { path = path, when = "after", close = true } }
end

local sections = {
  {
    title = "No client",
    words = "`spreetail.client` returns nil and an error of kind `config`.",
    'spreetail.client { client_id = "" }',
    'spreetail.client { client_secret = "" }',
    'spreetail.client { client_id = "two\\nlines" }',
    'spreetail.client { client_secret = SECRET .. "\\n" }',
    'spreetail.client { client_secret_file = "/no/such/secret" }',
    'spreetail.client { client_secret_file = "/dev/null" }',
    'spreetail.client { client_secret_command = "exit 1" }',
    'spreetail.client { client_secret_command = "true" }',
    'spreetail.client { client_secret_command = "kill $$" }',
    'spreetail.client { client_secret_command = "yes" }',
    'spreetail.client { base_url = "api.example" }',
    'spreetail.client { base_url = "https://api example" }',
    'spreetail.client { base_url = "ftp://api.example" }',
    'spreetail.client { base_url = "http://api.example" }',
    'spreetail.client { base_url = "http://api.example", allow_http = true }',
    'spreetail.client { base_url = "https://robot:" .. SECRET .. "@api.example" }',
    'spreetail.client { base_url = "https://api.example/v1?a=b" }',
    'spreetail.client { ca_file = "/no/such/ca.pem" }',
    'spreetail.client { ca_path = "/no/such" }',
    'spreetail.client { client_cert = "/no/such/cert.pem" }',
    'spreetail.client { proxy = "gopher://robot:" .. SECRET .. "@proxy.example" }',
    'spreetail.client { proxy = "http://robot:" .. SECRET .. "@:x" }',
    'spreetail.client { user_agent = "two\\nlines" }',
  },
  {
    title = "Mistakes in the program",
    words = "These are raised, at the line of the program.",
    'spreetail:client {}',
    'spreetail:order {}',
    'spreetail:array {}',
    'spreetail:assert(nil, "a reason")',
    'spreetail.client "https://api.example"',
    'spreetail.client { SECRET }',
    'spreetail.client { timeuot = 10 }',
    'spreetail.client { colour = SECRET }',
    'spreetail.client { client_secret = 12345 }',
    'spreetail.client { client_id = "a\\0b" }',
    'spreetail.client { timeout = SECRET }',
    'spreetail.client { timeout = 0 }',
    'spreetail.client { retries = -1 }',
    'spreetail.client { max_connections = 1.5 }',
    'spreetail.client { max_response = 0 }',
    'spreetail.client { allow_http = "yes" }',
    'spreetail.client { on_event = "print" }',
    'spreetail.client { loop = "uloop" }',
    'spreetail.client { loop = {} }',
    'spreetail.client { loop = "ngx" }',
    'spreetail.client { token_store = "memory" }',
    'require("spreetail.store.file").new(5)',
    'require("spreetail.store.keyring").new "tokens"',
    'require("spreetail.store.ngx_shdict").new "tokens"',
    'client.get_order "R-1"',
    'client:get_order()',
    'client:get_order(1001)',
    'client:get_order("R-1", 5)',
    'client:create_order "R-1"',
    'client:create_order(order, { on_duplicate = "retrun" })',
    'client:create_orders "R-1"',
    'client:create_orders { Currency = "EUR" }',
    'client:create_orders { order, nil, order }',
    'client:create_orders { 1001 }',
    'client:create_orders({}, { concurrency = 0 })',
    'client:cancel_order("R-1", { refund = "10" })',
    'client:inventory { page_size = 500 }',
    'client:each_sku { ahead = -1 }',
    'client:create_skus "SKU-1"',
    'client:create_inbound "PO-1"',
    'client:request "GET"',
    'client:request("POST", "/outbound", { json = {}, body = "{}" })',
    'client:poll "1"',
    'client.async:get_order "R-1":wait "1"',
    'client.async:get_order "R-1":on_done()',
    'spreetail.order "R-1"',
    'spreetail.order { Currency = "EUR", currency = "EUR" }',
    'order.add_item { sku = "SKU-1" }',
    'order:add_item "SKU-1"',
    { 'client:get_order "R-1"', client = { loop = "coroutine" } },
    { 'for _ in client:each_sku() do end', client = { loop = "cqueues" } },
  },
  {
    title = "Refused here, before anything is sent",
    words = "Kind `validation`. `err.details` lists each problem by itself.",
    'client:create_order {}',
    'client:create_order { order }',
    'client:create_order(with { ReferenceNumber = ".." })',
    'client:create_order(with { ReferenceNumber = "" })',
    'client:create_order(with { ReferenceNumber = 1001 })',
    'client:create_order(with { ChannelBuyerName = spreetail.null })',
    'client:create_order(with { ChannelBuyerName = "caf\\233" })',
    'client:create_order(with { Currency = "euro" })',
    'client:create_order(with { DispatchBy = "tomorrow" })',
    'client:create_order(with { DispatchBy = 1795548979000 })',
    'client:create_order(with { DeliveryAddress = "Weg 1" })',
    'client:create_order(with { DeliveryAddress = { CountryCode = "Germany" } })',
    'client:create_order(with { OrderItems = {} })',
    'client:create_order(with { OrderItems = { SKU = "SKU-1" } })',
    'client:create_order(with { OrderItems = { { SKU = "SKU-1", Qty = 0 } } })',
    'client:create_order(with { Notes = { [1] = "a", [3] = "c" } })',
    'client:create_order(with { Notes = print })',
    'client:create_order(with { Notes = 0 / 0 })',
    'client:get_order ""',
    'client:get_order ".."',
    'client:cancel_order "two\\nlines"',
    'client:create_skus {}',
    'client:create_skus { { sku = "SKU-1" } }',
    'client:delete_skus { { sku = "SKU-1" }, { sku = "SKU-1" } }',
    'client:create_inbound { po_reference = "PO-1" }',
    'client:request("get", "/inventory")',
    'client:request("GET", "inventory")',
    'client:request("GET", "/inventory", { query = { page = {} } })',
    'client:request("GET", "/inventory", { headers = { Authorization = "Bearer " .. SECRET } })',
    'client:request("GET", "/inventory", { headers = { ["X-Note"] = "two\\nlines" } })',
    'client:request("POST", "/outbound", { json = { print } })',
  },
  {
    title = "The login",
    words = "Calls that wait for a login end with its error.",
    { "client:login()", "HTTP 401", client = { client_secret = SECRET } },
    login("HTTP 400", { status = 400 }),
    login("HTTP 403", { status = 403 }),
    login("HTTP 404", { status = 404 }),
    login("HTTP 429, Retry-After: 7", { status = 429, headers = { ["Retry-After"] = "7" } }),
    login("HTTP 500", { status = 500 }),
    login("HTTP 302", { status = 302, headers = { Location = "/" } }),
    login("a page of HTML", { body = "<html>", content_type = "text/html" }),
    login("the connection breaks", { close = true }),
    login("no token in the answer", { body = '{"success":true,"data":{}}' }),
    login("a token that lives 1 ms", { body = token(0.001), delay = 0.01 }),
    login("the answer shows the secret",
      { status = 401, body = ('{"success":false,"error":"%s is wrong"}'):format(SECRET) },
      { client_secret = SECRET }),
    get("each token is refused, HTTP 401", { status = 401 }),
  },
  {
    title = "The connection",
    words = "Kinds `network`, `tls` and `timeout`, and `protocol` for what is no answer. In parentheses "
      .. "stand libcurl's words.",
    { "client:login()", "an unknown host", client = { base_url = "https://no-such-host.invalid" } },
    { "client:login()", "nobody listens", client = { base_url = "https://127.0.0.1:1" } },
    {
      "client:login()", "no proxy listens",
      client = { base_url = "https://api.example", proxy = "http://robot:" .. SECRET .. "@127.0.0.1:1" },
    },
    { "client:login()", "the certificate has expired", tls = "SANDBOX_EXPIRED_URL" },
    { "client:login()", "it is for another host", tls = "SANDBOX_WRONG_HOST_URL" },
    { "client:login()", "an unknown CA has signed it", tls = "SANDBOX_UNKNOWN_CA_URL" },
    { "client:login()", "nothing newer than TLS 1.1", tls = "SANDBOX_OLD_TLS_URL" },
    { "client:login()", "no TLS at all", tls = "SANDBOX_PLAIN_URL" },
    get("no answer in time, `attempt_timeout = 0.1`", { delay = 5 }, { attempt_timeout = 0.1 }),
    {
      'client:get_order "R-1"', "no login in time, `timeout = 0.1`",
      fault = { path = "/auth/login", delay = 5 }, client = { timeout = 0.1 },
    },
    get("the connection breaks", { close = true }),
    get("the answer is cut short", { body = '{"a": 1}', truncate = true }),
    get("`max_response = 1000`", { size = 2000 }, { max_response = 1000 }),
  },
  {
    title = "The answer",
    words = "What the server says about a call that only reads.",
    { 'client:get_order "R-1"', "there is none" },
    get("HTTP 400", { status = 400 }),
    get("HTTP 403", { status = 403 }),
    get("HTTP 408", { status = 408 }),
    get("HTTP 429, Retry-After: 7", { status = 429, headers = { ["Retry-After"] = "7" } }),
    get("HTTP 500", { status = 500 }),
    get("HTTP 503", { status = 503 }),
    get("HTTP 302", { status = 302, headers = { Location = "/" } }),
    get("HTTP 404, a page of HTML", { status = 404, body = "<html>", content_type = "text/html" }),
    get("a page of HTML", { body = "<html>", content_type = "text/html" }),
    get("an empty answer", { body = "" }),
    get("a list", { body = "[]" }),
    get('`{"success": false}`', { body = '{"success": false}' }),
    get('`{"success": "maybe"}`', { body = '{"success": "maybe"}' }),
    {
      'client:get_order "R-1"', "the answer shows the token",
      fault = {
        { path = "/auth/login", body = token(600) },
        { path = "/order/", status = 400, body = ('{"success":false,"error":"%s is odd"}'):format(TOKEN) },
      },
    },
  },
  {
    title = "A change",
    words = "Of a call that changes something, `err.outcome` says what became of it; where that is "
      .. "unknown, the message says what to do.",
    create("HTTP 400", { status = 400 }),
    create("HTTP 500", { status = 500 }),
    create("the answer is about another reference",
      { body = '{"success": true, "data": {"ReferenceNumber": "R-2"}}' }),
    create("the answer doesn't say", { body = '{"data": {}}' }),
    lost("client:create_order(order)", "/outbound"),
    lost('client:create_order(order, { on_duplicate = "return" })', "/outbound"),
    { "client:create_order(order)", "it is there", before = "client:create_order(order)" },
    {
      'client:create_order(with { Currency = "GBP" }, { on_duplicate = "return" })', "another one is there",
      before = "client:create_order(order)",
    },
    lost("client:create_inbound(delivery)", "/inbound"),
    { 'client:cancel_order "R-1"', "there is none" },
    lost('client:cancel_order "R-1"', "/order/cancel"),
    lost('client:delete_skus { { sku = "SKU-00010" } }', "/inventory"),
    { "client:create_order(order)", "after `client:close()`", before = "client:close()" },
    {
      "future:result()", "after `future:cancel()`",
      before = "future = client.async:create_order(order) future:cancel()",
    },
    {
      "future:result()", "after `client:close()`",
      before = "future = client.async:create_order(order) client:close()",
    },
  },
}

local function merged(...)
  local whole = {}
  for _, part in ipairs { ... } do
    for name, value in pairs(part) do
      whole[name] = value
    end
  end
  return whole
end

local function client_for(entry)
  local options = entry.client or {}
  if entry.tls then
    local url = sandbox.variable(entry.tls):gsub("^http:", "https:")
    return sandbox.tls_client(merged({ retries = 0, base_url = url }, options))
  elseif options.base_url then
    return spreetail.assert(spreetail.client(merged({ retries = 0 }, options)))
  end
  return sandbox.client(merged({ retries = 0 }, options))
end

local function load_line(line, before)
  local names = "local spreetail, client, order, delivery, with, SECRET = ... local future "
  local load = loadstring or load
  -- No tail call: the line is to be seen as the one that calls.
  return load(names .. before .. " local value, err = " .. line .. " return value, err", "=program")
    or assert(load(names .. before .. " " .. line, "=program"))
end

-- What differs from run to run.
local function settled(text)
  for _, variable in ipairs {
    "SANDBOX_PLAIN_URL", "SANDBOX_EXPIRED_URL", "SANDBOX_WRONG_HOST_URL", "SANDBOX_UNKNOWN_CA_URL",
    "SANDBOX_OLD_TLS_URL",
  } do
    local scheme, authority, port = sandbox.variable(variable):match "^(%w+://)([^/]*:(%d+))"
    text = text:gsub((scheme .. authority):gsub("%p", "%%%0"), "https://api.example")
    text = text:gsub(authority:gsub("%p", "%%%0"), "api.example:443"):gsub("port " .. port, "port 443")
  end
  text = text:gsub("after %d+ ms", "after 0 ms"):gsub("OpenSSL/[%w.]+: error:%x+", "OpenSSL: error")
  return (text:gsub("^program:1: ", ""))
end

-- Provokes a message. Returns it, and whether it was raised.
local function provoke(entry)
  sandbox.reset()
  if entry.fault then
    sandbox.fault(entry.fault)
  end
  local client = client_for(entry)
  local function with(changes)
    return sandbox.order("R-1", changes)
  end
  local delivery = spreetail.inbound { po_reference = "PO-1", warehouse_name = "RHEINE01" }
  delivery:add_item { barcode = "4000000000001", quantity = 40 }
  local order = spreetail.order(sandbox.order "R-1")
  local run = load_line(entry[1], entry.before or "")
  local ok, value, err = pcall(run, spreetail, client, order, delivery, with, SECRET)
  client:close()
  if not ok then
    return value, true
  end
  assert(not value and err, ("nothing was said: %s (%s)"):format(entry[1], entry[2] or ""))
  return tostring(err), false
end

local messages = { SECRET = SECRET, TOKEN = TOKEN }

local function in_code(text)
  return "`" .. text:gsub("|", "\\|") .. "`"
end

--- All of them, as a list of sections: `title`, `words`, and a list of messages, each with the `line` that
-- provokes it, `words` on what happens meanwhile, the `text`, and whether it was `raised`.
function messages.provoke()
  local provoked = {}
  for i, section in ipairs(sections) do
    provoked[i] = { title = section.title, words = section.words }
    for j, entry in ipairs(section) do
      entry = type(entry) == "string" and { entry } or entry
      local text, raised = provoke(entry)
      provoked[i][j] = { line = entry[1], words = entry[2], text = text, raised = raised }
    end
  end
  return provoked
end

--- docs/messages.md out of that.
function messages.page(provoked)
  local lines = {
    "# Messages", "",
    "What the library says, and what makes it say so. A test provokes each and compares it with this page",
    "(`make messages` writes it). What the server and libcurl say in them may differ.",
  }
  local function put(line)
    lines[#lines + 1] = line
  end
  for _, section in ipairs(provoked) do
    put("\n## " .. section.title .. "\n\n" .. section.words .. "\n\n| What | Says |\n|---|---|")
    for _, each in ipairs(section) do
      local words = each.words and ": " .. each.words or ""
      put(("| %s%s | %s |"):format(in_code(each.line), words, in_code(settled(each.text))))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return messages
