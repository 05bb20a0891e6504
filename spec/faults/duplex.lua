-- Two directions at once, until the first of them ends.

local condition = require "cqueues.condition"
local wire = require "faults.wire"

local duplex = {}

function duplex.run(queue, ...)
    local over = condition.new()
    local ended
    for _, direction in ipairs { ... } do
        queue:wrap(function()
            wire.guard(direction)
            ended = true
            over:signal()
        end)
    end
    if not ended then
        over:wait()
    end
end

return duplex
