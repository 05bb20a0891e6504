--- What a fault that fires does to the answer.

local answer = require "sandbox.answer"
local fault_rule = require "sandbox.fault_rule"
local gzip = require "sandbox.gzip"

local fault_effect = {}

local HEAD, TAIL = '{"success":true,"data":"', '"}'
local PIECE = ("x"):rep(64 * 1024)
local COMPRESSED_PIECE = ("x"):rep(1024 * 1024)

-- Waits until the client has taken what was written; false when it has gone.
local function write(text)
  if text == "" then
    return true
  end
  return ngx.print(text) and ngx.flush(true)
end

local function write_repeated(head, piece, count, tail)
  if not write(head) then
    return
  end
  for _ = 1, count do
    if not write(piece) then
      return
    end
  end
  write(tail)
end

local function send_sized(size, compressed)
  local piece = compressed and COMPRESSED_PIECE or PIECE
  local count = math.floor(size / #piece)
  local tail = piece:sub(1, size % #piece) .. TAIL
  if compressed then
    local head
    head, piece, tail = gzip.compress_repeated(HEAD, piece, count, tail)
    write_repeated(head, piece, count, tail)
  else
    write_repeated(HEAD, piece, count, tail)
  end
end

-- ngx.ERROR ends the connection (the stream, on HTTP/2) without the rest that was promised.
local function send_truncated(body)
  ngx.header["Content-Length"] = #body + 100
  write(body)
  return ngx.exit(ngx.ERROR)
end

local function send_slowly(body, pause)
  ngx.header["Content-Length"] = #body
  for index = 1, #body do
    if not write(body:sub(index, index)) then
      return
    end
    if pause > 0 then
      ngx.sleep(pause)
    end
  end
end

local function send_whole(body)
  ngx.header["Content-Length"] = #body
  ngx.print(body)
end

-- What the rule leaves open is the documented answer for its status, or what the request got.
local function content(rule, reply)
  local status = rule.status or (reply and reply.status) or 200
  if rule.body then
    return status, rule.body
  end
  if reply and not rule.status then
    return status, reply.body
  end
  if status == 204 then
    return status, ""
  end
  local documented = status < 400 and answer.success "{}" or answer.failure(status)
  return status, documented.body
end

local function send(rule, reply)
  if rule.close and not rule.truncate then
    return ngx.exit(444)
  end
  local status, body = content(rule, reply)
  local compressed = rule.gzip and answer.accepts_gzip()
  ngx.status = status
  ngx.header["Content-Type"] = rule.content_type or "application/json"
  if compressed then
    ngx.header["Content-Encoding"] = "gzip"
  end
  if rule.size then
    return send_sized(rule.size, compressed)
  end
  if compressed then
    body = gzip.compress(body)
  end
  if rule.truncate then
    return send_truncated(body)
  end
  if rule.drip then
    return send_slowly(body, rule.drip)
  end
  send_whole(body)
end

--- Does what the rules say; true when one of them has answered. `reply` is what processing the
-- request came to, if it was processed.
function fault_effect.apply(rules, reply)
  for _, rule in ipairs(rules) do
    if rule.delay and rule.delay > 0 then
      ngx.sleep(rule.delay)
    end
    for name, value in pairs(rule.headers or {}) do ngx.header[name] = value end
    if fault_rule.answers(rule) then
      send(rule, reply)
      return true
    end
  end
end

return fault_effect
