-- Faults that end a whole connection.

local cqueues = require "cqueues"
local wire = require "faults.wire"

local strike = {}

local SETTLE = 0.005 -- seconds for bytes already written to get across before a reset discards them

local function random_bytes(count, seed)
    local bytes = {}
    math.randomseed(seed)
    for i = 1, count do
        bytes[i] = string.char(math.random(0, 255))
    end
    return table.concat(bytes)
end

local act = {}

function act.reset(client, fault)
    if fault.when == "mid" then
        cqueues.sleep(SETTLE)
    end
    client:reset()
end

function act.close(client)
    client:close()
end

act.cut = act.close

function act.hang(client)
    client:drain()
    client:drop()
end

act.silence = act.hang
act["no-handshake"] = act.hang
act.refuse = act.reset

function act.garbage(client, fault)
    client:write(fault.text or random_bytes(fault.bytes, fault.seed))
    client:close()
end

function strike.knows(fault)
    return act[fault.kind] ~= nil
end

-- Does not return: the connection is over.
function strike.connection(plan, client, fault)
    plan:struck(fault)
    client.struck = true
    act[fault.kind](client, fault)
    error(wire.gone, 0)
end

return strike
