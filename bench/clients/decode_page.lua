-- lua-cjson: the text of a page of 200 SKUs, which is fetched once.

package.path = (arg[0]:match "^(.*)/" or ".") .. "/?.lua;" .. package.path

local cjson = require "cjson"
local now = require "spreetail.core".now
local run = require "run"

local function curl(options)
  local pipe = assert(io.popen(("curl --silent --fail --cacert '%s' %s"):format(run.ca_file, options)))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local login = cjson.decode(curl(("--data-binary '%s' '%s/auth/login'"):format(cjson.encode(run.credentials()),
  run.url)))
local text = curl(("--header 'Authorization: Bearer %s' '%s/inventory?page_size=200'"):format(
  login.data.access_token, run.url))

run.measure(now, function(first, last)
  for _ = first, last do
    local page = cjson.decode(text).data
    assert(#page.locations[1].sku == 200)
  end
  return last - first + 1
end)
