-- Passes bytes of any protocol. An exchange is a turn: bytes of the client after bytes of the target.

local answer = require "faults.answer"
local duplex = require "faults.duplex"

local opaque = {}

local function next_turn(link)
    link.turn = link.turn + 1
    if link.turn <= link.skip_turns then
        return answer.new(link.plan, link.client, {})
    end
    return answer.new(link.plan, link.client, link.plan:exchange(""))
end

local function begin_turn(link)
    link.talking = "client"
    link.reply = next_turn(link)
    link.reply:before_request()
    if link.turn > link.skip_turns then
        link.plan.forwarded = link.plan.forwarded + 1
    end
end

-- What a client says after it was struck is heard by nobody.
local function upwards(link)
    for bytes in function() return link.client:some() end do
        if not link.client.struck then
            if link.talking ~= "client" then
                begin_turn(link)
            end
            link.target:write(bytes)
        end
    end
end

-- Where an answer ends isn't known here: it counts as received when it begins.
local function downwards(link)
    for bytes in function() return link.target:some() end do
        link.talking = "target"
        link.reply:pass(bytes)
        link.reply:finish()
    end
end

-- Runs until the first of the two directions ends.
function opaque.serve(link)
    link.turn = 0
    link.reply = answer.new(link.plan, link.client, {})
    link:connect()
    duplex.run(link.queue, function()
        upwards(link)
    end, function()
        downwards(link)
    end)
end

return opaque
