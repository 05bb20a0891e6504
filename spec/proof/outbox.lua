-- The outbox as people run it: `spreetail outbox add` and `run`, processes of their own, which are killed.
-- What is in its table is looked up by the database's own program, and not by ours.

local cjson = require "cjson"
local core = require "spreetail.core"
local server = require "server"
local stored = require "stored"
local verdict = require "verdict"

local PATIENCE = 120 -- seconds without anything new, after which a proof gives up

local Process = {}
Process.__index = Process

--- Whether it runs. (Nobody may have looked yet at how it ended.)
function Process:runs()
  local file = io.open("/proc/" .. self.number .. "/stat")
  local state = file and file:read("l"):match "^%d+ %b() (%a)"
  if file then
    file:close()
  end
  return state ~= nil and state ~= "Z"
end

--- Sends it a signal. Returns whether it was there to be struck.
function Process:strike(signal)
  local there = self:runs()
  server.shell(("kill -%s %s 2> /dev/null || true"):format(signal, self.number))
  return there
end

--- Waits until it has ended; returns its exit status and what it wrote to stdout.
function Process:wait()
  local output, status
  repeat
    server.shell "sleep 0.05"
    local file = assert(io.open(self.output))
    output, status = file:read "a":match "^(.*)exit status (%d+)\n$"
    file:close()
  until status
  return tonumber(status), output
end

local Outbox = {}
Outbox.__index = Outbox

--- `options`: `database` as the command takes it, `ask` a shell command that runs the SQL behind it,
-- `base_url`, and how many `orders` in all.
function Outbox.new(options)
  local directory = server.shell "mktemp -d":gsub("\n", "")
  return setmetatable({
    directory = directory,
    list = directory .. "/orders.csv",
    errors = directory .. "/errors",
    database = options.database:gsub("DIRECTORY", directory),
    ask = options.ask:gsub("DIRECTORY", directory),
    base_url = options.base_url,
    orders = options.orders,
    processes = 0,
  }, Outbox)
end

-- No two alike, in texts and in numbers.
local function order(number)
  local one = server.order("OUTBOX-" .. number)
  one.ChannelBuyerName = ('Buyer %d, "der" \u{1F4E6}; Söhne'):format(number)
  one.OrderItems[1].SKU = ("SKU-%05d"):format(number % 60 + 1)
  one.OrderItems[1].Qty = number % 7 + 1
  one.OrderItems[1].PricePerUnit = (number % 1000 + 1) / 100
  return one
end

local COLUMNS = {
  "ReferenceNumber", "ReceivedDate", "DispatchBy", "Currency", "PaymentStatus", "ChannelBuyerName",
  "DeliveryAddress.FullName", "DeliveryAddress.Address1", "DeliveryAddress.Town", "DeliveryAddress.PostCode",
  "DeliveryAddress.CountryCode", "SKU", "ItemTitle", "Qty", "PricePerUnit", "TaxRate",
}

local function cell(one, column)
  local value = one[column] or one.OrderItems[1][column]
    or one.DeliveryAddress[column:match "^DeliveryAddress%.(.*)" or ""]
  return '"' .. tostring(value):gsub('"', '""') .. '"'
end

--- Writes the list of all orders.
function Outbox:write_list()
  local file = assert(io.open(self.list, "w"))
  file:write(table.concat(COLUMNS, ","), "\n")
  for number = 1, self.orders do
    local one, cells = order(number), {}
    for i, column in ipairs(COLUMNS) do
      cells[i] = cell(one, column)
    end
    file:write(table.concat(cells, ","), "\n")
  end
  file:close()
end

