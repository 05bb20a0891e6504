-- Debian's lua-curl (the module curl, Lua 5.1) with lua-cjson: one easy handle for all orders.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cjson = require "cjson"
local curl = require "curl"
local gettime = require "socket".gettime
local run = require "run"

local easy = curl.easy_init()
easy:setopt(curl.OPT_CAINFO, run.ca_file)
easy:setopt(curl.OPT_FAILONERROR, 1)

local function post(path, headers, value)
  local parts = {}
  easy:setopt(curl.OPT_URL, run.url .. path)
  easy:setopt(curl.OPT_HTTPHEADER, headers)
  easy:setopt(curl.OPT_POSTFIELDS, cjson.encode(value))
  easy:setopt(curl.OPT_WRITEFUNCTION, function(part)
    parts[#parts + 1] = part
    return #part
  end)
  assert(easy:perform())
  return cjson.decode(table.concat(parts))
end

local json = "Content-Type: application/json"
local login = post("/auth/login", { json }, run.credentials())
local headers = { json, "Authorization: Bearer " .. login.data.access_token }

run.measure(gettime, function(first, last)
  local accepted = 0
  for number = first, last do
    accepted = accepted + (post("/outbound", headers, run.order(number)).success and 1 or 0)
  end
  return accepted
end)
