-- push_orders.lua LIST DONE: the program that `killed_program` kills. Creates the orders of LIST, one
-- JSON text a line, though some may be there from a run before. Writes a line to DONE for each that
-- it knows to be accepted, and the summary at the end to stdout.

local cjson = require "cjson"
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })
local done = assert(io.open(arg[2], "a"))
done:setvbuf "no" -- what was written is not lost with us

local lines = io.lines(arg[1])
local summary = client:create_orders(function()
  local line = lines()
  return line and cjson.decode(line)
end, {
  on_duplicate = "return",
  on_result = function(order, data, err)
    done:write(data and "accepted " or "failed ", order.ReferenceNumber, err and ": " .. tostring(err) or "",
      "\n")
  end,
})
client:close()
print(cjson.encode {
  accepted = summary.accepted, reconciled = summary.reconciled, failed = summary.failed,
  unknown = #summary.unknown,
})
