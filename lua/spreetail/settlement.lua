--- Settlements: what a call comes to, whoever asks first.
--
-- The client knows settlements that somebody watches; futures know their client and their
-- settlement. So nothing leads from a client to a future.

local errors = require "spreetail.error"

local Settlement = {}
Settlement.__index = Settlement

--- Of a call under way. `read`, when given, turns its data into what the program gets.
function Settlement.of(call, read)
  return setmetatable({ call = call, read = read }, Settlement)
end

--- Of a call that failed before it began.
function Settlement.failed(err)
  return setmetatable({ settled = true, second = err }, Settlement)
end

function Settlement:done()
  return self.settled or self.call:done()
end

--- What the call came to; only when done.
function Settlement:results()
  if not self.settled then
    local data, second = self.call:result()
    if data == nil then
      errors.new(second)
    elseif self.read then
      data = self.read(data)
    end
    self.data, self.second = data, second
    self.settled = true -- last: an interrupt may strike before
    self.call = nil -- frees the core's copy
  end
  return self.data, self.second
end

return Settlement
