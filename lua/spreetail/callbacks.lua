--- The program's functions, and calling them.
--
-- What has happened is collected first: from the core, into a queue. The queue is then worked off,
-- one function after the other. A function may use the client in turn, which collects more; only
-- the outermost of these calls functions, so that they never nest. Who calls them may be suspended by
-- one, perhaps for good: then whoever moves the client on next goes on with the others.

local interrupt = require "spreetail.interrupt"
local results = require("spreetail.future").results

local Callbacks = {}
Callbacks.__index = Callbacks

local function no_context()
  return true
end

--- Of the core's client; the two functions may be nil. `context()`, nil where it makes no difference,
-- tells what the running coroutine belongs to.
function Callbacks.new(core_client, on_event, on_trace, context)
  return setmetatable({
    core = core_client,
    on_event = on_event,
    on_trace = on_trace,
    context = context or no_context,
    watched = {}, -- by id of a pending call: its future
    queue = {}, -- events to tell, and futures with the functions to call
    first = 1, -- where the queue begins
    last = 0, -- where it ends
    settled = nil, -- the call that is being collected
    tellers = setmetatable({}, { __mode = "k" }), -- the coroutines that call functions: their context
    errors = 0, -- how many functions have raised
  }, Callbacks)
end

local function push(self, entry)
  self.queue[self.last + 1] = entry -- first, since it may run out of memory
  self.last = self.last + 1
end

-- From here on the future is known until it is done.
local function watch(self, future)
  self.watched[future.call:watch()] = future
end

--- Has `fn` called with the results of the future, by whatever moves the client on.
function Callbacks:add(future, fn)
  if future.settled then
    push(self, { future = future, fn })
    return
  end
  watch(self, future)
  future.functions = future.functions or { future = future }
  table.insert(future.functions, fn)
end

--- Has `waker:wake()` called as soon as the future is done. For this library's own waiters, which
-- neither use the client nor mind to be woken twice: the program's functions need not be done for it.
function Callbacks:wake(future, waker)
  if future.settled then
    waker:wake()
    return
  end
  watch(self, future)
  if not future.waker then
    future.waker = waker -- there is seldom another
    return
  end
  future.more_wakers = future.more_wakers or {}
  future.more_wakers[waker] = true
end

--- Takes that back.
function Callbacks.forget(future, waker)
  if future.waker == waker then
    future.waker = nil
  elseif future.more_wakers then
    future.more_wakers[waker] = nil
  end
end

-- The running coroutine; true for the main program of Lua 5.1.
local function here()
  return coroutine.running() or true
end

-- Whether a function is being called by what runs now, however far up.
local function is_telling(self)
  for teller, context in pairs(self.tellers) do
    local status = teller == true and "normal" or coroutine.status(teller)
    if (status == "running" or status == "normal") and context == self.context() then
      return true
    end
  end
  return false
end

--- Whether no function waits to be called, or the one that runs has to end first.
function Callbacks:is_idle()
  return self.first > self.last or is_telling(self)
end

--- Whether the running code is one of these functions, or was called by one.
function Callbacks:is_telling_here()
  local context = self.tellers[here()]
  return context ~= nil and context == self.context()
end

local function collect_events(self)
  local event = self.core:next_event()
  while event do
    if self.on_event or event.type == "trace" then
      push(self, { event = event })
    end
    event = self.core:next_event()
  end
end

local function wake_all(future)
  if future.waker then
    future.waker:wake()
  end
  if future.more_wakers then
    for waker in pairs(future.more_wakers) do
      waker:wake()
    end
  end
end

--- Takes over what has happened.
function Callbacks:collect()
  if self.on_event or self.on_trace then
    collect_events(self)
  end
  -- The core tells of a call once. Memory may run out before all is done for it, so it is kept.
  local core, watched = self.core, self.watched
  local settled = self.settled or core:next_settled()
  self.settled = settled
  while settled do
    local future = watched[settled] -- nil: an interrupt struck behind this one
    if future then
      wake_all(future)
      if future.functions then
        push(self, future.functions)
      end
      watched[settled] = nil
    end
    settled = core:next_settled()
    self.settled = settled
  end
end

-- What an error value reads as, though its own __tostring may fail.
local function describe(err)
  local ok, text = pcall(tostring, err)
  return ok and text or "an error that can't be shown"
end

-- An error in the program's function must not undo what the core has done; an interrupt is not its error.
local function call(self, name, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then
    return
  elseif interrupt.is(err) then
    error(err, 0)
  end
  self.errors = self.errors + 1
  if io and io.stderr then
    io.stderr:write("spreetail: error in ", name, ": ", describe(err), "\n")
  end
end

local function tell_event(self, event)
  if event.type == "trace" then
    call(self, "on_trace", self.on_trace, event.reason)
  else
    call(self, "on_event", self.on_event, event)
  end
end

local function tell_all(self)
  self.tellers[here()] = self.context()
  local entry = self.queue[self.first]
  while entry do
    if entry.future then
      results(entry.future) -- may run out of memory: then it is still there for the next time
    end
    self.queue[self.first] = nil
    self.first = self.first + 1
    if entry.event then
      tell_event(self, entry.event)
    end
    for _, fn in ipairs(entry) do
      call(self, "on_done", fn, results(entry.future))
    end
    self:collect()
    entry = self.queue[self.first]
  end
  self.first, self.last = 1, 0 -- rather than go up for ever: low places cost less
end

--- Calls the program's functions for all that has happened.
function Callbacks:tell()
  if self.first > self.last or is_telling(self) then
    return
  end
  local ok, err = pcall(tell_all, self) -- to call it may take memory: this teller is noted inside
  self.tellers[here()] = nil
  if not ok then
    error(err, 0)
  end
end

return Callbacks
