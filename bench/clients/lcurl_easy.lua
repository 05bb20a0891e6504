-- Lua-cURLv3 with lua-cjson: one easy handle for all orders.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cjson = require "cjson"
local curl = require "lcurl"
local gettime = require "socket".gettime
local run = require "run"

local parts = {}
local easy = curl.easy {
  cainfo = run.ca_file,
  failonerror = true,
  writefunction = function(part) parts[#parts + 1] = part end,
}

local function post(path, value)
  parts = {}
  easy:setopt_url(run.url .. path)
  easy:setopt_postfields(cjson.encode(value))
  easy:perform()
  return cjson.decode(table.concat(parts))
end

easy:setopt_httpheader { "Content-Type: application/json" }
local login = post("/auth/login", run.credentials())
easy:setopt_httpheader {
  "Content-Type: application/json", "Authorization: Bearer " .. login.data.access_token,
}

run.measure(gettime, function(first, last)
  local accepted = 0
  for number = first, last do
    accepted = accepted + (post("/outbound", run.order(number)).success and 1 or 0)
  end
  return accepted
end)
