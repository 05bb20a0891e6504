-- Lua-cURLv3 with lua-cjson: an easy handle for each order in flight, in one multi handle.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cjson = require "cjson"
local curl = require "lcurl"
local gettime = require "socket".gettime
local run = require "run"

local json = "Content-Type: application/json"

local function new_easy(url, headers)
  local parts = {}
  return curl.easy {
    url = url,
    cainfo = run.ca_file,
    failonerror = true,
    pipewait = 1,
    httpheader = headers,
    writefunction = function(part) parts[#parts + 1] = part end,
  }, function()
    local text = table.concat(parts)
    parts = {}
    return cjson.decode(text)
  end
end

local login, login_answer = new_easy(run.url .. "/auth/login", { json })
login:setopt_postfields(cjson.encode(run.credentials()))
login:perform()
local headers = { json, "Authorization: Bearer " .. login_answer().data.access_token }
login:close()

local multi = curl.multi()
multi:setopt_max_total_connections(run.in_flight)
local answers = {}
for _ = 1, run.in_flight do
  local easy, answer = new_easy(run.url .. "/outbound", headers)
  answers[easy] = answer
end

run.measure(gettime, function(first, last)
  local number, accepted, running = first, 0, 0
  local function start_next(easy)
    if number <= last then
      easy:setopt_postfields(cjson.encode(run.order(number)))
      multi:add_handle(easy)
      number, running = number + 1, running + 1
    end
  end
  for easy in pairs(answers) do
    start_next(easy)
  end
  while running > 0 do
    multi:perform()
    local easy, ok = multi:info_read(true)
    while easy ~= 0 do
      running = running - 1
      accepted = accepted + (ok and answers[easy]().success and 1 or 0)
      start_next(easy)
      easy, ok = multi:info_read(true)
    end
    if running > 0 then
      multi:wait()
    end
  end
  return accepted
end)
