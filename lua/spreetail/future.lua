--- Futures: what a call comes to, now or later, whoever asks first.
--
-- Every call has one; a blocking method waits for it. A future holds its client. The client knows of
-- those alone that somebody waits for or has given a function to, until they are done; and since
-- nothing holds a client but its program and its futures, one that is forgotten is closed.

local errors = require "spreetail.error"
local rule = require "spreetail.rule"

local M = {}

local Future = { __name = "spreetail.future" }
Future.__index = Future

--- Of what an endpoint returns: a call under way, and nil or a function that turns its data into what the
-- program gets; or nil and the error of one that failed before it began. Later there may be: `waker`,
-- `more_wakers` and `functions` (see callbacks.lua); and when the result was asked for: `settled`, `data`,
-- `second`, and the call no more.
function M.of(client, call, second)
  if not call then
    return setmetatable({ client = client, settled = true, second = second }, Future)
  end
  return setmetatable({ client = client, call = call, read = second }, Future)
end

--- What a call that is done came to; `read` is nil or such a function.
function M.read(call, read)
  local data, second = call:result()
  if data == nil then
    errors.new(second)
  elseif read then
    data = read(data)
  end
  return data, second
end

--- What a future that is done came to: what the plain method returns. For whoever alone has the future:
-- asking again takes as long as the first time.
function M.take(future)
  if future.settled then
    return future.data, future.second
  end
  return M.read(future.call, future.read)
end

--- The same, kept: it is taken once.
function M.results(future)
  if not future.settled then
    future.data, future.second = M.take(future)
    future.settled = true -- last: an interrupt may strike before
    future.call:release()
    future.call = nil
  end
  return future.data, future.second
end

--- Of an order's future that is done: what became of it, as the core's `call:ending()` says; or nil and the
-- error. Takes far less than its result does.
function M.ending(future)
  if future.settled then
    return nil, future.second -- it failed before it began
  end
  local ending, err = future.call:ending()
  return ending, err and errors.new(err)
end

--- Gives back at once what the core has of a future that is done, and of which nothing is asked any more. The
-- collector does, too, but on LuaJIT after thousands, since it doesn't know how much that is.
function M.release(future)
  if future.call then
    future.call:release()
  end
end

--- Whether the result is there. Asks only: nothing moves.
function Future:done()
  return self.settled or self.call:done()
end

-- Waits; raises at the program's line where the code that runs can't be suspended.
local function await(self, name, seconds)
  if self:done() then
    return true
  end
  local waiter, why = self.client:waiter()
  if not waiter then
    error(("future:%s can't wait here: %s"):format(name, why), 3)
  end
  return self.client:await(self, waiter, seconds)
end

--- Waits until the result is there, at most `seconds` (default: as long as the call may take).
-- Returns whether it is.
function Future:wait(seconds)
  if seconds ~= nil and (type(seconds) ~= "number" or seconds ~= seconds) then
    error("future:wait: seconds must be a number, not " .. rule.show(seconds), 2)
  end
  local done = await(self, "wait", seconds or math.huge)
  return done
end

--- Waits, then returns what the plain method returns: data and response, or nil and an error.
function Future:result()
  await(self, "result", math.huge)
  return M.results(self)
end

--- Has `fn` called with the result, once, by whatever moves the client on (`poll`, a blocking call,
-- `wait`), never by `on_done` itself. The future may be dropped.
function Future:on_done(fn)
  if type(fn) ~= "function" then
    error("future:on_done: a function is needed, not " .. rule.show(fn), 2)
  end
  self.client.callbacks:add(self, fn)
  self.client.loop.drive(self.client)
  return self
end

--- Gives the call up: unless it is done, its result is an error of kind `cancelled`.
function Future:cancel()
  if not self.settled then
    self.call:cancel()
    self.client.loop.drive(self.client) -- whoever waits for it is to be woken
  end
end

function Future:__tostring()
  return "spreetail.future (" .. (self:done() and "done" or "pending") .. ")"
end

return M
