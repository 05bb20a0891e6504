--- The loop of programs that have none: who waits moves the client on, and the program stands still.
--
-- A loop is a table with two functions.
--
-- `waiter(client)` makes something to wait with for the code that is running, with two methods:
-- `wait(seconds)` returns when it was woken, when so much time has passed, or for no reason;
-- `wake()` has it return. When that code can't be suspended: nil and why.
--
-- `drive(client)` is called when a client has something new to do. It makes sure that
-- `client:poll()` is called now, and, as long as `client:busy()`, whenever `client:pollfd()` is
-- readable or `client:next_timeout()` seconds have passed. It does not wait itself. It may be called
-- often, and by code that can't be suspended.

local running = require "spreetail.loop.running"

local M = {}

local WARNING = 'spreetail: a client without a loop has blocked %s while it waited. Make the client with '
  .. 'loop = "%s", and only who calls waits (docs/loops.md). This is said once'

local has_warned = false

-- An event loop that stands still looks like a slow server, and so its program is told.
local function warn()
  local loop = running.find()
  if loop then
    has_warned = true
    loop.log(WARNING:format(loop.stops, loop.option))
  end
end

local Waiter = {}
Waiter.__index = Waiter

function Waiter:wait(seconds, call)
  if seconds > 0 and not has_warned then
    warn()
  end
  self.client:advance(seconds, call)
end

function Waiter.wake() end

-- One for all of a client's calls: nothing of it is theirs.
function M.waiter(client)
  client.only_waiter = client.only_waiter or setmetatable({ client = client }, Waiter)
  return client.only_waiter
end

function M.drive() end

-- For this loop alone: since whoever waits moves the client on, the program's functions may wait, too.
M.nests = true

-- For this loop alone: puts what was begun on its way, as nobody else does before somebody waits.
function M.hasten(client)
  client:advance(0)
end

return M
