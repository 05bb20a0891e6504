--- Walking through the stock, page by page, asking for pages before they are needed.

local M = {}

-- The value, or nothing to be found in it when it is no table.
local function table_or_empty(value)
  return type(value) == "table" and value or {}
end

--
-- What a page says, in either dialect of the API.
--

local function locations(data)
  local list = {}
  for i, location in ipairs(table_or_empty(data.locations)) do
    list[i] = table_or_empty(location)
  end
  return list
end

-- Its SKUs, each with its location (nil in the old dialect).
local function read_skus(data)
  local skus = {}
  for _, location in ipairs(locations(data)) do
    for _, sku in ipairs(table_or_empty(location.sku)) do
      skus[#skus + 1] = { sku, location }
    end
  end
  for _, sku in ipairs(table_or_empty(data.items)) do
    skus[#skus + 1] = { sku }
  end
  return skus
end

-- How many pages there are, by the counts in it; nil: it has none.
local function count_pages(data, page_size)
  local pages = tonumber(table_or_empty(data.pagination).total_pages)
  local size = tonumber(data.page_size) or page_size
  for _, location in ipairs(locations(data)) do
    local count = tonumber(location.total_count_of_skus)
    if count and size > 0 then
      pages = math.max(pages or 0, math.ceil(count / size))
    end
  end
  return pages
end

-- Whether there is a page behind it, by its own words: true, false, or nil when it says nothing.
local function has_more(data)
  local said
  local function hear(more)
    if type(more) == "boolean" then
      said = said or more
    end
  end
  hear(data.has_more)
  for _, location in ipairs(locations(data)) do
    hear(location.has_more)
  end
  if said == nil and data.next_page ~= nil then
    return true
  end
  return said
end

-- What tells it from others.
local function fingerprint(skus)
  local names = {}
  for i, entry in ipairs(skus) do
    local sku, location = entry[1], table_or_empty(entry[2])
    names[i] = tostring(location.location_name) .. "\0" .. tostring(type(sku) == "table" and sku.sku or sku)
  end
  return table.concat(names, "\0")
end

--
-- The walk. Its program is given the SKUs of one page, while the pages behind it are on their way.
--

local Walk = { __name = "spreetail.walk" }
Walk.__index = Walk

-- Asks for the pages up to `last` that have not been asked for, as far as there are any.
local function ask(self, last)
  for page = self.page, math.min(last, self.last_page) do
    self.futures[page] = self.futures[page] or self.fetch(page)
  end
end

local function give_up_futures(self)
  for page, future in pairs(self.futures) do
    future:cancel()
    self.futures[page] = nil
  end
end

-- Whether it is the last one, by its own words or else by its counts.
local function is_last(self, data)
  local more = has_more(data)
  if more ~= nil then
    return not more
  end
  local pages = count_pages(data, self.page_size)
  return pages ~= nil and self.page >= pages
end

local function advance(self, data)
  self.page = self.page + 1
  -- When the server doesn't say how many pages there are, they are asked for one after the other.
  self.last_page = math.max(self.page, count_pages(data, self.page_size) or 0)
  ask(self, self.page + self.ahead - 1)
  local loop = self.client.loop
  if loop.hasten then
    loop.hasten(self.client)
  end
end

-- Waits for the current page; raises where that can't be, before anything is asked for, with advice
-- (nil: none).
local function await_page(self, level, advice)
  local client, asked = self.client, self.futures[self.page]
  if asked and asked:done() then
    return
  end
  local waiter, why = client:waiter()
  if not waiter then
    error("client:each_sku can't wait here: " .. why .. (advice or ""), level + 1)
  end
  ask(self, self.page + self.ahead)
  client:await(self.futures[self.page], waiter, math.huge)
end

-- Takes the next page over; or returns nil and an error, and then it will be asked for again.
local function turn_page(self, level, advice)
  local page = self.page
  await_page(self, level + 1, advice)
  local future = self.futures[page]
  if self.page ~= page or not future then
    return true -- another coroutine has turned it or closed the walk meanwhile
  end
  self.futures[page] = nil
  local data, err = future:result()
  if data == nil then
    return nil, err
  end
  data = table_or_empty(data)
  local skus = read_skus(data)
  local print_of_page = fingerprint(skus)
  if self.seen[print_of_page] then
    skus = {} -- a server that never says stop
  end
  self.seen[print_of_page] = true
  self.skus, self.index = skus, 0
  if #skus == 0 or is_last(self, data) then
    self.ended = true
    give_up_futures(self)
  else
    advance(self, data)
  end
  return true
end

-- `level` is the program's, `advice` what to tell it where nothing can be waited for.
local function next_sku(self, level, advice)
  while self.index >= #self.skus do
    if self.ended then
      return nil
    end
    local turned, err = turn_page(self, level + 1, advice)
    if not turned then
      return nil, err
    end
  end
  self.index = self.index + 1
  local entry = self.skus[self.index]
  return entry[1], entry[2]
end

--- The next SKU and its location (nil in the old dialect); nil at the end; nil and an error when a
-- page can't be had. Nothing that was given is lost by that: the next call asks for the page again.
function Walk:next()
  local sku, location = next_sku(self, 2)
  return sku, location -- no tail call: levels are counted
end

-- PUC Lua 5.1 suspends no coroutine in a `for`.
local INSTEAD_OF_FOR = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
  and ". Instead of the 'for': local walk = client:each_sku(); then walk:next() for each SKU, up to a nil"

--- For `for sku, location in client:each_sku() do`, which has no place for an error: it raises.
function Walk:__call()
  local sku, location = next_sku(self, 2, coroutine.running() and INSTEAD_OF_FOR)
  if sku == nil and location ~= nil then
    error(tostring(location), 2)
  end
  return sku, location
end

--- Ends the walk: nothing more is given, and pages that were asked for are given up. Harmless when
-- repeated.
function Walk:close()
  self.ended, self.skus, self.index = true, {}, 0
  give_up_futures(self)
end

Walk.__close = Walk.close -- when a `for` of Lua 5.4 is left early

--- A walk over the pages that `fetch(page)` gets, each as a future.
function M.walk(client, page_size, ahead, fetch)
  return setmetatable({
    client = client,
    fetch = fetch,
    page_size = page_size,
    ahead = ahead,
    page = 1, -- the next one to take over
    last_page = 1, -- as far as known
    futures = {}, -- by page: asked for and not taken over
    seen = {}, -- fingerprints of the pages so far
    skus = {}, -- of the current page
    index = 0, -- of the SKU given last
    ended = false, -- there is no page behind the current one
  }, Walk)
end

return M
