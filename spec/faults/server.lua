-- Accepts connections and gives each to the protocol that it speaks.

local socket = require "cqueues.socket"
local http1 = require "faults.http1"
local opaque = require "faults.opaque"
local strike = require "faults.strike"
local tls = require "faults.tls"
local wire = require "faults.wire"

local server = {}

-- A link is a client's connection and the target's that belongs to it.
local link = {}
link.__index = link

-- The target's side, when it is needed first.
function link:connect(protocol)
    if self.target then
        return
    end
    local settings = self.settings
    local connection = wire.new(socket.connect {
        host = settings.to.host, port = settings.to.port, nodelay = true,
    })
    if not connection.socket:connect() then
        error(wire.gone, 0)
    end
    self.target = connection
    if settings.target_context then
        local session = tls.connection(settings.target_context, settings.to_name, protocol)
        local ok, why = connection.socket:starttls(session)
        if not ok then
            io.stderr:write("proxy: no TLS with the target: ", tostring(why), "\n")
            error(wire.gone, 0)
        end
    end
end

local function handshake(self)
    if not self.client.socket:starttls(self.settings.client_context) then
        error(wire.gone, 0)
    end
    return self.client.socket:checktls():getAlpnSelected() or "http/1.1"
end

local function serve(self)
    local fault = self.plan:connection()
    if fault then
        strike.connection(self.plan, self.client, fault)
    end
    if self.settings.client_context then
        if handshake(self) == "h2" then
            return require("faults.http2").serve(self)
        end
        return http1.serve(self)
    elseif self.settings.follow then
        return http1.serve(self)
    end
    return opaque.serve(self)
end

-- How the target left is how the client is left.
local function hang_up(self)
    local target = self.target
    if target and target.was_reset then
        self.client:reset()
    end
    if target then
        target:drop()
    end
    self.client:close()
end

local function handle(self)
    wire.guard(serve, self)
    hang_up(self)
end

local function contexts(settings)
    if settings.tls_cert then
        settings.client_context = tls.accepting(settings.tls_cert, settings.tls_key, settings.alpn)
    end
    if settings.to_tls_ca then
        settings.target_context = tls.connecting(settings.to_tls_ca)
    end
end

-- Serves until the process ends; ready(port) is called when clients may come.
function server.run(queue, settings, ready)
    contexts(settings)
    local listener = assert(socket.listen { host = "127.0.0.1", port = settings.port })
    assert(listener:listen())
    local _, _, port = listener:localname()
    ready(port)
    while true do
        local accepted = listener:accept { nodelay = true }
        if accepted then
            queue:wrap(handle, setmetatable({
                queue = queue,
                settings = settings,
                plan = settings.plan,
                skip_turns = settings.skip_turns,
                client = wire.new(accepted),
            }, link))
        end
    end
end

return server
