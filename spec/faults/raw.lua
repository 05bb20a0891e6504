-- A server whose every byte the caller chooses, at any moment: before it is asked, in the middle,
-- while nobody asks. It runs in the caller's own cqueues loop.
--
--     local server = raw.listen(queue, { cert = FILE, key = FILE, alpn = { "h2", "http/1.1" } }, {
--         ["http/1.1"] = function(connection)
--             local request = connection:request()
--             connection:say(raw.answer(200, "{}") .. raw.answer(408))
--         end,
--         h2 = function(stream) ... end, -- for each stream: see streams.lua
--     })
--     server.port, server:close()

local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local streams = require "faults.streams"
local tls = require "faults.tls"
local wire = require "faults.wire"

local raw = {}

local MAX_HEAD = 64 * 1024

-- A whole HTTP/1.1 answer.
function raw.answer(status, body, headers)
    return ("HTTP/1.1 %d Said\r\n%sContent-Length: %d\r\n\r\n%s"):format(status, headers or "", #(body or ""),
        body or "")
end

-- ---- A connection that speaks HTTP/1.1 ----------------------------------------------------

local Connection = {}
Connection.__index = Connection

-- The head of the next request: method, path, size; its body is still to be read. Nil when there is
-- none.
function Connection:head()
    local head = self.wire:through("\r\n\r\n", MAX_HEAD)
    if not head then
        return nil
    end
    local method, path = head:match("^(%S+) (%S+)")
    local size = tonumber(head:lower():match("\r\ncontent%-length:%s*(%d+)")) or 0
    return { method = method, path = path, size = math.tointeger(size) }
end

-- The body of the request whose head was read last. Nil when the client has left.
function Connection:body(request)
    return request.size == 0 and "" or self.wire:exactly(request.size)
end

-- The next request as a whole, with `body`.
function Connection:request()
    local request = self:head()
    local body = request and self:body(request)
    if not body then
        return nil
    end
    request.body = body
    return request
end

function Connection:say(bytes)
    self.wire:write(bytes)
end

-- Whether nothing has come, not even the end, that was not read yet.
function Connection:is_idle()
    return not self.wire:stirs()
end

-- Waits until the client has left.
function Connection:drain()
    self.wire:drain()
end

function Connection:close()
    self.wire:close()
end

function Connection:reset()
    self.wire:reset()
end

-- ---- The server ---------------------------------------------------------------------------

local Server = {}
Server.__index = Server

local function serve(self, client)
    local context = self.context
    if context and not client.socket:starttls(context) then
        return
    end
    local protocol = context and client.socket:checktls():getAlpnSelected() or "http/1.1"
    if protocol == "h2" then
        streams.serve(self.queue, client, self.handlers.h2)
    else
        self.handlers["http/1.1"](setmetatable({ wire = client, socket = client.socket }, Connection))
    end
end

local function handle(self, client)
    self.connections, self.open = self.connections + 1, self.open + 1
    wire.guard(serve, self, client)
    client:close()
    self.open = self.open - 1
    self.changed:signal()
end

local function accept(self)
    local arrival = { pollfd = self.listener:pollfd(), events = "r" }
    while not self.closed do
        cqueues.poll(arrival, self.closing)
        local accepted = not self.closed and self.listener:accept({ nodelay = true }, 0)
        if accepted then
            self.queue:wrap(handle, self, wire.new(accepted))
        end
    end
    self.listener:close()
end

-- Returns when all connections are over, and no more will be accepted.
function Server:close()
    self.closed = true
    self.closing:signal()
    while self.open > 0 do
        self.changed:wait()
    end
end

-- `handlers`: a function for each protocol that clients may choose.
function raw.listen(queue, settings, handlers)
    local listener = assert(socket.listen { host = "127.0.0.1", port = 0 })
    assert(listener:listen())
    local _, _, port = listener:localname()
    local self = setmetatable({
        queue = queue,
        listener = listener,
        port = port,
        handlers = handlers,
        context = settings.cert and tls.accepting(settings.cert, settings.key, settings.alpn),
        connections = 0,
        open = 0,
        changed = condition.new(),
        closing = condition.new(),
    }, Server)
    queue:wrap(accept, self)
    return self
end

return raw
