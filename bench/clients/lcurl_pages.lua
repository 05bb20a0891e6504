-- Lua-cURLv3 with lua-cjson: a page of 200 SKUs each time.

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

local function perform()
  parts = {}
  easy:perform()
  return table.concat(parts)
end

easy:setopt_url(run.url .. "/auth/login")
easy:setopt_postfields(cjson.encode(run.credentials()))
local login = cjson.decode(perform())
easy:setopt_httpget(true)
easy:setopt_httpheader { "Authorization: Bearer " .. login.data.access_token }
easy:setopt_url(run.url .. "/inventory?page_size=200")

run.measure(gettime, function(first, last)
  for _ = first, last do
    local page = cjson.decode(perform()).data
    assert(#page.locations[1].sku == 200)
  end
  return last - first + 1
end)
