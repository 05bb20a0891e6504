--- Walking through the stock, page by page, asking for pages before they are needed.

local M = {}

-- The value, or nothing to be found in it when it is no table.
local function table_or_empty(value)
  return type(value) == "table" and value or {}
end

-- The SKUs of a page in either dialect, each with its location (nil in the old dialect).
local function read_skus(data)
  local skus = {}
  for _, location in ipairs(table_or_empty(data.locations)) do
    for _, sku in ipairs(table_or_empty(location.sku)) do
      skus[#skus + 1] = { sku, location }
    end
  end
  for _, sku in ipairs(table_or_empty(data.items)) do
    skus[#skus + 1] = { sku }
  end
  return skus
end

-- How many pages there can be, as far as the server says: nil when it does not.
local function count_pages(data, page_size)
  local pagination = table_or_empty(data.pagination)
  if pagination.total_pages then
    return tonumber(pagination.total_pages)
  end
  local longest
  for _, location in ipairs(table_or_empty(data.locations)) do
    local count = tonumber(location.total_count_of_skus)
    if count then
      longest = math.max(longest or 0, count)
    end
  end
  local size = tonumber(data.page_size) or page_size
  return longest and math.ceil(longest / size)
end

-- Whether the server says that there is a page behind this one: true, false, or nil when it says
-- nothing.
local function has_more(data)
  if data.has_more ~= nil then
    return data.has_more == true
  elseif data.next_page ~= nil then
    return true
  end
  local said
  for _, location in ipairs(table_or_empty(data.locations)) do
    if location.has_more == true then
      return true
    elseif location.has_more == false then
      said = false
    end
  end
  return said
end

-- What tells a page from others, for a server that sends the same for ever.
local function fingerprint(skus)
  local names = {}
  for i, entry in ipairs(skus) do
    local location = entry[2] and entry[2].location_name or ""
    names[i] = tostring(location) .. "\0" .. tostring(type(entry[1]) == "table" and entry[1].sku or entry[1])
  end
  return table.concat(names, "\0")
end

local Walk = {}
Walk.__index = Walk

-- Asks for the pages that will be needed soon.
local function ask_ahead(self)
  local last = math.min(self.page + self.ahead, self.last_page)
  for page = self.page, last do
    if not self.futures[page] then
      self.futures[page] = self.fetch(page)
    end
  end
end

-- Whether the walk is over with this page, by what the server says, or else by what it sends.
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
  -- When the server doesn't say how many pages there are, one is asked for after the other.
  self.last_page = math.max(self.page, count_pages(data, self.page_size) or 0)
  ask_ahead(self)
  self.client:poll() -- puts the requests on their way
end

-- Takes the next page over: a list of its SKUs; or nil and an error, and then it will be asked for
-- again.
local function next_page(self)
  ask_ahead(self)
  local data, err = self.futures[self.page]:result()
  self.futures[self.page] = nil
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
  if #skus == 0 or is_last(self, data) then
    self:close()
  else
    advance(self, data)
  end
  return skus
end

--- The next SKU and its location (nil in the old dialect); nil at the end; nil and an error when a
-- page can't be had. Nothing that was given is lost by that: the next call asks for the page again.
function Walk:next()
  while self.index >= #self.skus do
    if self.closed then
      return nil
    end
    local skus, err = next_page(self)
    if not skus then
      return nil, err
    end
    self.skus, self.index = skus, 0
  end
  self.index = self.index + 1
  local entry = self.skus[self.index]
  return entry[1], entry[2]
end

--- For `for sku, location in client:each_sku() do`, which has no place for an error: it raises.
function Walk:__call()
  local sku, location = self:next()
  if sku == nil and location ~= nil then
    error(tostring(location), 2)
  end
  return sku, location
end

--- Ends the walk: pages that were asked for ahead are given up. Harmless when repeated.
function Walk:close()
  self.closed = true
  for page, future in pairs(self.futures) do
    future:cancel()
    self.futures[page] = nil
  end
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
    closed = false,
  }, Walk)
end

return M
