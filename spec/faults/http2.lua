-- Follows HTTP/2 frames. An exchange is a stream; a fault hits its stream, or the connection.
--
-- Header blocks are rewritten to stand alone (hpack.lua), and flow-control credit is given for data
-- that is not passed on, so that the other streams don't notice what is missing.

local cqueues = require "cqueues"
local duplex = require "faults.duplex"
local frame = require "faults.frame"
local hpack = require "faults.hpack"
local outbox = require "faults.outbox"
local strike = require "faults.strike"
local wire = require "faults.wire"

local http2 = {}

-- ---- What is sent on ----------------------------------------------------------------------

-- side: where frames come from: { wire, outbox back to it, decoder of its header blocks }.
local function new_side(end_point)
    return { wire = end_point, out = outbox.new(end_point), decoder = hpack.new() }
end

local function pass(from, to, one, rate)
    if one.block then
        local flags = one.flags & ~(frame.PADDED | frame.END_HEADERS)
        local block = from.decoder:pending() .. one.block
        to.out:put(frame.headers(one.kind, flags, one.stream, one.before, block), rate)
    else
        to.out:put(one.bytes, rate)
    end
end

-- Data that goes no further: its sender may send as much again.
local function swallow(from, one)
    if one.kind ~= frame.DATA or #one.payload == 0 then
        return
    end
    from.out:put(frame.credit(0, #one.payload))
    if not one.ends_stream then
        from.out:put(frame.credit(one.stream, #one.payload))
    end
end

-- ---- Faults -------------------------------------------------------------------------------

local function strike_connection(link, fault)
    link.client_side.out:settle()
    strike.connection(link.plan, link.client, fault)
end

local on_stream = {}

on_stream["stream-reset"] = function(link, stream, fault)
    link.client_side.out:put(frame.reset(stream.id, fault.code))
end

on_stream.hang = function()
end

-- As fast as the client takes them.
function on_stream.flood(link, stream, fault)
    local one = frame.idle[fault.frame](stream.id)
    local many = one:rep(16384 // #one)
    local deadline = cqueues.monotime() + fault.seconds
    repeat
        link.client_side.out:put(many)
        link.client_side.out:settle()
    until cqueues.monotime() >= deadline
end

-- The target needs no longer work for a stream that is dead, unless its answer is to be waited for.
local function kill(link, stream)
    stream.dead = true
    if stream.forwarded and not stream.answered then
        link.target_side.out:put(frame.reset(stream.id, frame.CANCEL))
    end
end

-- Streams up to the last forwarded one are still served; the client takes others elsewhere.
local function go_away(link, fault)
    link.plan:struck(fault)
    link.leaving = true
    link.client_side.out:put(frame.goaway(link.last_forwarded, fault.code))
end

local function strike_stream(link, stream)
    local fault = stream.fate.strike
    if fault.kind == "goaway" then
        go_away(link, fault)
    elseif on_stream[fault.kind] then
        link.plan:struck(fault)
        kill(link, stream)
        on_stream[fault.kind](link, stream, fault)
    else
        strike_connection(link, fault)
    end
end

local function strikes(stream, position)
    local fault = stream.fate.strike
    return fault ~= nil and not stream.dead and fault.when == position
end

-- ---- Client to target ---------------------------------------------------------------------

local function label(pseudo)
    return (pseudo[":method"] or "") .. " " .. (pseudo[":path"] or "")
end

local function wait_before(link, stream)
    local delay = stream.fate.delay
    if delay and delay.when == "before" then
        -- Streams have to be opened in order, so those behind this one wait too.
        link.plan:struck(delay)
        link.target_side.out:flush()
        cqueues.sleep(delay.seconds)
    end
end

local function open_stream(link, one)
    local stream = { id = one.stream, passed = 0, fate = {} }
    link.streams[one.stream] = stream
    if link.leaving then
        stream.dead = true
        return stream
    end
    stream.fate = link.plan:exchange(label(one.pseudo))
    wait_before(link, stream)
    if strikes(stream, "before") then
        strike_stream(link, stream)
        stream.dead = true
        return stream
    end
    stream.forwarded = true
    link.last_forwarded = one.stream
    link.plan.forwarded = link.plan.forwarded + 1
    return stream
end

local function forget_if_over(link, stream)
    if stream.requested and stream.answered and not stream.dead then
        link.streams[stream.id] = nil
    end
end

local function upwards(link, one)
    if link.client.struck then
        return
    end
    local client, target = link.client_side, link.target_side
    local stream = link.streams[one.stream]
    if not stream and one.kind == frame.HEADERS and one.stream > link.last_seen then
        link.last_seen = one.stream
        stream = open_stream(link, one)
    end
    if not stream then
        return pass(client, target, one)
    elseif stream.dead then
        return swallow(client, one)
    end
    pass(client, target, one)
    if one.kind == frame.RST_STREAM then
        -- What the target still sends for it may pass: the client knows to ignore it.
        link.streams[stream.id] = nil
    elseif one.ends_stream then
        stream.requested = true
        forget_if_over(link, stream)
    end
end

-- ---- Target to client ---------------------------------------------------------------------

-- A frame of data, cut so that no more than the fault's bytes have passed. True when it was cut.
local function pass_up_to(link, stream, one)
    local room = stream.fate.strike.at - stream.passed
    if one.kind ~= frame.DATA or #one.payload < room then
        return false
    end
    link.client_side.out:put(frame.build(frame.DATA, 0, stream.id, one.payload:sub(1, room)))
    return true
end

local function pass_answer(link, stream, one)
    local trickle = stream.fate.trickle
    if strikes(stream, "mid") and pass_up_to(link, stream, one) then
        return strike_stream(link, stream)
    end
    pass(link.target_side, link.client_side, one, trickle and trickle.rate)
    if one.kind == frame.DATA then
        stream.passed = stream.passed + #one.payload
    end
end

local function answer_frame(link, stream, one)
    if stream.dead then
        return swallow(link.target_side, one)
    end
    local ends = one.ends_stream or one.kind == frame.RST_STREAM
    stream.answered = ends
    local fault = stream.fate.strike
    if strikes(stream, "after") and fault.kind ~= "goaway" then
        swallow(link.target_side, one)
    else
        pass_answer(link, stream, one)
    end
    if ends and strikes(stream, "after") then
        strike_stream(link, stream)
    end
    forget_if_over(link, stream)
end

local function release(link, stream)
    local held = stream.held
    stream.held = nil
    for _, one in ipairs(held) do
        answer_frame(link, stream, one)
    end
    link.client_side.out:flush()
    link.target_side.out:flush()
end

-- The frames of a delayed answer wait, as many as the client's window lets the target send.
local function hold(link, stream, one)
    local delay = stream.fate.delay
    if not delay or delay.when == "before" then
        return false
    elseif not stream.delayed then
        stream.delayed, stream.held = true, {}
        link.plan:struck(delay)
        link.queue:wrap(function()
            cqueues.sleep(delay.seconds)
            wire.guard(release, link, stream)
        end)
    end
    if stream.held then
        table.insert(stream.held, one)
    end
    return stream.held ~= nil
end

local function is_of_answer(one)
    return one.kind == frame.DATA or one.kind == frame.HEADERS or one.kind == frame.RST_STREAM
end

local function downwards(link, one)
    local stream = link.streams[one.stream]
    if not stream then
        return pass(link.target_side, link.client_side, one)
    elseif not is_of_answer(one) then
        if not stream.dead then
            pass(link.target_side, link.client_side, one)
        end
    elseif not hold(link, stream, one) then
        if stream.fate.trickle and not stream.trickled then
            stream.trickled = true
            link.plan:struck(stream.fate.trickle)
        end
        answer_frame(link, stream, one)
    end
end

-- ---- Both ---------------------------------------------------------------------------------

-- Frames that came together are written together.
local function pump(link, from, handle)
    repeat
        local one = frame.read(from.wire)
        if one then
            if frame.has_block(one) then
                one.before, one.block = frame.block(from.wire, one)
                one.block, one.pseudo = from.decoder:translate(one.block)
            end
            handle(link, one)
        end
        if not one or not frame.is_buffered(from.wire) then
            link.client_side.out:flush()
            link.target_side.out:flush()
        end
    until not one
end

-- The first frame that either side sees must be the other's settings, before anything of ours.
local function greet(link)
    local preface = link.client:exactly(#frame.PREFACE)
    local settings = preface == frame.PREFACE and frame.read(link.client)
    if not settings then
        return false
    end
    link:connect("h2")
    link.target:write(preface .. settings.bytes)
    settings = frame.read(link.target)
    if settings then
        link.client:write(settings.bytes)
    end
    return settings ~= nil
end

function http2.serve(link)
    if not greet(link) then
        return
    end
    link.streams, link.last_seen, link.last_forwarded = {}, 0, 0
    link.client_side, link.target_side = new_side(link.client), new_side(link.target)
    duplex.run(link.queue, function()
        pump(link, link.client_side, upwards)
    end, function()
        pump(link, link.target_side, downwards)
    end)
end

return http2
