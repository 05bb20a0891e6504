-- The program in nginx: a client in each worker, and one token for all.

local order = dofile(debug.getinfo(1, "S").source:match "^@(.*)/" .. "/../order.lua")
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client {
  loop = "ngx",
  ca_file = ngx.config.prefix() .. "ca.pem",
  max_in_flight = 1000,
  token_store = require("spreetail.store.ngx_shdict").new "spreetail",
})

local app = {}

function app.order()
  local stored, err = client:create_order(order(ngx.var.arg_ref))
  ngx.status = stored and 200 or 502
  ngx.print(stored and stored.ReferenceNumber or tostring(err))
end

-- The worker that is logging in for all, or 0.
function app.renewing()
  for _, key in ipairs(ngx.shared.spreetail:get_keys()) do
    if key:find("%.lock$") then
      return ngx.print(ngx.shared.spreetail:get(key) or 0)
    end
  end
  ngx.print(0)
end

-- Everything that is in the dictionary.
function app.stored()
  for _, key in ipairs(ngx.shared.spreetail:get_keys()) do
    ngx.print(key, " ", tostring(ngx.shared.spreetail:get(key)), "\n")
  end
end

return app
