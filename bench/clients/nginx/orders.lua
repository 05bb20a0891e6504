--- The program in nginx: an order for each request that comes.

local order = require "order"
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client {
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  max_connections = tonumber(os.getenv "BENCH_IN_FLIGHT"),
  loop = "ngx",
})

local orders = {}

function orders.answer(text)
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

--- Its reference is what stands behind the question mark.
function orders.create()
  local stored, err = client:create_order(order.whole(ngx.var.query_string))
  if not stored then
    ngx.status = 502
    ngx.log(ngx.ERR, tostring(err))
  end
  orders.answer(stored and stored.Status or "failed")
end

return orders
