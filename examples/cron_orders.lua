-- Sends the orders that a shop puts into a directory, a JSON file each, from cron:
--
--     * * * * * . $HOME/.spreetail && find /var/spool/shop -name '*.json' -exec lua5.4 cron_orders.lua {} +
--
-- where ~/.spreetail, which only its user may read, exports SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET.
--
-- The token is kept in the kernel's keyring: a job that runs each minute logs in once a day, also when two
-- runs overlap, and no disk gets to see it. What was sent is called FILE.sent then, what was refused
-- FILE.refused; a file whose order could not be sent, or may have been, stays, and the next run goes on. So
-- nothing is lost, and nothing sent twice, whenever the machine goes down.
--
-- Exit status: 0 when all orders are sent; 1 when some are not, and stderr, which cron mails, says which and
-- why.
local cjson = require "cjson.safe" -- returns nil and an error where cjson raises
local keyring = require "spreetail.store.keyring"
local spreetail = require "spreetail"

-- Kinds of error that are about the order itself: the next run would hear the same.
local ITS_OWN_FAULT = { validation = true, conflict = true, rejected = true }

local failures = 0

local function complain(name, reason)
  failures = failures + 1
  io.stderr:write(name, ": ", tostring(reason), "\n")
end

-- Where there is no keyring, as in many containers, each run logs in.
local client, err = spreetail.client {
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  token_store = keyring.new(),
}
if not client then
  complain("cron_orders.lua", err)
  os.exit(1)
end

local function read(name)
  local file, why = io.open(name)
  if not file then
    return nil, why
  end
  local text = file:read "*a"
  file:close()
  return cjson.decode(text)
end

local name_of = {} -- by order: its file's

-- An iterator over the orders of the files.
local function orders()
  local i = 0
  return function()
    while arg[i + 1] do
      i = i + 1
      local order, why = read(arg[i])
      if type(order) == "table" then
        name_of[order] = arg[i]
        return order
      end
      complain(arg[i], why or "no order, which is a JSON object")
    end
  end
end

-- Another run may have done the same meanwhile: then there is nothing left to be renamed.
local function settle(name, ending)
  os.rename(name, name .. ending)
end

client:create_orders(orders(), {
  on_duplicate = "return", -- what a run before has sent is a success
  on_result = function(order, stored, failure)
    local name = name_of[order]
    if stored then
      settle(name, ".sent")
    else
      complain(name, failure)
      if ITS_OWN_FAULT[failure.kind] and failure.outcome ~= "unknown" then
        settle(name, ".refused")
      end
    end
  end,
})
client:close()
os.exit(failures == 0 and 0 or 1)
