--- Many orders, so many in flight at one time.

local core = require "spreetail.core"

local M = {}

-- An iterator over a list, or the one that was given.
local function each(orders)
  if type(orders) == "function" then
    return orders
  end
  local i = 0
  return function()
    i = i + 1
    return orders[i]
  end
end

local function add_to(summary, order, data, err, response)
  if data ~= nil then
    summary.accepted = summary.accepted + 1
    if response.reconciled then
      summary.reconciled = summary.reconciled + 1
    end
    return
  end
  summary.failed = summary.failed + 1
  summary.by_kind[err.kind] = (summary.by_kind[err.kind] or 0) + 1
  if err.outcome == "unknown" then
    table.insert(summary.unknown, order.ReferenceNumber)
  end
end

--- Sends the orders (a list, or an iterator that returns one at a time), `concurrency` at one time,
-- and calls `on_result(order, data, err, response)` in the order in which they are done. `start`
-- begins one and returns its settlement. An error in the iterator or in `on_result` stops the taking of
-- further orders; it is raised again when those in flight are done. Returns the summary.
function M.run(client, orders, concurrency, on_result, start)
  local next_order = each(orders)
  local began = core.now()
  local summary = { accepted = 0, reconciled = 0, failed = 0, by_kind = {}, unknown = {} }
  local in_flight, done, exhausted, raised = 0, {}, false, nil

  local function guard(fn, ...)
    local ok, value = pcall(fn, ...)
    if ok then
      return value
    end
    raised = raised or { value }
    return nil
  end

  local function take()
    local order = guard(next_order)
    if order == nil then
      exhausted = true
      return
    end
    local settlement = guard(start, order)
    if not settlement then
      return
    end
    in_flight = in_flight + 1
    client.callbacks:wake(settlement, function()
      in_flight = in_flight - 1
      done[#done + 1] = { order = order, settlement = settlement }
    end)
  end

  local function report()
    local finished = done
    done = {}
    for _, result in ipairs(finished) do
      local order, data, second = result.order, result.settlement:results()
      local err, response = nil, second
      if data == nil then
        err, response = second, nil
      end
      add_to(summary, order, data, err, response)
      if on_result then
        guard(on_result, order, data, err, response)
      end
    end
  end

  repeat
    while in_flight + #done < concurrency and not exhausted and not raised do
      take()
    end
    if #done == 0 and in_flight > 0 then
      client:poll(math.huge)
    end
    report()
  until in_flight == 0 and (exhausted or raised)

  summary.elapsed = core.now() - began
  if raised then
    error(raised[1], 0)
  end
  return summary
end

return M
