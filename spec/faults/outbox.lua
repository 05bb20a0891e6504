-- What several coroutines write to one wire, in order and never mingled.

local condition = require "cqueues.condition"

local outbox = {}
outbox.__index = outbox

local FULL = 256 * 1024

function outbox.new(to)
    return setmetatable({ to = to, parts = {}, size = 0, moved = condition.new() }, outbox)
end

-- Never waits. rate: bytes a second for these bytes.
function outbox:put(bytes, rate)
    self.parts[#self.parts + 1] = { bytes = bytes, rate = rate }
    self.size = self.size + #bytes
end

-- Parts up to the next one that has a pace of its own.
local function take(self)
    local parts = self.parts
    if parts[1].rate then
        local part = table.remove(parts, 1)
        return part.bytes, part.rate
    end
    local together = {}
    while parts[1] and not parts[1].rate and #together < 64 do
        together[#together + 1] = table.remove(parts, 1).bytes
    end
    return table.concat(together)
end

local function write_all(self)
    while self.parts[1] do
        local bytes, rate = take(self)
        self.to:write(bytes, rate)
        self.size = self.size - #bytes
    end
end

-- Writes all there is. While another coroutine is at it, waits only until there is room again.
function outbox:flush()
    while self.busy and self.size > FULL do
        self.moved:wait()
    end
    if self.busy then
        return
    end
    self.busy = true
    local ok, why = pcall(write_all, self)
    self.busy = false
    self.moved:signal()
    if not ok then
        error(why, 0)
    end
end

-- As flush, and waits for the other coroutine.
function outbox:settle()
    repeat
        if self.busy then
            self.moved:wait()
        else
            self:flush()
        end
    until not self.busy and not self.parts[1]
end

return outbox
