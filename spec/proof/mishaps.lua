-- What goes wrong on the way of one answer, over HTTP/1.1 and over HTTP/2. The ledger behind it is honest,
-- and so is an answer that reaches the client whole, in its place: what a server says wrongly there, nobody
-- could know.

local cqueues = require "cqueues"
local raw = require "faults.raw"

local ANOTHER = '{"success":true,"data":{"ReferenceNumber":"ANOTHER"}}'

-- Of these a client can tell that they say nothing about its order, even in the place of an answer.
local telltale = {
  raw.answer(408, "", "Connection: close\r\n"),
  raw.answer(421, '{"success":false,"error":"misdirected"}'),
  raw.answer(425),
  raw.answer(499),
  raw.answer(500, '{"success":false,"error":"oops"}'),
  raw.answer(503, "<h1>later</h1>"),
  raw.answer(200, ANOTHER),
  raw.answer(200, "<h1>welcome</h1>"),
  raw.answer(200, ANOTHER):sub(1, 30),
  "HTTP/1.1 103 Early Hints\r\n\r\n",
  "\r\n",
  "what is this\r\n\r\n",
}

-- And these are believed, in that place: only where they stand betrays them.
local believable = {
  raw.answer(200, '{"success":true}'),
  raw.answer(200, '{"success":true,"data":{}}'),
  raw.answer(400, '{"success":false,"error":"no such SKU"}'),
  raw.answer(404, '{"success":false,"error":"Order not found"}'),
  raw.answer(409, '{"success":false,"error":"already exists"}'),
  raw.answer(422, '{"success":false}'),
}

local anything = { table.unpack(telltale) }
table.move(believable, 1, #believable, #anything + 1, anything)

local M = { counts = {} }

local function pick(draw, list)
  return list[draw(#list)]
end

local function count(name)
  M.counts[name] = (M.counts[name] or 0) + 1
end

-- ---- HTTP/1.1 -----------------------------------------------------------------------------

local function hang_up(connection, draw)
  count "connections broken"
  if draw(2) == 1 then
    connection:reset()
  else
    connection:close()
  end
end

-- Each gets the connection, a request whose body is read, serve() and draw(); true: the connection goes on.
local http1 = {}

function http1.honest(connection, serve)
  connection:say(raw.answer(serve()))
  return true
end

-- A word into the silence, when nothing is on its way.
function http1.unasked(connection, serve, draw)
  connection:say(raw.answer(serve()))
  cqueues.sleep((draw(4) - 1) / 1000)
  if connection:is_idle() then
    count "words into the silence"
    connection:say(pick(draw, anything))
  end
  return true
end

function http1.two_at_once(connection, serve, draw)
  count "words behind an answer"
  connection:say(raw.answer(serve()) .. pick(draw, anything))
  return true
end

function http1.lost_after(connection, serve, draw)
  serve()
  hang_up(connection, draw)
end

function http1.lost_before(connection, _, draw)
  hang_up(connection, draw)
end

function http1.cut(connection, serve, draw)
  local answer = raw.answer(serve())
  connection:say(answer:sub(1, draw(#answer) - 1))
  hang_up(connection, draw)
end

function http1.silent(connection, serve, draw)
  count "answers that never came"
  if draw(2) == 1 then
    serve()
  end
  connection:drain()
end

function http1.sorry(connection, serve, draw)
  serve()
  connection:say(telltale[draw(6)])
  return true
end

-- ---- HTTP/2 -------------------------------------------------------------------------------

local RESET_CODES = { 0, 1, 2, 3, 5, 7, 8, 11, 13 }

-- One of the ways in which a stream ends without the rest of its answer.
local function break_off(stream, draw)
  local way = draw(5)
  if way <= 2 then
    count "streams reset"
    stream:reset(pick(draw, RESET_CODES))
  elseif way == 3 then
    count "GOAWAY instead of an answer"
    local last = pick(draw, { 0, math.max(0, stream.id - 2), stream.id, 0x7fffffff })
    stream:goaway(last, pick(draw, { 0, 2, 11 }))
    stream:close()
  elseif way == 4 then
    count "connections broken"
    stream:reset_connection()
  else
    count "connections broken"
    stream:close()
  end
end

local http2 = {}

function http2.honest(stream, serve)
  stream:answer(serve())
end

function http2.lost_after(stream, serve, draw)
  serve()
  break_off(stream, draw)
end

function http2.lost_before(stream, _, draw)
  break_off(stream, draw)
end

function http2.cut(stream, serve, draw)
  local status, body = serve()
  stream:head(status)
  stream:data(body:sub(1, draw(#body + 1) - 1))
  break_off(stream, draw)
end

function http2.silent(_, serve, draw)
  count "answers that never came"
  if draw(2) == 1 then
    serve()
  end
end

-- It leaves, but serves what it has.
function http2.leaving(stream, serve, draw)
  count "GOAWAY before an answer"
  stream:goaway(pick(draw, { 0, stream.id, 0x7fffffff }), 0)
  stream:answer(serve())
end

function http2.sorry(stream, serve, draw)
  serve()
  stream:answer(pick(draw, { 408, 421, 425, 499, 500, 503 }), "")
end

-- Once more on a stream that is over, or on one that nobody has opened yet.
function http2.unasked(stream, serve, draw)
  stream:answer(serve())
  count "answers on streams without a request"
  local other = setmetatable({ id = stream.id + pick(draw, { 0, 2, 4 }) }, { __index = stream })
  other:answer(pick(draw, { 200, 400, 408 }), ANOTHER)
end

-- ---- Both ---------------------------------------------------------------------------------

local function names_of(mishaps)
  local names = {}
  for name in pairs(mishaps) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local http1_names, http2_names = names_of(http1), names_of(http2)

local function choose(mishaps, names, draw)
  return mishaps[draw(2) == 1 and "honest" or pick(draw, names)]
end

-- Words that come before the request is read: when the client has connected, or when half of it is there.
local function speak_early(connection, draw, where)
  if draw(20) == 1 then
    count(where)
    connection:say(pick(draw, telltale))
  end
end

--- Serves a connection over HTTP/1.1 until it ends.
function M.http1(connection, ledger, draw)
  speak_early(connection, draw, "words before the first request")
  local goes_on = true
  while goes_on do
    local request = connection:head()
    if not request then
      return
    end
    if request.path ~= "/auth/login" then
      speak_early(connection, draw, "words in the middle of a request")
    end
    local body = connection:body(request)
    if not body then
      return
    end
    local mishap = request.path == "/auth/login" and http1.honest or choose(http1, http1_names, draw)
    goes_on = mishap(connection, function()
      return ledger:serve(request.method, request.path, body)
    end, draw)
  end
end

--- Serves one stream.
function M.http2(stream, ledger, draw)
  if draw(20) == 1 then
    count "words in the middle of a request"
    stream:answer(pick(draw, { 200, 408, 500 }), ANOTHER)
    stream:reset(0)
  end
  local body = stream:body()
  if body then
    choose(http2, http2_names, draw)(stream, function()
      return ledger:serve(stream.method, stream.path, body)
    end, draw)
  end
end

return M
