--- The benchmark's server: logins, orders and pages of stock, counted. It says yes to whatever has a
-- reference and the token.

local cjson = require "cjson"
local process = require "sandbox.process"

local api = {}

local TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." .. ("a"):rep(160) .. "." .. ("b"):rep(43)
local AUTHORIZATION = "Bearer " .. TOKEN

local references, counts = ngx.shared.references, ngx.shared.counts
local master_id

function api.start()
  local parent = assert(io.open(ngx.config.prefix() .. "parent"))
  process.end_with_parent(parent:read "*n")
  parent:close()
  process.leave_terminal()
  master_id = process.id()
end

function api.start_worker()
  process.end_with_parent(master_id)
end

local function send(text)
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

local function is_refused()
  if ngx.var.http_authorization == AUTHORIZATION then
    return false
  end
  counts:incr("refused", 1, 0)
  ngx.status = 401
  send '{"success":false,"error":"Invalid or expired token"}\n'
  return true
end

function api.login()
  ngx.req.read_body()
  counts:incr("logins", 1, 0)
  send(('{"success":true,"data":{"access_token":"%s","expires_in":86400}}\n'):format(TOKEN))
end

function api.order()
  ngx.req.read_body()
  if is_refused() then
    return
  end
  local reference = ngx.req.get_body_data():match '"ReferenceNumber"%s*:%s*"([^"]*)"'
  local is_new, why = references:safe_add(reference, true)
  if why == "no memory" then
    ngx.exit(507)
  end
  counts:incr("orders", 1, 0)
  counts:incr("distinct", is_new and 1 or 0, 0)
  send(('{"success":true,"data":{"ReferenceNumber":"%s","Status":"Pending"}}\n'):format(reference))
end

-- The stock, as it is documented: one location, so many SKUs on a page.
local function page(size)
  local skus = {}
  for i = 1, size do
    skus[i] = {
      sku = ("BENCH_SKU-%05d"):format(i), Height = 10.5, Width = 20, Depth = 7.25, Weight = 0.35,
      StockLevel = 1000 + i, InOrderBook = i % 17, Available = 1000 + i - i % 17,
      LastUpdateDate = "2026-01-31T12:00:00Z", LastUpdateOperation = "Stock count",
    }
  end
  return cjson.encode {
    success = true,
    data = {
      client_name = "Bench", total_inventory = size * 1000, total_count_of_skus = size, location_count = 1,
      locations = { {
        location_name = "RHEINE01", location_filter = "RHEINE01", keyword = "", total_inventory = size * 1000,
        total_count_of_skus = size, sku_count_in_page = size, has_more = false, sku = skus,
      } },
      current_page = 1, page_size = size, has_more = false, next_page = cjson.null,
    },
  }
end

local pages = {}

function api.inventory()
  if is_refused() then
    return
  end
  local size = tonumber(ngx.var.arg_page_size) or 25
  pages[size] = pages[size] or page(size)
  send(pages[size])
end

--- GET /count: what came since the last reset.
function api.count()
  local all = {}
  for _, name in ipairs { "logins", "orders", "distinct", "refused" } do
    all[name] = counts:get(name) or 0
  end
  ngx.say(cjson.encode(all))
end

--- POST /reset
function api.reset()
  references:flush_all()
  references:flush_expired()
  counts:flush_all()
  ngx.say "{}"
end

return api
