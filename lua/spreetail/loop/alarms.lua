--- Alarms: what is to be woken at a time, the earliest first. A binary heap.

local Alarms = {}
Alarms.__index = Alarms

function Alarms.new()
  return setmetatable({}, Alarms)
end

local function put(self, i, alarm)
  self[i] = alarm
  alarm.place = i
end

local function rise(self, i)
  local alarm = self[i]
  while i > 1 do
    local parent = math.floor(i / 2)
    if self[parent].due <= alarm.due then
      break
    end
    put(self, i, self[parent])
    i = parent
  end
  put(self, i, alarm)
end

local function sink(self, i)
  local alarm, count = self[i], #self
  while 2 * i <= count do
    local child = 2 * i
    if child < count and self[child + 1].due < self[child].due then
      child = child + 1
    end
    if self[child].due >= alarm.due then
      break
    end
    put(self, i, self[child])
    i = child
  end
  put(self, i, alarm)
end

--- Sets an alarm that calls `waker:wake()` when it is `due`; returns it.
function Alarms:set(due, waker)
  local alarm = { due = due, waker = waker }
  local last = #self + 1
  self[last] = alarm
  rise(self, last)
  return alarm
end

--- Takes one back. Harmless when it has rung.
function Alarms:clear(alarm)
  local i = alarm.place
  if not i then
    return
  end
  alarm.place = nil
  local last = table.remove(self)
  if last ~= alarm then
    put(self, i, last)
    rise(self, i)
    sink(self, last.place)
  end
end

--- When the next is due; nil: there is none.
function Alarms:next_due()
  return self[1] and self[1].due
end

--- Rings those that are due.
function Alarms:ring(now)
  while self[1] and self[1].due <= now do
    local alarm = self[1]
    self:clear(alarm)
    alarm.waker:wake()
  end
end

return Alarms
