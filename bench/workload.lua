-- workload.lua NAME COUNT [FILE]: does one of the things that `bench/guard` counts, so many times.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local name, count = arg[1], tonumber(arg[2])

local workloads = {}

local function open(url_variable, in_flight)
  local spreetail = require "spreetail"
  local client = assert(spreetail.client {
    base_url = os.getenv(url_variable),
    allow_http = true,
    ca_file = os.getenv "SPREETAIL_CA_FILE",
    max_connections = in_flight,
    max_in_flight = in_flight,
  })
  assert(client:login())
  return client, spreetail
end

local function reference(number)
  return ("BENCH-%07d"):format(number)
end

local function create_each(make)
  local client, spreetail = open("SANDBOX_PLAIN_URL", 1)
  for i = 1, count do
    assert(client:create_order(make(reference(i), spreetail)))
  end
end

local function create_many(url_variable, next_order)
  local client = open(url_variable, 64)
  local summary = client:create_orders(next_order, { concurrency = 64 })
  assert(summary.accepted == count)
end

local function built_orders()
  local order = require "order"
  local i = 0
  return function()
    i = i + 1
    return i <= count and order.whole(reference(i)) or nil
  end
end

function workloads.create_order()
  create_each(require("order").whole)
end

-- As much as possible left out.
function workloads.filled_in()
  create_each(require("order").short)
end

function workloads.built()
  local order = require "order"
  create_each(function(text, spreetail)
    return spreetail.order(order.snake_case(text))
  end)
end

function workloads.create_orders()
  create_many("SANDBOX_PLAIN_URL", built_orders())
end

function workloads.create_orders_http2()
  create_many("SPREETAIL_BASE_URL", built_orders())
end

-- The orders in FILE, JSON Lines, as a program would read them.
function workloads.create_orders_of_lines()
  local cjson = require "cjson"
  local next_line = io.lines(arg[3])
  create_many("SPREETAIL_BASE_URL", function()
    local line = next_line()
    return line and cjson.decode(line)
  end)
end

-- A request whose body is there already.
function workloads.request()
  local cjson = require "cjson"
  local client = open("SANDBOX_PLAIN_URL", 1)
  local before, behind = cjson.encode(require("order").whole "@"):match "^(.*)@(.*)$"
  for i = 1, count do
    assert(client:request("POST", "/outbound", { body = before .. reference(i) .. behind }))
  end
end

function workloads.page_of_200()
  local client = open("SANDBOX_PLAIN_URL", 1)
  for _ = 1, count do
    assert(client:inventory { page_size = 200 })
  end
end

-- What of the last is neither reading the page nor making it into a table.
function workloads.page_of_1()
  local client = open("SANDBOX_PLAIN_URL", 1)
  for _ = 1, count do
    assert(client:inventory { page_size = 1 })
  end
end

-- Such a page, which is in FILE, as lua-cjson reads it.
function workloads.decode_page()
  local cjson = require "cjson"
  local file = assert(io.open(arg[3]))
  local text = file:read "*a"
  file:close()
  for _ = 1, count do
    assert(cjson.decode(text))
  end
end

-- Building the order's table, which is the program's own.
function workloads.table_alone()
  local order = require "order"
  for i = 1, count do
    assert(order.whole(reference(i)))
  end
end

function workloads.require()
  if count > 0 then
    require "spreetail"
  end
end

workloads[name]()
