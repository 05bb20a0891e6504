-- The program in nginx: a client of the worker, made when the module is loaded, in the master.

local cjson = require "cjson"
local ffi = require "ffi"
local spreetail = require "spreetail"

local tree = debug.getinfo(1, "S").source:match "^@(.*)/spec/hosts/nginx/"

ffi.cdef "int malloc_trim(size_t pad);"

local client = spreetail.assert(spreetail.client {
  loop = "ngx",
  ca_file = ngx.config.prefix() .. "ca.pem",
  max_in_flight = 1000,
})

-- Without a loop, as for a script. In the master it may wait: nobody is served there.
local blocking = spreetail.assert(spreetail.client { ca_file = ngx.config.prefix() .. "ca.pem" })
local early = spreetail.assert(spreetail.client {
  base_url = "http://127.0.0.1:1", allow_http = true, retries = 0, -- where nobody listens
})
assert(select(2, early:get_order "NONE").kind == "network")
early:close()

local app = { tree = tree }

local order = dofile(tree .. "/spec/hosts/order.lua")

local function say(key, text)
  ngx.shared.said:set(key, text)
end

--- Creates an order in the phase; what comes of it can be asked for at /said. Where nothing can be
-- waited for, that is tried first, and then client.async.
function app.in_phase(phase)
  local reference = "PHASE-" .. phase
  local ok, stored, err = pcall(client.create_order, client, order(reference))
  if ok then
    say(phase, stored and "stored" or tostring(err))
  else
    say(phase, tostring(stored))
    client.async:create_order(order("ASYNC-" .. phase)):on_done(function(data, failure)
      say("async " .. phase, data and "stored" or tostring(failure))
    end)
  end
end

-- In the master nobody moves a client on: a call that waits says so to the program, one that doesn't to
-- the log.
local function in_master()
  local own = spreetail.assert(spreetail.client { loop = "ngx" })
  local _, message = pcall(own.get_order, own, "NONE")
  say("init", message)
  own.async:get_order "NONE"
  own:close()
end
in_master()

-- Nobody can be asked any more: what comes of it is in the log.
function app.in_exit_worker()
  local _, message = pcall(client.get_order, client, "NONE")
  ngx.log(ngx.NOTICE, message)
end

function app.in_timer()
  app.in_phase "timer"
end

-- The client has done nothing yet, which the counters show; then it is used.
function app.in_init_worker()
  say("before", cjson.encode(client:stats()))
  if ngx.shared.said:get "quiet" == nil then
    app.in_phase "init_worker"
  end
end

local function answer(stored, err)
  ngx.status = stored and 200 or 502
  ngx.print(stored and stored.ReferenceNumber or tostring(err))
end

function app.order()
  answer(client:create_order(order(ngx.var.arg_ref)))
end

function app.blocking()
  answer(blocking:create_order(order(ngx.var.arg_ref)))
end

function app.two_threads()
  local function create(reference)
    return client:create_order(order(reference))
  end
  local one, other = ngx.thread.spawn(create, "THREAD-1"), ngx.thread.spawn(create, "THREAD-2")
  local _, first = ngx.thread.wait(one)
  local _, second = ngx.thread.wait(other)
  ngx.print(first.ReferenceNumber, " ", second.ReferenceNumber)
end

function app.batch()
  local orders = {}
  for i = 1, 50 do
    orders[i] = order("BATCH-" .. i)
  end
  local summary = client:create_orders(orders)
  ngx.print(summary.accepted, " ", summary.failed)
end

function app.walk()
  local count = 0
  for _ in client:each_sku() do
    count = count + 1
  end
  ngx.print(count)
end

function app.callback()
  local message
  local future = client.async:get_order "NONE"
  future:on_done(function()
    local _, err = pcall(client.get_order, client, "NONE")
    message = err
  end)
  future:wait()
  ngx.sleep(0.01)
  ngx.print(tostring(message))
end

-- One that raises, and one that waits for long.
function app.bad_callbacks()
  client.async:get_order "NONE":on_done(function() error "mine" end)
  client.async:get_order "NONE-2":on_done(function() ngx.sleep(20) end)
  ngx.sleep(0.2)
  local began = ngx.now()
  local _, err = client:get_order "NONE-3"
  ngx.update_time()
  ngx.print(err.kind, " ", ngx.now() - began)
end

-- A function that is called when a call is done ends more than itself.
function app.exit_in_callback()
  client.async:get_order "NONE":on_done(function() ngx.exit(500) end)
  ngx.sleep(0.2)
  local told
  client.async:get_order "NONE-2":on_done(function() told = true end)
  local _, err = client:get_order("NONE-3", { timeout = 10 })
  local deadline = ngx.now() + 10
  while not told and ngx.now() < deadline do -- NONE-3 may have been answered first
    ngx.sleep(0.01)
  end
  ngx.print(err.kind, " ", tostring(told))
end

function app.below_gsub()
  local _, err = pcall(string.gsub, "x", "x", function() client:create_order(order "GSUB") end)
  ngx.print(tostring(err))
end

function app.said()
  ngx.print(ngx.shared.said:get(ngx.unescape_uri(ngx.var.arg_key)) or "nothing")
end

function app.stats()
  local stats = client:stats()
  stats.worker, stats.lua_kb = ngx.worker.pid(), collectgarbage "count"
  ngx.print(cjson.encode(stats))
end

-- Gives back all memory that nobody holds.
function app.collect()
  collectgarbage()
  collectgarbage()
  ffi.C.malloc_trim(0)
  ngx.print "collected"
end

-- Two light threads wait, a third closes.
function app.close()
  local own = spreetail.assert(spreetail.client { loop = "ngx", ca_file = ngx.config.prefix() .. "ca.pem" })
  local function look() return own:get_order "NONE" end
  local waiting = { ngx.thread.spawn(look), ngx.thread.spawn(look) }
  ngx.sleep(0.05)
  own:close()
  for _, thread in ipairs(waiting) do
    local _, _, err = ngx.thread.wait(thread)
    ngx.print(err.kind, " ")
  end
end

-- As in a program that is loaded by its first request.
function app.load_in_request()
  local loaded = {}
  for name, module in pairs(package.loaded) do
    if name:find "^spreetail" then
      loaded[name], package.loaded[name] = module, nil
    end
  end
  local own = require("spreetail").client { loop = "ngx", ca_file = ngx.config.prefix() .. "ca.pem" }
  local _, err = own:get_order "NONE"
  own:close()
  for name, module in pairs(loaded) do
    package.loaded[name] = module
  end
  ngx.print(err.kind)
end

-- A driver's timer is refused or dropped while too many run: the call waits, and is made in the end.
function app.many_timers()
  for _ = 1, 64 do
    ngx.timer.at(0, function() ngx.sleep(1) end)
  end
  ngx.sleep(0.05)
  local own = spreetail.assert(spreetail.client { loop = "ngx", ca_file = ngx.config.prefix() .. "ca.pem" })
  local _, err = own:get_order "NONE"
  own:close()
  ngx.print(err.kind)
end

return app
