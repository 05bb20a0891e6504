--- Sharing tokens through a store: before a login the store is asked, and after one it is told.
--
-- A store is a table with four functions:
--
-- `get(key)` returns what is stored under the key, or nil.
-- `set(key, value, seconds)` stores a value, a string of any bytes, for so long.
-- `lock(key, seconds)` returns true when the caller alone may log in now, for at most so long.
-- `unlock(key)` gives that back.
--
-- What is stored is sealed by the core: a store learns nothing, and can't forge a token. A store that
-- fails, lies or has lost everything costs a login and nothing else.
--
-- The functions may let others run. Those see that somebody is waiting for the store, and leave it alone;
-- but who waits may never go on, since nothing obliges anybody to resume a coroutine. So a function that
-- takes too long is given up: the client logs in by itself, and rests from the store for a while.

local core = require "spreetail.core"
local interrupt = require "spreetail.interrupt"

local LEASE = 5 -- seconds for which the lock of a client that has died holds up the others' logins
local PATIENCE = 30 -- seconds: as long as a login may take, another client's is waited for
local PERIOD = 0.05 -- seconds between looks at what the one that logs in has stored
local ANSWER = 10 -- seconds that a function of the store may take
local REST = 60 -- seconds for which the store is not asked when one has taken longer

local TOO_LATE = {} -- raised in a turn that was given up, if it goes on after all

local Sharing = {}
Sharing.__index = Sharing

--- Of the core's client. `now`, for tests, is the clock.
function Sharing.new(core_client, store, now)
  return setmetatable({
    core = core_client,
    store = store,
    now = now or core.now,
    key = core_client:store_key(),
    generation = 0, -- of the last token that came from the store, or was put into it
    locked = false, -- by us
    lock_again = 0, -- when to take a new lease, while we log in
    next_look = 0, -- when to look again, while another client logs in
    give_up = nil, -- when to stop waiting for that
    turn = nil, -- of the step that is at work: a function of the store may let others run meanwhile
    answer_by = 0, -- when that function is given up
    rest_until = 0, -- the store is left alone
    errors = 0, -- of the store's functions
  }, Sharing)
end

local function ask(self, name, ...)
  local turn = self.turn
  self.answer_by = self.now() + ANSWER
  local ok, value = pcall(self.store[name], self.key, ...)
  if self.turn ~= turn then
    error(TOO_LATE, 0)
  elseif ok then
    return value
  elseif interrupt.is(value) then
    error(value, 0)
  end
  self.errors = self.errors + 1
  return nil, true
end

local function offer(self)
  local sealed = ask(self, "get")
  if type(sealed) == "string" and self.core:offer_token(sealed) then
    self.generation = self.core:token_generation()
    return true
  end
end

local function lock(self)
  local locked, failed = ask(self, "lock", LEASE)
  self.locked = locked == true
  self.lock_again = self.now() + LEASE / 2
  return locked, failed
end

-- A login may take longer than a lease. Who gets in between logs in as well, which does no harm.
local function keep_lock(self)
  if self.locked and self.now() >= self.lock_again then
    ask(self, "unlock")
    lock(self)
  end
end

local function look(self)
  local now = self.now()
  if now < self.next_look then
    return false
  elseif offer(self) then
    self.give_up = nil
    return true
  end
  local locked, failed = lock(self)
  if locked or failed or (self.give_up and now >= self.give_up) then
    -- Between our look and our lock another may have stored a token and unlocked.
    self.give_up = nil
    if not offer(self) then
      self.core:permit_login()
    end
    return true
  end
  self.give_up = self.give_up or now + PATIENCE
  self.next_look = now + PERIOD
  return false
end

local function publish(self)
  local generation = self.core:token_generation()
  if generation ~= self.generation then
    local sealed, seconds = self.core:seal_token()
    if sealed then
      ask(self, "set", sealed, seconds)
    end
    self.generation = generation -- last: memory may run out, or the store may not answer
  end
end

local function log_in_alone(self)
  if self.core:wants_token() then
    self.core:permit_login()
    return true
  end
  return false
end

local function take_turn(self)
  self.turn = {}
  local more = false
  if self.core:logging_in() then
    keep_lock(self)
  else
    publish(self)
    if self.core:wants_token() then
      more = look(self)
    end
    if self.locked and not self.core:logging_in() then
      self.locked = false
      ask(self, "unlock")
    end
  end
  return more
end

-- The lock is left to its lease, since to unlock is to ask the store.
local function abandon_turn(self)
  self.turn, self.locked, self.give_up = nil, false, nil
  self.errors = self.errors + 1
  self.rest_until = self.now() + REST
end

--- Whether there is nothing to do, as nearly always, until the core asks for a token or has another one.
function Sharing:is_idle()
  local handle = self.core
  return not self.turn and not self.locked and not handle:wants_token() and not handle:logging_in()
    and handle:token_generation() == self.generation
end

--- To be called after each step of the core. Returns whether another step has something to do.
function Sharing:step()
  if self:is_idle() then
    return false
  elseif self.turn then
    if self.now() < self.answer_by then
      return false
    end
    abandon_turn(self)
  end
  if self.now() < self.rest_until then
    return log_in_alone(self)
  end
  local ok, more = pcall(take_turn, self) -- to call it may take memory: the turn begins inside
  if more == TOO_LATE then
    return false
  end
  self.turn = nil
  if not ok then
    error(more, 0)
  end
  return more
end

--- Seconds until `step` wants to be called, at most `seconds` (nil: no limit).
function Sharing:limit(seconds)
  local due
  if self.turn then
    due = self.now() + PERIOD -- somebody else's: it will have made a difference, or be given up
  elseif self.core:wants_token() then
    due = self.give_up and self.next_look or 0
  elseif self.locked then
    due = self.lock_again
  else
    return seconds
  end
  local left = math.max(0, due - self.now())
  return math.min(left, seconds or left)
end

return Sharing
