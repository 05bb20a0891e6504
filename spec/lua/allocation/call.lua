-- Memory that runs out while calls are made. See main.c.

local keyring = require "spreetail.store.keyring"
local spreetail = require "spreetail"

local client

local function open()
  return spreetail.client {
    base_url = os.getenv "SANDBOX_PLAIN_URL", allow_http = true, retries = 0, timeout = 3,
    on_event = function() end,
  }
end

local function drive()
  while client:poll(5) > 0 do end
end

local function prepare()
  -- What is loaded when it is first needed.
  client = assert(open())
  client:poll()
  client:close()
  client = nil
end

-- An order of which much is wrong: how much that is.
local function count_problems()
  local order = spreetail.order {
    CURRENCY = "EUR", RefrenceNumber = "R", order_items = { { order_line_number = "1" }, { sku = 5 } },
    Notes = { print, { 1, x = 1 } },
  }
  order:add_item { OrderLineNumber = "1" }
  order.Site, order.site = "A", "B"
  local _, err = order:validate()
  return #err.details
end

-- A token through the kernel's keyring, where there is one.
local function keep_token()
  local store = keyring.new()
  if not store then
    return true
  end
  store.set("allocation", "sealed", 5)
  local locked = store.lock("allocation", 0.01) -- one that an attempt has left behind is soon over
  store.unlock "allocation"
  return locked ~= nil and store.get "allocation" == "sealed"
end

-- Returns true when everything has succeeded; raises, or returns nil and an error, otherwise.
local function attempt(reference)
  local err
  client, err = open()
  if not client then
    return nil, tostring(err)
  end
  local stored, second = client:create_order {
    reference_number = reference, DispatchBy = 1740909600,
    Currency = "EUR", PaymentStatus = "PAID", ChannelBuyerName = "Erika Muster",
    DeliveryAddress = { FullName = "Erika Muster" },
    OrderItems = {
      { SKU = "S", ItemTitle = "T", Qty = 1, PricePerUnit = 9.99, TaxRate = 19 },
      { SKU = "S", ItemTitle = "T", Qty = 1, PricePerUnit = 1 / 3, TaxRate = 19, OrderLineNumber = "1" },
    },
    Empty = spreetail.array {},
    Notes = ("so long that its text grows"):rep(100),
  }
  if not stored or stored.ReferenceNumber ~= reference then
    return nil, tostring(second)
  elseif count_problems() ~= 25 then
    return nil, "other problems were found"
  elseif not keep_token() then
    return nil, "the keyring lost a token"
  end
  local told
  client.async:get_order "NONE":on_done(function(_, not_found)
    told = not_found.kind == "not_found" and tostring(not_found)
  end)
  drive()
  return told and client:stats().calls == 2
end

-- Whatever happened: the client that is there works, and tells what it is to tell.
local function afterwards()
  client = client or assert(open())
  local told
  -- A connection that was spoilt may be tried once more.
  client.async:get_order("NONE", { retries = 4 }):on_done(function(_, err) told = err end)
  drive()
  assert(told, "on_done was not called")
  assert(told.kind == "not_found", tostring(told))
  client:close()
  return true
end

return prepare, attempt, afterwards
