--- Makes a mistake of mistakes.lua, and looks at what became of it.

local json = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

local mistake = {}

local HEADER = "reference_number,dispatch_by,currency,payment_status,channel_buyer_name,"
  .. "delivery_address.full_name,delivery_address.address1,delivery_address.town,delivery_address.post_code,"
  .. "delivery_address.country_code,sku,item_title,qty,price_per_unit,tax_rate\n"

local function csv(count)
  local lines = { HEADER }
  for i = 1, count do
    lines[i + 1] = ("A-%d,2030-01-31T12:00:00Z,EUR,PAID,Erika Muster,Erika Muster,Weg 1,Rheine,48429,DE,"
      .. "SKU-00001,Product 1,1,9.99,19\n"):format(i)
  end
  return table.concat(lines)
end

local function json_lines(count)
  local lines = {}
  for i = 1, count do
    lines[i] = json.encode(sandbox.order("A-" .. i)) .. "\n"
  end
  return table.concat(lines)
end

--- A directory to make one in, with order.json (A-1), three.csv and three.jsonl (A-1 to A-3), and
-- hundred.csv.
function mistake.home()
  local home = spreetail.directory()
  spreetail.write(home, "order.json", json_lines(1))
  spreetail.write(home, "three.jsonl", json_lines(3))
  spreetail.write(home, "three.csv", csv(3))
  spreetail.write(home, "hundred.csv", csv(100))
  return home
end

local function merged(...)
  local whole = {}
  for _, part in ipairs { ... } do
    for name, value in pairs(part) do
      whole[name] = value
    end
  end
  return whole
end

-- What is as it should not be, before the command is run.
local function prepare(row, home)
  if row.before then
    local _, complaint, status = spreetail.shell("cd\n" .. row.before, { home = home })
    assert(status == 0, complaint)
  end
  if row.config then
    spreetail.write(home, ".config/spreetail/config.ini", "[default]\n" .. row.config .. "\n")
  end
  if row.mode then
    assert(os.execute(("chmod %s %s/.config/spreetail/config.ini"):format(row.mode, home)))
  end
  if row.fault then
    sandbox.fault(row.fault)
  end
end

-- Has it run by somebody who may write nothing here: root as another user.
local function unprivileged(run, home)
  local is_root = spreetail.shell "id -u" == "0\n"
  os.execute("chmod 755 " .. home)
  if is_root then
    return "setpriv --reuid 65534 --regid 65534 --clear-groups " .. run
  end
  os.execute("chmod -R a-w " .. home)
  return run
end

--- Makes it there. Returns all that was printed, and the exit status.
function mistake.make(row, home)
  prepare(row, home)
  local server = row.server and { SPREETAIL_BASE_URL = sandbox.variable(row.server) } or {}
  local run = row.unprivileged and unprivileged(row.run, home) or row.run
  local output, _, status = spreetail.shell("cd\nexec 2>&1\n" .. run, {
    home = home,
    environment = merged(row.environment or {}, server),
  })
  os.execute("chmod -R u+w " .. home)
  return output, status
end

--- The references of those orders that the server has.
function mistake.stored(references)
  local found = {}
  for _, reference in ipairs(references) do
    local is_there = pcall(sandbox.control, "GET", "/orders/" .. reference)
    found[#found + 1] = is_there and reference or nil
  end
  return found
end

--- Whether an order was sent to the server.
function mistake.has_sent()
  return (sandbox.stats().requests["POST /outbound"] or 0) > 0
end

return mistake