--- A path from which the list can be read once, slowly: piece by piece, so that there is time to strike.
function Outbox:slow_list()
  local pipe = self.directory .. "/slow"
  local feed = [[awk 'NR %% %d == 0 { print; fflush(); system("sleep 0.03"); next } { print }' %s > %s]]
  feed = feed:format(self.orders // 40, self.list, pipe)
  server.shell(("rm -f %s; mkfifo %s; (%s) > /dev/null 2>&1 &"):format(pipe, pipe, feed))
  return pipe
end

function Outbox:words(operation)
  return ("env HOME=%s SPREETAIL_BASE_URL=%s %s outbox %s --quiet --json --database %s"):format(
    self.directory, server.quote(self.base_url), server.quote(server.tree .. "/bin/spreetail"), operation,
    server.quote(self.database))
end

--- Starts `spreetail outbox OPERATION`.
function Outbox:start(operation)
  self.processes = self.processes + 1
  local output = ("%s/output-%d"):format(self.directory, self.processes)
  -- A shell beside it notes how it ended, and is not struck with it.
  local pid = output .. ".pid"
  local script = '{ %s > %s 2>> %s & echo $! > %s; wait $!; echo exit status $? >> %s; } > /dev/null 2>&1 &'
  server.shell(script:format(self:words(operation), output, self.errors, pid, output))
  local number = server.shell(("until test -s %s; do sleep 0.01; done; cat %s"):format(pid, pid)):match "%d+"
  return setmetatable({ number = number, output = output }, Process)
end

--- Runs it to its end; returns its exit status and its output.
function Outbox:run(operation)
  return self:start(operation):wait()
end

--- What the table says to a statement: one number. nil when it can't be asked, as before there is one.
function Outbox:count(condition)
  local pipe = assert(io.popen(("%s %s 2> /dev/null"):format(self.ask,
    server.quote("select count(*) from spreetail_outbox where " .. condition))))
  local answer = pipe:read "a"
  pipe:close()
  return tonumber(answer)
end

--- Waits until so many rows are such, and then for up to a tenth of a second: a moment that has nothing to do
-- with what the program is at. `on` is the program that is at it, which may end before.
function Outbox:wait_for(condition, count, on)
  local seen, deadline = 0, core.now() + PATIENCE
  while seen < count and on:runs() do
    local now = self:count(condition) or seen
    deadline = now > seen and core.now() + PATIENCE or deadline
    seen = now
    assert(core.now() < deadline, ("%d rows are %s, and no more"):format(seen, condition))
    server.shell "sleep 0.01"
  end
  server.shell(("sleep %.3f"):format(math.random() / 10))
end

--- What `spreetail outbox status` says.
function Outbox:status()
  return cjson.decode(server.shell(self:words "status"))
end

--- Checks that the server holds each order of the list once and as it was written there, and that the
-- outbox knows it.
function Outbox:check_all_there()
  local references, missing, foreign = server.references(), 0, 0
  for number = 1, self.orders do
    missing = missing + (references["OUTBOX-" .. number] and 0 or 1)
    references["OUTBOX-" .. number] = nil
  end
  for _ in pairs(references) do
    foreign = foreign + 1
  end
  local stats = server.stats()
  verdict.check(stats.orders == self.orders and missing == 0 and foreign == 0,
    "the server holds %d orders; %d of the list never came, %d are strange", stats.orders, missing, foreign)
  local found, different = stored.compare("OUTBOX-", self.orders, order)
  verdict.check(found == self.orders and different == 0, "%d of the list are among them, %d differ from it",
    found, different)
  local status = self:status()
  verdict.check(status.accepted == self.orders and status.pending + status.sending == 0,
    "`outbox status`: %d accepted, %d pending, %d being sent", status.accepted, status.pending,
    status.sending)
  verdict.check(status.rejected == 0 and status.unknown == 0, "%d rejected, %d unknown", status.rejected,
    status.unknown)
  verdict.note("%d orders were sent that the server had already (409)", stats.duplicates)
end

--- Prints how many requests went wrong of those through a proxy, and checks that it was enough.
function Outbox.check_network(network, proxy, least)
  local requests, struck = network.struck(proxy)
  local share = struck / requests * 100
  verdict.check(share >= least, "%d of %d requests went wrong: %.1f %% (at least %.0f %%)", struck,
    requests, share, least)
end

--- Prints what the programs wrote to stderr, some lines of it, and cleans up.
function Outbox:finish()
  for line in io.popen("sort " .. server.quote(self.errors) .. " | uniq -c | sort -rn | head -n 5"):lines() do
    verdict.note("stderr: %s", line)
  end
  server.shell("rm -r " .. server.quote(self.directory))
end

return Outbox
