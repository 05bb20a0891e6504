-- Follows HTTP/1.1 messages, so that exchanges are counted and struck where they begin and end.

local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local answer = require "faults.answer"
local wire = require "faults.wire"

local http1 = {}

local MAX_HEAD = 256 * 1024

local function gone()
    error(wire.gone, 0)
end

local function header(head, name)
    return ("\n" .. head:lower()):match("\n" .. name:gsub("%-", "%%-") .. ":[ \t]*([^\r\n]*)")
end

local function need(bytes)
    return bytes or gone()
end

local function copy_exactly(from, sink, count)
    while count > 0 do
        local bytes = need(from:some(count))
        count = count - #bytes
        sink(bytes)
    end
end

local function copy_chunks(from, sink)
    while true do
        local line = need(from:through("\n", MAX_HEAD))
        sink(line)
        local size = tonumber(line:match("^%x+") or gone(), 16)
        if size == 0 then
            break
        end
        copy_exactly(from, sink, size + 2)
    end
    repeat
        local line = need(from:through("\n", MAX_HEAD))
        sink(line)
    until line == "\r\n" or line == "\n"
end

local function copy_to_end(from, sink)
    for bytes in function() return from:some() end do
        sink(bytes)
    end
    if from.was_reset then
        gone()
    end
end

local function copy_body(from, sink, head, default)
    local coding = header(head, "transfer-encoding")
    local length = tonumber(header(head, "content-length"))
    if coding and coding:find("chunked", 1, true) then
        copy_chunks(from, sink)
    elseif length then
        copy_exactly(from, sink, length)
    elseif default == "to the end" then
        copy_to_end(from, sink)
    end
end

local function read_request(client)
    local head = client:through("\r\n\r\n", MAX_HEAD)
    if not head then
        return nil
    end
    return { head = head, method = head:match("^%S+") or "", line = head:match("^[^\r\n]*") }
end

-- A body may be waiting for a 100, and an answer may come before the body ends: so both move at once.
local function send_body(link, request)
    local sent = { signal = condition.new() }
    link.queue:wrap(function()
        sent.failed = not wire.guard(copy_body, link.client, function(bytes)
            link.target:write(bytes)
        end, request.head)
        sent.over = true
        sent.signal:signal()
    end)
    return sent
end

local function read_answer(link, request, reply)
    local pass = function(bytes)
        reply:pass(bytes)
    end
    local head, status
    repeat
        head = need(link.target:through("\r\n\r\n", MAX_HEAD))
        status = tonumber(head:match("^HTTP/1%.%d (%d%d%d)")) or gone()
        pass(head)
    until status >= 200 or status == 101
    if status == 101 then
        copy_to_end(link.target, pass)
    elseif request.method ~= "HEAD" and status ~= 204 and status ~= 304 then
        copy_body(link.target, pass, head, "to the end")
    end
end

local function ignore()
end

local function exchange(link, request)
    local reply = answer.new(link.plan, link.client, link.plan:exchange(request.line))
    if reply:strikes("before") then
        copy_body(link.client, ignore, request.head)
    end
    reply:before_request()
    link.plan.forwarded = link.plan.forwarded + 1
    link:connect("http/1.1")
    link.target:write(request.head)
    local sent = send_body(link, request)
    read_answer(link, request, reply)
    reply:finish()
    if not sent.over then
        sent.signal:wait()
    end
    return not sent.failed
end

-- Between exchanges either side may leave; the other is told.
local function wait_for_request(link)
    local client, target = link.client, link.target
    while not client:stirs() do
        if target and target:stirs() then
            return false
        elseif target then
            cqueues.poll(client.socket, target.socket)
        else
            cqueues.poll(client.socket)
        end
    end
    return true
end

function http1.serve(link)
    while wait_for_request(link) do
        local request = read_request(link.client)
        if not request or not exchange(link, request) then
            return
        end
    end
end

return http1
