--- Who is measured. Each client is a program in clients/ that is called with URL COUNT IN_FLIGHT and prints
-- how many orders were accepted in all, seconds, seconds of CPU. A client here:
--
--     name, who    in the results; who is "bare", "ours" or "peer"
--     command      from the directory clients/
--     lua          the build of our module that it wants
--     needs        a command that succeeds where what it needs is there, and what that is
--     in_flight    how many at one time it is measured with
--     http2        whether it speaks HTTP/2, too

local PYTHON = "/usr/bin/python3 -c 'import %s'"
local LCURL = {
  "lua5.4 -l lcurl -l socket -l cjson /dev/null", "Lua-cURLv3, which Debian 12 has no package of",
}
local ONE, MANY, ALL = { 1 }, { 16, 64, 256 }, { 1, 16, 64, 256 }

local clients = {}

--- Orders. The first is what all others are compared with.
clients.orders = {
  { name = "C on libcurl", who = "bare", command = "./bare", in_flight = ALL, http2 = true },
  {
    name = "create_order", who = "ours", command = "lua5.4 create_order.lua", lua = "5.4", in_flight = ONE,
    http2 = true,
  },
  {
    name = "create_order, LuaJIT", who = "ours", command = "luajit create_order.lua", lua = "luajit",
    in_flight = ONE, http2 = true,
  },
  {
    name = "create_orders", who = "ours", command = "lua5.4 create_orders.lua", lua = "5.4", in_flight = MANY,
    http2 = true,
  },
  {
    name = "create_orders, LuaJIT", who = "ours", command = "luajit create_orders.lua", lua = "luajit",
    in_flight = { 64 }, http2 = true,
  },
  {
    name = "client.async", who = "ours", command = "lua5.4 futures.lua", lua = "5.4", in_flight = { 64 },
    http2 = true,
  },
  {
    name = "loop cqueues", who = "ours", command = "lua5.4 on_cqueues.lua", lua = "5.4", in_flight = { 64 },
    http2 = true, needs = { "lua5.4 -l cqueues /dev/null", "lua-cqueues" },
  },
  {
    name = "loop luv", who = "ours", command = "lua5.4 on_luv.lua", lua = "5.4", in_flight = { 64 },
    http2 = true, needs = { "lua5.4 -l luv /dev/null", "lua-luv" },
  },
  {
    name = "loop ngx, LuaJIT", who = "ours", command = "nginx/run", lua = "5.4", in_flight = { 64 },
    http2 = true,
  },
  {
    name = "Lua-cURLv3", who = "peer", command = "lua5.4 lcurl_easy.lua", in_flight = ONE, http2 = true,
    needs = LCURL,
  },
  {
    name = "Lua-cURLv3, multi", who = "peer", command = "lua5.4 lcurl_multi.lua", in_flight = MANY,
    http2 = true, needs = LCURL,
  },
  {
    name = "lua-curl", who = "peer", command = "lua5.1 lua_curl.lua", in_flight = ONE, http2 = true,
    needs = { "lua5.1 -l curl -l socket -l cjson /dev/null", "lua-curl" },
  },
  {
    name = "luasocket, luasec", who = "peer", command = "lua5.4 luasocket.lua", in_flight = ONE,
    needs = { "lua5.4 -l ssl -l socket -l cjson /dev/null", "lua-sec" },
  },
  {
    name = "lua-http, LuaJIT", who = "peer", command = "luajit lua_http.lua", in_flight = ALL, http2 = true,
    needs = { "luajit -e 'require [[http.client]]'", "lua-http" },
  },
  {
    name = "requests.post", who = "peer", command = "/usr/bin/python3 requests_post.py", in_flight = ONE,
    needs = { PYTHON:format "requests", "python3-requests" },
  },
  {
    name = "requests, session", who = "peer", command = "/usr/bin/python3 requests_session.py",
    in_flight = ONE, needs = { PYTHON:format "requests", "python3-requests" },
  },
  {
    name = "httpx", who = "peer", command = "/usr/bin/python3 httpx_client.py", in_flight = ONE,
    http2 = true, needs = { PYTHON:format "httpx, h2", "python3-httpx and python3-h2" },
  },
  {
    name = "httpx, asyncio", who = "peer", command = "/usr/bin/python3 httpx_async.py", in_flight = MANY,
    http2 = true, needs = { PYTHON:format "httpx, h2", "python3-httpx and python3-h2" },
  },
  {
    name = "aiohttp", who = "peer", command = "/usr/bin/python3 aiohttp_session.py", in_flight = ALL,
    needs = { PYTHON:format "aiohttp", "python3-aiohttp" },
  },
  {
    name = "Node, fetch", who = "peer", command = "node node_fetch.mjs", in_flight = ALL,
    needs = { "node -e 'fetch'", "nodejs 18 or later" },
  },
}

--- Pages of 200 SKUs; the first is what reading one costs by itself.
clients.reading = {
  {
    name = "cjson.decode alone", who = "bare", command = "lua5.4 decode_page.lua", lua = "5.4",
    in_flight = ONE,
  },
  {
    name = "client:inventory", who = "ours", command = "lua5.4 read_pages.lua", lua = "5.4", in_flight = ONE,
  },
  {
    name = "Lua-cURLv3, cjson", who = "peer", command = "lua5.4 lcurl_pages.lua", in_flight = ONE,
    needs = LCURL,
  },
}

--- Calls that are pending in one client; "in flight" is how many. They are compared with the fewest.
clients.pending = {
  {
    name = "client.async", who = "ours", command = "lua5.4 pending.lua", lua = "5.4",
    in_flight = { 50, 5000 }, http2 = true,
  },
}

return clients
