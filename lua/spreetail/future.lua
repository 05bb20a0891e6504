--- Futures: results that are still to come.

local rule = require "spreetail.rule"

local Future = {}
Future.__index = Future
Future.__name = "spreetail.future"

function Future.new(client, settlement)
  return setmetatable({ client = client, settlement = settlement }, Future)
end

--- Whether the result is there. Asks only: nothing moves.
function Future:done()
  return self.settlement:done()
end

-- Waits; raises at the program's line where the code that runs can't be suspended.
local function await(self, name, seconds)
  if self.settlement:done() then
    return true
  end
  local waiter, why = self.client:waiter()
  if not waiter then
    error(("future:%s can't wait here: %s"):format(name, why), 3)
  end
  return self.client:await(self.settlement, waiter, seconds)
end

--- Waits until the result is there, at most `seconds` (default: as long as the call may take).
-- Returns whether it is.
function Future:wait(seconds)
  if seconds ~= nil and type(seconds) ~= "number" then
    error("future:wait: seconds must be a number, not " .. rule.show(seconds), 2)
  end
  local done = await(self, "wait", seconds or math.huge)
  return done
end

--- Waits, then returns what the plain method returns: data and response, or nil and an error.
function Future:result()
  await(self, "result", math.huge)
  return self.settlement:results()
end

--- Has `fn` called with the result, once, by whatever moves the client on (`poll`, a blocking call,
-- `wait`), never by `on_done` itself. The future may be dropped.
function Future:on_done(fn)
  if type(fn) ~= "function" then
    error("future:on_done: a function is needed, not " .. rule.show(fn), 2)
  end
  self.client.callbacks:add(self.settlement, fn)
  self.client.loop.drive(self.client)
  return self
end

--- Gives the call up: unless it is done, its result is an error of kind `cancelled`.
function Future:cancel()
  if not self.settlement.settled then
    self.settlement.call:cancel()
    self.client.loop.drive(self.client) -- whoever waits for it is to be woken
  end
end

function Future:__tostring()
  return "spreetail.future (" .. (self.settlement:done() and "done" or "pending") .. ")"
end

return Future
