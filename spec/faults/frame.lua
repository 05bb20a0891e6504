-- HTTP/2 frames: reading them off a wire and building them.

local frame = {}

frame.DATA, frame.HEADERS, frame.RST_STREAM, frame.SETTINGS = 0, 1, 3, 4
frame.PUSH_PROMISE, frame.PING, frame.GOAWAY, frame.WINDOW_UPDATE, frame.CONTINUATION = 5, 6, 7, 8, 9

frame.END_STREAM, frame.END_HEADERS, frame.PADDED, frame.PRIORITY = 0x1, 0x4, 0x8, 0x20

frame.CANCEL = 8
frame.PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

local HEAD = 9
local MAX_PAYLOAD = 16384 -- what every peer takes

function frame.build(kind, flags, stream, payload)
    return string.pack(">I3BBI4", #payload, kind, flags, stream) .. payload
end

function frame.reset(stream, code)
    return frame.build(frame.RST_STREAM, 0, stream, string.pack(">I4", code))
end

function frame.goaway(last_stream, code)
    return frame.build(frame.GOAWAY, 0, 0, string.pack(">I4I4", last_stream, code))
end

function frame.credit(stream, bytes)
    return frame.build(frame.WINDOW_UPDATE, 0, stream, string.pack(">I4", bytes))
end

-- Frames that are allowed at any time and bring nothing, by what they are called in a plan.
frame.idle = {
    data = function(stream) return frame.build(frame.DATA, 0, stream, "") end,
    ping = function() return frame.build(frame.PING, 0, 0, ("x"):rep(8)) end,
    settings = function() return frame.build(frame.SETTINGS, 0, 0, "") end,
    window = function(stream) return frame.credit(stream, 1) end,
    interim = function(stream) -- the status is a literal that is not indexed (RFC 7541, 6.2.2)
        return frame.build(frame.HEADERS, frame.END_HEADERS, stream, "\8\003103")
    end,
}

-- A header block, in as many frames as it needs. `before` is what stands in front of the block.
function frame.headers(kind, flags, stream, before, block)
    local payload = before .. block
    local parts, at = {}, 1
    repeat
        local piece = payload:sub(at, at + MAX_PAYLOAD - 1)
        at = at + MAX_PAYLOAD
        local last = at > #payload and frame.END_HEADERS or 0
        if #parts == 0 then
            parts[1] = frame.build(kind, flags | last, stream, piece)
        else
            parts[#parts + 1] = frame.build(frame.CONTINUATION, last, stream, piece)
        end
    until at > #payload
    return table.concat(parts)
end

-- The next frame, nil at the end of the connection.
function frame.read(from)
    local head = from:exactly(HEAD)
    if not head then
        return nil
    end
    local length, kind, flags, stream = string.unpack(">I3BBI4", head)
    local payload = length > 0 and from:exactly(length) or ""
    if #payload < length then
        return nil
    end
    return {
        kind = kind,
        flags = flags,
        stream = stream & 0x7fffffff,
        payload = payload,
        bytes = head .. payload,
        ends_stream = (kind == frame.DATA or kind == frame.HEADERS) and flags & frame.END_STREAM ~= 0,
    }
end

function frame.is_buffered(from)
    local buffer = from.buffer
    return #buffer >= HEAD and #buffer >= HEAD + string.unpack(">I3", buffer)
end

function frame.has_block(one)
    return one.kind == frame.HEADERS or one.kind == frame.PUSH_PROMISE
end

-- Reads the continuations of a header block. Returns what stands before the block, and the block.
function frame.block(from, first)
    local payload, skip = first.payload, 0
    if first.flags & frame.PADDED ~= 0 then
        payload = payload:sub(2, #payload - payload:byte())
    end
    if first.kind == frame.PUSH_PROMISE then
        skip = 4
    elseif first.flags & frame.PRIORITY ~= 0 then
        skip = 5
    end
    local parts, one = { payload:sub(skip + 1) }, first
    while one and one.flags & frame.END_HEADERS == 0 do
        one = frame.read(from)
        parts[#parts + 1] = one and one.payload
    end
    return payload:sub(1, skip), table.concat(parts)
end

return frame
