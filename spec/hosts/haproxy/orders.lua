-- The program in HAProxy: one task moves the client on; services, actions and other tasks wait for their
-- results by core.msleep, and all else goes on meanwhile.
--
-- HAProxy takes turns between them even in the middle of a function (tune.lua.forced-yield). Therefore
-- only one of them calls client:poll().

local cjson = require "cjson"
local new_order = require "order"
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

core.register_task(function()
  while true do
    client:poll()
    core.msleep(client:busy() and 1 or 10)
  end
end)

local function await(future)
  while not future:done() do
    core.msleep(1)
  end
  return future:result()
end

core.register_task(function()
  await(client.async:create_order(new_order "HAPROXY-TASK"))
end)

local function answer(applet, stored, err)
  local text = stored and stored.ReferenceNumber or tostring(err)
  applet:set_status(stored and 200 or 502)
  applet:add_header("content-length", #text)
  applet:start_response()
  applet:send(text)
end

-- The order is what the request holds.
core.register_service("create", "http", function(applet)
  local order = cjson.decode(applet:receive())
  answer(applet, await(client.async:create_order(order)))
end)

-- The request names its reference.
core.register_service("order", "http", function(applet)
  local reference = applet.qs:match "ref=(.*)"
  answer(applet, await(client.async:create_order(new_order(reference))))
end)

core.register_action("look", { "http-req" }, function(txn)
  local reference = txn.sf:query():match "ref=(.*)"
  local stored, err = await(client.async:get_order(reference))
  txn:set_var("txn.said", stored and stored.ReferenceNumber or err.kind)
end)
