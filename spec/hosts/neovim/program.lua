-- What a plugin may do: call from coroutines, while the editor goes on.

local passed, failed = 0, 0

local function check(holds, format, ...)
  passed, failed = passed + (holds and 1 or 0), failed + (holds and 0 or 1)
  io.stdout:write(holds and "ok      " or "FAILED  ", format:format(...), "\n")
end

local function finish()
  io.stdout:write(("%d passed, %d failed\n"):format(passed, failed))
  vim.cmd(failed == 0 and "qall!" or "cquit!")
end

-- neovim has its own paths.
package.path = (os.getenv "LUA_PATH" or ""):gsub(";;", ";") .. ";" .. package.path
package.cpath = (os.getenv "LUA_CPATH" or ""):gsub(";;", ";")
  .. ";/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;/usr/lib/aarch64-linux-gnu/lua/5.1/?.so;" .. package.cpath

local uv = vim.loop

-- The handles that we open. (uv.walk would find neovim's own, and stumble over them.)
local opened = {}
for _, name in ipairs { "new_timer", "new_poll" } do
  local new = uv[name]
  uv[name] = function(...)
    local handle = new(...)
    opened[#opened + 1] = handle
    return handle
  end
end

local function open_handles()
  local count = 0
  for _, handle in ipairs(opened) do
    count = count + (handle:is_closing() and 0 or 1)
  end
  return count
end

local function order(reference)
  local address = {
    FullName = "Erika Muster", Address1 = "Weg 1", Town = "Rheine", PostCode = "48429", CountryCode = "DE",
  }
  return {
    ReferenceNumber = reference, ReceivedDate = "2025-03-01T10:00:00Z", DispatchBy = "2025-03-02T10:00:00Z",
    Currency = "EUR", PaymentStatus = "PAID", ChannelBuyerName = "Erika Muster",
    DeliveryAddress = address, BillingAddress = address,
    OrderItems = { {
      SKU = "SKU-00001", ItemTitle = "Product 1", Qty = 1, PricePerUnit = 9.99, TaxRate = 19,
      OrderLineNumber = "1",
    } },
  }
end

local function main()
  local spreetail = require "spreetail"
  local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE", loop = "luv" })

  local ok, err = pcall(client.get_order, client, "NONE")
  check(not ok and err:find "can't wait here", "outside a coroutine a call says that it can't wait")

  local done, ticks = 0, 0
  local timer = uv.new_timer()
  timer:start(1, 1, function() ticks = ticks + 1 end)
  for i = 1, 50 do
    coroutine.wrap(function()
      local stored = spreetail.assert(client:create_order(order("NVIM-" .. i)))
      done = done + (stored.ReferenceNumber == "NVIM-" .. i and 1 or 0)
    end)()
  end
  vim.wait(20000, function() return done == 50 end, 5)
  check(done == 50, "%d of 50 orders created", done)
  check(ticks > 5, "other timers have run %d times meanwhile", ticks)
  timer:close()

  local scheduled
  coroutine.wrap(function()
    local stored = client:get_order "NVIM-1"
    vim.schedule(function() scheduled = vim.fn.toupper(stored.ReferenceNumber) end)
  end)()
  vim.wait(20000, function() return scheduled ~= nil end, 5)
  check(scheduled == "NVIM-1", "and functions of the editor can be used by vim.schedule")

  local kind
  coroutine.wrap(function()
    kind = select(2, client.async:get_order "NVIM-2":result())
    local _, failure = client:get_order "NONE"
    kind = failure.kind
  end)()
  vim.wait(20000, function() return kind == "not_found" end, 5)
  check(kind == "not_found", "an error is a value")

  local blocking = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })
  local warnings = {}
  vim.notify = function(message) table.insert(warnings, message) end
  blocking:get_order "NONE"
  vim.wait(50)
  check(#warnings == 0, "a client without a loop may be used by a script")
  for _ = 1, 2 do
    local soon = uv.new_timer()
    soon:start(1, 0, function()
      soon:close()
      blocking:get_order "NONE"
    end)
  end
  vim.wait(500)
  check(#warnings == 1 and warnings[1]:find('blocked neovim .*loop = "luv"'),
    "in a callback it warns once: %s", tostring(warnings[1]))
  blocking:close()

  client:close()
  vim.wait(50)
  check(open_handles() == 0, "%d of %d handles are left open", open_handles(), #opened)
end

local ok, err = pcall(main)
if not ok then
  check(false, "%s", tostring(err))
end
finish()
