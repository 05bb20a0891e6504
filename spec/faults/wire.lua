-- One end of a connection: buffered reading, writing at a chosen pace, and the ways to end it.
-- A wire that can't go on raises wire.gone: whoever serves the connection catches it.

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local uv = require "luv"

local wire = {}
wire.__index = wire

-- Raised to leave the service of a connection, from however deep.
wire.gone = setmetatable({}, { __tostring = function() return "the connection is gone" end })

-- Calls a function that may raise wire.gone; anything else that it raises is a mistake of ours.
function wire.guard(fn, ...)
    local ok, why = pcall(fn, ...)
    if not ok and why ~= wire.gone then
        io.stderr:write("proxy: ", tostring(why), "\n")
    end
    return ok
end

local BLOCK = 16 * 1024
local LINGER = 2 -- seconds that a peer has to say its last words after our close

local function keep_error(_, _, why)
    return why
end

function wire.new(socket)
    socket:setmode("bn", "bn")
    socket:setbufsiz(BLOCK, BLOCK)
    socket:onerror(keep_error)
    return setmetatable({ socket = socket, buffer = "" }, wire)
end

-- Reads once, without waiting. False when nothing has come: neither bytes nor the end.
local function read_once(self)
    if self.shut then
        error(wire.gone, 0)
    end
    local bytes, why = self.socket:recv(-BLOCK)
    if bytes then
        self.buffer = self.buffer == "" and bytes or self.buffer .. bytes
    elseif why == errno.EAGAIN then
        return false
    else
        self.ended = true
        self.was_reset = why == errno.ECONNRESET
    end
    return true
end

-- More bytes into the buffer; false when there will be none.
function wire:fill()
    while not self.ended and not read_once(self) do
        cqueues.poll(self.socket)
    end
    return not self.ended
end

-- True when bytes have come or the end has; never waits.
function wire:stirs()
    return self.buffer ~= "" or self.ended or read_once(self)
end

function wire:take(count)
    local buffer = self.buffer
    if not count or count >= #buffer then
        self.buffer = ""
        return buffer
    end
    self.buffer = buffer:sub(count + 1)
    return buffer:sub(1, count)
end

-- Whatever comes next, at most count bytes; nil at the end.
function wire:some(count)
    if self.buffer == "" and not self:fill() then
        return nil
    end
    return self:take(count)
end

-- Exactly count bytes; nil when the end comes first.
function wire:exactly(count)
    if #self.buffer < count then
        local parts = { self:take() }
        local have = #parts[1]
        while have < count do
            if not self:fill() then
                self.buffer = table.concat(parts)
                return nil
            end
            parts[#parts + 1] = self:take()
            have = have + #parts[#parts]
        end
        self.buffer = table.concat(parts)
    end
    return self:take(count)
end

-- Bytes up to and with the mark; nil when the end, or `limit` bytes, come first.
function wire:through(mark, limit)
    local from = 1
    while true do
        local _, stop = self.buffer:find(mark, from, true)
        if stop then
            return self:take(stop)
        end
        from = math.max(1, #self.buffer - #mark + 2)
        if #self.buffer > limit or not self:fill() then
            return nil
        end
    end
end

-- The socket buffers what it takes; sending nothing more sends what is left in there.
local function write_now(self, bytes)
    local from = 1
    while true do
        if self.closed then
            error(wire.gone, 0)
        end
        local count, why = self.socket:send(bytes, from, #bytes)
        from = from + math.tointeger(count)
        if not why and from > #bytes then
            return
        elseif why and why ~= errno.EAGAIN then
            error(wire.gone, 0)
        end
        cqueues.poll(self.socket)
    end
end

-- rate: bytes a second, nil for as fast as it goes.
function wire:write(bytes, rate)
    if not rate then
        return write_now(self, bytes)
    end
    local step = math.max(1, math.floor(rate / 20))
    for from = 1, #bytes, step do
        write_now(self, bytes:sub(from, from + step - 1))
        cqueues.sleep(step / rate)
    end
end

-- Reads and forgets until the peer leaves, or for so many seconds.
function wire:drain(seconds)
    local deadline = seconds and cqueues.monotime() + seconds
    self.buffer = ""
    while not self.ended do
        if self:stirs() then
            self.buffer = ""
        elseif deadline and cqueues.monotime() >= deadline then
            return
        else
            cqueues.poll(self.socket, deadline and deadline - cqueues.monotime())
        end
    end
end

local function shut(self)
    if not self.shut then
        self.shut = true
        self.socket:close()
    end
end

-- TLS close_notify where there is TLS, FIN, and what the peer still sends is read: a close with
-- unread bytes would be a reset.
function wire:close()
    if self.closed then
        return
    end
    self.closed = true
    self.socket:shutdown("w")
    self:drain(LINGER)
    shut(self)
end

-- Closes at once, also in the midst of a close.
function wire:drop()
    self.closed = true
    shut(self)
end

-- RST: cqueues can't set SO_LINGER, libuv can. It closes the descriptor, so that the close that
-- follows finds none; nothing can have opened another in between.
function wire:reset()
    if self.closed then
        return
    end
    self.closed, self.shut = true, true
    local descriptor = self.socket:pollfd()
    cqueues.cancel(descriptor)
    local handle = uv.new_tcp()
    assert(handle:open(descriptor))
    handle:close_reset()
    self.socket:close()
    uv.run("nowait")
end

return wire
