--- `spreetail stock`: what is there, at every location; once, or again and again.

local exit = require "spreetail.command.exit"
local interrupt = require "spreetail.interrupt"
local number = require "spreetail.command.number"

local function define(parser)
  parser:option "--sku"
    :description "Only this SKU, with or without the brand that the server puts before it. May be repeated."
    :argname "SKU"
    :count "*"
  parser:option "--below"
    :description "Only SKUs of which fewer than N are available."
    :argname "N"
    :convert(number.number)
  parser:option "--watch"
    :description("Go on looking, with a pause of so many seconds, until Ctrl-C. On a terminal the table is "
      .. "shown anew; elsewhere what has changed is printed.")
    :argname "SECONDS"
    :convert(number.seconds)
end

local COLUMNS = {
  { "SKU" }, { "Location" }, { "Available", "right" }, { "Stock", "right" }, { "Ordered", "right" },
  { "Updated" },
}

-- Whether a SKU as the server calls it is one of those asked for.
local function is_wanted(wanted, name)
  if #wanted == 0 then
    return true
  end
  for _, sku in ipairs(wanted) do
    if name == sku or name:sub(-#sku - 1) == "_" .. sku then
      return true
    end
  end
  return false
end

-- A SKU of either dialect of the API, as cells.
local function cells_of(sku, location)
  return {
    sku.sku, location and location.location_name,
    sku.Available or sku.available, sku.StockLevel or sku.on_hand, sku.InOrderBook or sku.reserved,
    sku.LastUpdateDate or sku.last_updated,
  }
end

-- Whether it is to be shown, by the options.
local function is_shown(arguments, cells)
  local available = tonumber(cells[3])
  return is_wanted(arguments.sku, tostring(cells[1]))
    and (not arguments.below or (available ~= nil and available < arguments.below))
end

-- Calls show(sku, location, cells) for each SKU that is asked for. Returns true, or nil and an error.
local function walk(session, arguments, show)
  local client, err = session:client()
  if not client then
    return nil, err
  end
  local pages = client:each_sku { page_size = 50 }
  local sku, location = pages:next()
  while sku and not session:interrupted() do
    local cells = cells_of(sku, location)
    if is_shown(arguments, cells) then
      show(sku, location, cells)
    end
    sku, location = pages:next()
  end
  if not sku and location then
    return nil, location -- the error
  end
  return true
end

-- Prints the stock; what was printed in a round before, and is the same, is left out. `seen` (nil: print all)
-- keeps that. Returns as `walk` does.
local function print_stock(session, arguments, seen)
  local out = session.out
  local rows = out:rows(COLUMNS)
  local done, err = walk(session, arguments, function(sku, location, cells)
    local key, state = tostring(cells[1]) .. "\0" .. tostring(cells[2]), table.concat({
      tostring(cells[3]), tostring(cells[4]), tostring(cells[5]),
    }, "\0")
    if seen and seen[key] == state then
      return
    elseif seen then
      seen[key] = state
    end
    if out.json then
      out:object { sku = sku, location = location and location.location_name }
    else
      rows:add(cells)
    end
  end)
  rows:close()
  return done, err
end

local HOME = "\27[H\27[2J"

-- Until Ctrl-C. What may work the next time is said, and does not end it.
local function watch(session, arguments)
  local out = session.out
  local seen = not out.terminal and {} or nil
  while not session:interrupted() do
    if out.terminal then
      out:write(HOME, out:paint("grey", os.date "%Y-%m-%d %H:%M:%S"), "\n")
    end
    local done, err = print_stock(session, arguments, seen)
    local status = done and exit.done or session:fail(err)
    if status ~= exit.done and status ~= exit.unreachable then
      return status
    end
    session:sleep(arguments.watch)
  end
  return exit.done
end

local function run(arguments, session)
  local ok, status = pcall(function()
    if arguments.watch then
      return watch(session, arguments)
    end
    local done, err = print_stock(session, arguments)
    return done and exit.done or session:fail(err)
  end)
  if not ok and not interrupt.is(status) then
    error(status, 0)
  end
  return ok and status or exit.done
end

return {
  name = "stock",
  summary = "Show what is in stock.",
  description = "Shows the stock at all locations: SKU, location, how many are available, in stock and "
    .. "ordered, and when that was updated. Where the output is no terminal, these are the cells of a line, "
    .. "with tabs between them.",
  define = define,
  run = run,
}
