--- How far something long is: on a terminal a bar, which is drawn over; elsewhere a line now and then.

local M = {}

local EVERY_ON_TERMINAL, EVERY_IN_LOG = 0.1, 10 -- seconds

local NARROWEST_BAR = 10

--- A number for people: 12,345.
function M.number(value)
  local digits = ("%.0f"):format(value)
  local grouped = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (grouped:gsub("^,", ""))
end

--- Seconds for people: 59 s, 1:05, 2:00:00.
function M.time(seconds)
  seconds = math.floor(seconds + 0.5)
  local minutes = math.floor(seconds / 60)
  if minutes == 0 then
    return ("%d s"):format(seconds)
  elseif minutes < 60 then
    return ("%d:%02d"):format(minutes, seconds % 60)
  end
  return ("%d:%02d:%02d"):format(math.floor(minutes / 60), minutes % 60, seconds % 60)
end

-- What is to be said, but for the bar: `done`, `failed`, `elapsed`, and `share`, how much of all is done,
-- when that is known.
local function words(state)
  local parts = {
    M.number(state.done) .. (state.done == 1 and " order" or " orders"),
    M.number(state.done / math.max(state.elapsed, 0.001)) .. " a second",
    M.number(state.failed) .. " failed",
  }
  if state.share and state.share > 0 then
    parts[#parts + 1] = M.time(state.elapsed / state.share - state.elapsed) .. " left"
  end
  return table.concat(parts, ", ")
end

--- A bar and what is to be said, no wider than that.
function M.bar(state, width)
  local text = words(state)
  if not state.share then
    return text:sub(1, width)
  end
  local percent = ("%3d %% "):format(math.floor(100 * state.share))
  local room = width - #text - #percent - 3
  if room < NARROWEST_BAR then
    return (percent .. text):sub(1, width)
  end
  room = math.min(room, 40)
  local filled = math.floor(room * state.share)
  return ("[%s%s] %s%s"):format(("#"):rep(filled), ("."):rep(room - filled), percent, text)
end

local Progress = {}
Progress.__index = Progress

local function draw(self, now, offset)
  local state = {
    done = self.done,
    failed = self.failed,
    elapsed = now - self.began,
    share = self.size and math.min(offset() / self.size, 1),
  }
  if self.columns then
    local width = (self.columns() or 80) - 1 -- in the last one, some terminals begin a line
    self.stream:write("\r", M.bar(state, width), "\27[K")
    self.is_drawn = true
  else
    self.stream:write("spreetail: ", words(state), "\n")
  end
  self.stream:flush()
end

--- Counts one that is done, or has failed.
function Progress:count(has_failed)
  self.done = self.done + 1
  self.failed = self.failed + (has_failed and 1 or 0)
end

--- Says how far it is, if it is time to. `offset()` is how much of all is done with.
function Progress:tick(offset)
  if self.is_quiet then
    return
  end
  local now = self.clock()
  if now >= self.due then
    self.due = now + (self.columns and EVERY_ON_TERMINAL or EVERY_IN_LOG)
    draw(self, now, offset)
  end
end

--- Takes the bar away, so that a line can be said.
function Progress:hide()
  if self.is_drawn then
    self.is_drawn = false
    self.stream:write "\r\27[K"
    self.stream:flush()
  end
end

--- Options: the `stream`; `columns`, a function that says how wide it is, when it is a terminal; `size`, how
-- much there is, when that is known; `clock`, which tells seconds; `is_quiet`.
function M.new(options)
  local now = options.clock()
  return setmetatable({
    stream = options.stream,
    columns = options.columns,
    size = options.size,
    clock = options.clock,
    is_quiet = options.is_quiet,
    began = now,
    due = now + (options.columns and 0 or EVERY_IN_LOG),
    done = 0,
    failed = 0,
    is_drawn = false,
  }, Progress)
end

return M
