--- What every client in Lua does alike: arguments URL COUNT IN_FLIGHT, the order that it sends, the line
-- that it prints: how many were accepted in all, seconds, seconds of CPU.
-- Works on Lua 5.1 to 5.4 and LuaJIT.

local order = dofile(debug.getinfo(1, "S").source:match "^@(.*)/" .. "/../order.lua")

local run = {
  url = arg[1],
  count = tonumber(arg[2]),
  in_flight = tonumber(arg[3]),
  ca_file = os.getenv "SPREETAIL_CA_FILE",
}

--- A reference of its own for each.
function run.order(number)
  return order.whole(("BENCH-%07d"):format(number))
end

--- What is sent to log in.
function run.credentials()
  return {
    client_id = os.getenv "SPREETAIL_CLIENT_ID",
    client_secret = os.getenv "SPREETAIL_CLIENT_SECRET",
  }
end

--- Measures `send_orders(first, last)`, which returns how many were accepted. Before that a few are
-- sent, so that connections are there and everything has been loaded.
function run.measure(now, send_orders)
  local warm = run.in_flight
  local accepted = send_orders(1, warm)
  local began, cpu = now(), os.clock()
  accepted = accepted + send_orders(warm + 1, warm + run.count)
  print(("%d %.6f %.6f"):format(accepted, now() - began, os.clock() - cpu))
end

return run
