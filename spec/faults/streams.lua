-- The server's side of an HTTP/2 connection, frame by frame, for raw.lua.

local condition = require "cqueues.condition"
local frame = require "faults.frame"
local hpack = require "faults.hpack"
local outbox = require "faults.outbox"
local wire = require "faults.wire"

local streams = {}

local SETTINGS, PING, ACK = 4, 6, 1

local Stream = {}
Stream.__index = Stream

-- The whole body of the request; nil when the client has left or has given the stream up.
function Stream:body()
    while not self.over do
        self.changed:wait()
    end
    return self.complete and table.concat(self.parts) or nil
end

-- Whether the client has given the stream up, or left.
function Stream:is_dead()
    return self.over and not self.complete
end

-- Any bytes, right away: frames, as a rule.
function Stream:write(bytes)
    self.out:put(bytes)
    self.out:flush()
end

-- `ends`: there is no body, or nothing after these bytes.
function Stream:head(status, ends)
    local block = "\0\7:status\3" .. ("%03d"):format(status)
    self:write(frame.headers(frame.HEADERS, ends and frame.END_STREAM or 0, self.id, "", block))
end

function Stream:data(bytes, ends)
    self:write(frame.build(frame.DATA, ends and frame.END_STREAM or 0, self.id, bytes))
end

-- A whole answer.
function Stream:answer(status, body)
    self:head(status)
    self:data(body, true)
end

function Stream:reset(code)
    self:write(frame.reset(self.id, code))
end

function Stream:goaway(last, code)
    self:write(frame.goaway(last, code))
end

-- Ends the connection with all that is on it.
function Stream:close()
    self.wire:close()
end

function Stream:reset_connection()
    self.wire:reset()
end

-- ---- The connection -----------------------------------------------------------------------

local function open_stream(link, one)
    local _, block = frame.block(link.wire, one)
    local _, pseudo = link.decoder:translate(block)
    local stream = setmetatable({
        id = one.stream, method = pseudo[":method"], path = pseudo[":path"], parts = {},
        wire = link.wire, out = link.out, changed = condition.new(),
    }, Stream)
    link.streams[one.stream] = stream
    link.queue:wrap(function()
        wire.guard(link.handler, stream)
    end)
    return stream
end

local function settle(stream, complete)
    stream.over, stream.complete = true, stream.complete or complete
    stream.changed:signal()
end

local function read(link, one)
    local stream = link.streams[one.stream]
    if one.kind == frame.HEADERS then
        stream = open_stream(link, one)
    elseif one.kind == frame.DATA and stream then
        table.insert(stream.parts, one.payload)
        if #one.payload > 0 then
            link.out:put(frame.credit(0, #one.payload))
        end
    elseif one.kind == frame.RST_STREAM and stream then
        stream.complete = false
        settle(stream)
    elseif (one.kind == PING or one.kind == SETTINGS) and one.flags & ACK == 0 then
        link.out:put(frame.build(one.kind, ACK, 0, one.kind == PING and one.payload or ""))
    end
    if one.ends_stream and stream then
        settle(stream, true)
    end
    link.out:flush()
end

local function read_all(link)
    if link.wire:exactly(#frame.PREFACE) ~= frame.PREFACE then
        return
    end
    link.out:put(frame.build(SETTINGS, 0, 0, ""))
    link.out:flush()
    for one in function() return frame.read(link.wire) end do
        read(link, one)
    end
end

-- Calls handler(stream), in a coroutine of its own, as soon as the head of a request is there. Returns
-- when the client has left.
function streams.serve(queue, client, handler)
    local link = {
        queue = queue, wire = client, handler = handler, streams = {}, out = outbox.new(client),
        decoder = hpack.new(),
    }
    wire.guard(read_all, link)
    for _, stream in pairs(link.streams) do
        if not stream.over then
            settle(stream)
        end
    end
end

return streams
