-- spreetail outbox: orders that wait in a database. What the library does is specified in spec/outbox; here
-- is what the command makes of it.

local cjson = require "cjson"
local files = require "spec.files"
local outbox = require "spreetail.outbox"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

local HEADER = "reference_number,dispatch_by,currency,payment_status,channel_buyer_name,"
  .. "delivery_address.full_name,sku,item_title,qty,price_per_unit,tax_rate\n"

local function line(reference, qty)
  return ('%s,2026-01-31T12:00:00Z,EUR,PAID,"Muster, Erika",Erika Muster,SKU-00001,Chair,%s,9.99,19\n')
    :format(reference, qty or 1)
end

local home
local DEFAULT = "/.local/state/spreetail/outbox.db"

local function run(...)
  return spreetail.run({ "outbox", ... }, { home = home, environment = { XDG_STATE_HOME = false } })
end

-- The library's own look into the command's outbox.
local function with_box(fn, path)
  local box = assert(outbox.open { path = path or home .. DEFAULT })
  local result = fn(box)
  box:close()
  return result
end

local function add(orders, path)
  run "status" -- makes it
  with_box(function(box)
    for _, order in ipairs(orders) do
      assert(box:add(order))
    end
  end, path)
end

-- An order that the server will refuse.
local function bad_order(reference)
  sandbox.fault { path = "/outbound", reference = reference, status = 400,
    body = '{"success":false,"error":"no such SKU"}' }
  return sandbox.order(reference)
end

local function state_of(reference)
  return with_box(function(box)
    local row = box:get(reference)
    return row and row.state
  end)
end

-- Runs `outbox add` in the home, where `text` is orders.csv. Returns the same three as spreetail.run.
local function add_file(text, arguments)
  spreetail.write(home, "orders.csv", text)
  local script = "cd; exec spreetail outbox add " .. (arguments or "orders.csv")
  local output, said, status = spreetail.shell(script,
    { home = home, environment = { XDG_STATE_HOME = false } })
  return output:gsub("; %d+%.%d s\n", "\n"), said, status
end

local function exists(name)
  local file = io.open(home .. name)
  return file ~= nil and file:close()
end

local function decoded_lines(text)
  local objects = {}
  for each in text:gmatch "[^\n]+" do
    objects[#objects + 1] = cjson.decode(each)
  end
  return objects
end

before_each(function()
  sandbox.reset()
  home = spreetail.directory()
end)

after_each(function()
  spreetail.remove(home)
end)

describe("spreetail outbox add", function()
  it("puts the orders of a file into the outbox", function()
    local table_text = HEADER .. line "R-1" .. "R-1,,,,,,SKU-00002,Table,3,99,7\n" .. line "R-2"
    assert.same({ "2 added, 0 refused\n", "", 0 }, { add_file(table_text) })
    local order = with_box(function(box) return box:get "R-1" end).order
    assert.same({ "Muster, Erika", 2, 3 }, { order.ChannelBuyerName, #order.OrderItems,
      order.OrderItems[2].Qty })
    local lines = files.read "examples/order.json":gsub("%s*\n%s*", " "):gsub("R%-1", "J-1")
    assert.same({ "1 added, 0 refused\n", "", 0 }, { add_file(lines, "- < orders.csv") })
  end)

  it("begun again finds what is there already", function()
    add_file(HEADER .. line "R-1")
    assert.same({ "2 added (1 of them there already), 0 refused\n", "", 0 },
      { add_file(HEADER .. line "R-1" .. line "R-2") })
    run("run", "--quiet")
    local output, said, status = add_file(HEADER .. line "R-1", "--json --quiet orders.csv")
    assert.same({ { reference = "R-1", line = 2, result = "present" }, "", 0 },
      { cjson.decode(output), said, status })
    assert.equal("accepted", state_of "R-1")
  end)

  it("names every mistake, and adds the other orders", function()
    local output, said, status = add_file(HEADER .. line("R-1", 0) .. line "R-2",
      "--rejects rejects.csv orders.csv")
    assert.same({ "1 added, 1 refused (1 validation)\n", 1 }, { output, status })
    assert.matches("orders.csv:2:80: qty must be a whole number from 1, not 0\n", said, 1, true)
    assert.matches(",R%-1,", files.read(home .. "/rejects.csv"))
  end)

  it("refuses another order under a reference that is there, unless that was rejected", function()
    add { bad_order "R-1" }
    run("run", "--quiet")
    add_file(HEADER .. line "R-2")
    local output, said, status = add_file(HEADER .. line "R-1" .. line("R-2", 5))
    assert.same({ "1 added, 1 refused (1 conflict)\n", 1 }, { output, status })
    assert.matches("^orders.csv:3:1: another order is in the outbox under the reference 'R%-2', and is "
      .. "pending", said)
    assert.equal("pending", state_of "R-1")
  end)

  it("only checks with --dry-run, and makes no outbox", function()
    assert.same({ "1 valid, 0 refused\n", "", 0 },
      { add_file(HEADER .. line "R-1", "--dry-run orders.csv") })
    assert.is_false(exists(DEFAULT))
  end)

  it("adds what it has read when it is told to end, and says where to go on", function()
    spreetail.write(home, "orders.csv", HEADER .. line "R-1" .. line "R-2" .. line "R-3")
    local output, said = spreetail.shell([[
      cd; mkfifo slow; { cat orders.csv; exec sleep 100; } > slow & feeder=$!
      spreetail outbox add - < slow > out & adder=$!
      sleep 0.5; kill $adder; { wait $adder; } 2> /dev/null; echo $?; kill $feeder; cat out]],
      { home = home, environment = { XDG_STATE_HOME = false } })
    assert.matches("^143\n2 added", output)
    assert.matches("interrupted; nothing from here on was added\n"
      .. "spreetail: add the same again to go on: what is there already is not added twice\n", said, 1, true)
    assert.same({ "pending", false }, { state_of "R-2", state_of "R-3" or false })
  end)
end)

describe("spreetail outbox export", function()
  before_each(function()
    add_file(HEADER .. line "R-1" .. "R-1,,,,,,SKU-00002,Table,3,99.5,7\n" .. line "R-2" .. line "R-3")
    bad_order "R-1"
    bad_order "R-2"
    run("run", "--quiet")
  end)

  -- Corrects what was exported, and adds it again.
  local function correct(format)
    local output, said, status = run("export", "--format", format)
    assert.same({ "", 0 }, { said, status })
    return output, { add_file((output:gsub("Chair", "Sofa")), "orders.csv") }
  end

  it("prints what was rejected as JSON Lines, each with the reason", function()
    local output, added = correct "jsonl"
    local objects = decoded_lines(output)
    assert.equal(2, #objects)
    assert.matches("no such SKU", objects[1].rejected_because)
    assert.same({ "R-1", 3 }, { objects[1].ReferenceNumber, objects[1].OrderItems[2].Qty })
    assert.same({ "2 added, 0 refused\n", "", 0 }, added)
    assert.equal("Sofa", with_box(function(box) return box:get "R-1" end).order.OrderItems[1].ItemTitle)
  end)

  it("prints it as a table, a line for each item", function()
    local output, added = correct "csv"
    assert.matches('^rejected_because,ReferenceNumber,.*\n"[^"]*no such SKU[^\n]*",R%-1,', output)
    assert.equal(4, select(2, output:gsub("\n", "")))
    assert.same({ "2 added, 0 refused\n", "", 0 }, added)
    local order = with_box(function(box) return box:get "R-1" end).order
    assert.same({ "Muster, Erika", "Sofa", 99.5 },
      { order.ChannelBuyerName, order.OrderItems[1].ItemTitle, order.OrderItems[2].PricePerUnit })
    assert.equal("pending", state_of "R-2")
  end)

  it("prints those of another state", function()
    assert.equal("R-3", decoded_lines((run("export", "--state", "accepted")))[1].ReferenceNumber)
    assert.same({ "", "", 0 }, { run("export", "--state", "unknown") })
  end)

  it("has no column for what the API does not name, and says so", function()
    local order = sandbox.order "R-9"
    order.DeliveryAddress.Doorbell = "left"
    add { order }
    local output, said, status = run("export", "--state", "pending", "--format", "csv")
    assert.equal(1, status)
    assert.equal("spreetail: order 'R-9' is left out, since a table has no column for its Doorbell: "
      .. "use --format jsonl\n", said)
    assert.not_matches("R%-9", output)
    assert.matches('"Doorbell":"left"', (run("export", "--state", "pending")))
  end)
end)

describe("spreetail outbox run", function()
  it("sends what is in the outbox, until nothing is left", function()
    add { sandbox.order "R-1", sandbox.order "R-2" }
    local output, said, status = run "run"
    assert.same({ "", "spreetail: 2 accepted, 0 rejected, 0 unknown; 0 left in the outbox\n", 0 },
      { output, said, status })
    assert.equal(2, sandbox.stats().orders)
    assert.equal("accepted", state_of "R-1")
  end)

  it("has nothing to do with an empty outbox, and needs no server for that", function()
    local output, said, status = spreetail.run({ "outbox", "run" },
      { home = home, environment = { SPREETAIL_BASE_URL = "https://127.0.0.1:1" } })
    assert.same({ "", "spreetail: 0 accepted, 0 rejected, 0 unknown; 0 left in the outbox\n", 0 },
      { output, said, status })
  end)

  it("names what was rejected, and keeps it", function()
    add { sandbox.order "R-1", bad_order "R-2" }
    local output, said, status = run("run", "--quiet")
    assert.equal("", output)
    assert.matches("^spreetail: order 'R%-2' was rejected: .*no such SKU.*\n$", said)
    assert.equal(1, status)
    assert.equal("rejected", state_of "R-2")
  end)

  it("prints an object for each order", function()
    add { sandbox.order "R-1", bad_order "R-2" }
    local output, said, status = run("run", "--json", "--quiet")
    local objects = decoded_lines(output)
    table.sort(objects, function(a, b) return a.reference < b.reference end)
    assert.same({ { "R-1", "accepted" }, { "R-2", "rejected" } },
      { { objects[1].reference, objects[1].result }, { objects[2].reference, objects[2].result } })
    assert.equal("rejected", objects[2].error.kind)
    assert.same({ 2, "", 1 }, { #objects, said, status })
  end)

  it("tries again what did not get through", function()
    add { sandbox.order "R-1" }
    sandbox.fault { path = "/outbound", times = 5, status = 503 }
    local _, said, status = run "run"
    assert.matches("spreetail: order 'R%-1' will be tried again: .*1 accepted", said)
    assert.equal(0, status)
  end)

  it("stops after so many seconds, and what is left is left", function()
    add { sandbox.order "R-1" }
    sandbox.fault { path = "/outbound", status = 503 }
    local began = os.time()
    local _, said, status = run("run", "--seconds", "1")
    assert.is_true(os.time() - began < 15)
    assert.matches("0 accepted, 0 rejected, 0 unknown; 1 left in the outbox\n$", said)
    assert.equal(4, status)
    assert.equal("pending", state_of "R-1")
  end)

  it("does not go on with a wrong secret, and loses nothing", function()
    add { sandbox.order "R-1" }
    local _, said, status = spreetail.run({ "outbox", "run" },
      { home = home, environment = { SPREETAIL_CLIENT_SECRET = "wrong", XDG_STATE_HOME = false } })
    assert.equal(4, status)
    assert.matches("credentials", said)
    assert.equal("pending", state_of "R-1")
  end)

  it("ends when somebody has to do something about the database, unless it is a service", function()
    add { sandbox.order "R-1" }
    sandbox.fault { path = "/outbound", delay = 1 }
    local _, said, status = spreetail.shell([[
      spreetail outbox run & sleep 0.5
      sqlite3 ~/.local/state/spreetail/outbox.db 'alter table spreetail_outbox rename to elsewhere'
      wait $!]], { home = home, environment = { XDG_STATE_HOME = false } })
    assert.equal(2, status)
    assert.matches("^spreetail: outbox [^\n]*: no such table: spreetail_outbox", said)
    assert.matches("0 accepted, 0 rejected, 0 unknown; nobody can say how many are left", said)
    assert.equal(1, sandbox.stats().orders)
  end)

  it("shows at a terminal how far it is, and nowhere else", function()
    local seen = spreetail.at_terminal(([[
      cd; echo '%s' > orders.csv
      spreetail outbox add --quiet orders.csv
      spreetail outbox run]]):format(HEADER .. line "R-1" .. line "R-2"))
    assert.matches("%[%.+%]   0 %% 0 orders, 0 a second, 0 failed", seen)
    assert.matches("2 accepted, 0 rejected, 0 unknown; 0 left in the outbox", seen, 1, true)
    add { sandbox.order "R-3" }
    assert.not_matches("%", (select(2, run "run")), 1, true)
  end)

  it("waits for more as a service, and ends in order when it is told to", function()
    add { sandbox.order "R-1" }
    local output, said, status = spreetail.shell([[
      spreetail outbox run --forever --json > out &
      for _ in $(seq 500); do grep -q accepted out && break; sleep 0.02; done
      kill $!; { wait $!; } 2> /dev/null; echo $? >> out; cat out; rm out]],
      { home = home, environment = { XDG_STATE_HOME = false } })
    assert.equal(0, status)
    assert.matches("spreetail: 1 accepted, 0 rejected, 0 unknown; 0 left in the outbox\n", said)
    assert.matches('"result":"accepted".*\n143\n$', output)
  end)

  it("gives back what it was about to send when it is told to end", function()
    local orders = {}
    for i = 1, 40 do
      orders[i] = sandbox.order("R-" .. i)
    end
    add(orders)
    sandbox.fault { path = "/outbound", delay = 60 }
    local _, said = spreetail.shell([[
      spreetail outbox run --concurrency 4 & sleep 1; kill $!; { wait $!; } 2> /dev/null]],
      { home = home, environment = { XDG_STATE_HOME = false } })
    assert.matches("40 left in the outbox", said)
    local states = with_box(function(box) return box:status() end)
    assert.same({ 40, 0 }, { states.pending, states.sending })
  end)
end)

describe("spreetail outbox status", function()
  it("shows how many orders are in which state", function()
    add { sandbox.order "R-1", sandbox.order "R-2" }
    local output, said, status = run "status"
    assert.same({ "pending\t2\nsending\t0\naccepted\t0\nrejected\t0\nunknown\t0\noldest_pending_seconds\t0\n"
      .. "next_due_seconds\t0\n", "", 0 }, { output, said, status })
  end)

  it("shows it to programs", function()
    assert.same({ pending = 0, sending = 0, accepted = 0, rejected = 0, unknown = 0 },
      cjson.decode((run("status", "--json"))))
  end)
end)

describe("spreetail outbox retry", function()
  before_each(function()
    add { bad_order "R-1", bad_order "R-2", sandbox.order "R-3" }
    run("run", "--quiet")
  end)

  it("makes those pending that are named", function()
    assert.same({ "1 order will be sent again\n", "", 0 }, { run("retry", "R-2") })
    assert.same({ "rejected", "pending" }, { state_of "R-1", state_of "R-2" })
  end)

  it("makes all pending that were rejected", function()
    assert.same({ '{"retried":2}\n', "", 0 }, { run("retry", "--rejected", "--json") })
    assert.equal("pending", state_of "R-1")
  end)

  it("says how many of those named are none to be sent again", function()
    local output, said, status = run("retry", "R-1", "R-3", "R-4")
    assert.same({ "1 order will be sent again\n", 1 }, { output, status })
    assert.equal("spreetail: 2 of these 3 are not in the outbox, or are accepted or being sent\n", said)
  end)

  it("wants to be told which", function()
    for _, words in ipairs { { "retry" }, { "retry", "R-1", "--unknown" } } do
      local _, said, status = run(table.unpack(words))
      assert.same({ "spreetail: outbox retry: give either references, or --rejected, or --unknown\n", 2 },
        { said, status })
    end
    assert.equal(2, select(3, run("retry", "--rejected", "--unknown")))
  end)
end)

describe("spreetail outbox purge", function()
  it("removes what was settled so long ago, and nothing else", function()
    add { sandbox.order "R-1", bad_order "R-2" }
    run("run", "--quiet")
    add { sandbox.order "R-3" }
    assert.same({ "0 orders removed\n", "", 0 }, { run("purge", "--older-than", "1h") })
    assert.same({ "2 orders removed\n", "", 0 }, { run("purge", "--older-than", "0s") })
    assert.same({ false, "pending" }, { state_of "R-1" or false, state_of "R-3" })
  end)

  it("wants to know how old", function()
    assert.equal(2, select(3, run "purge"))
    local _, said, status = run("purge", "--older-than", "30")
    assert.equal(2, status)
    assert.matches("'30' is no duration: a number and one of s, m, h, d, w, as in 30d", said)
  end)
end)

describe("where the outbox is", function()
  it("is a file of the user's own, in a directory of the user's own", function()
    run "status"
    local modes = spreetail.shell("cd && stat --format %a .local .local/state/spreetail "
      .. ".local/state/spreetail/outbox.db", { home = home })
    assert.equal("700\n700\n600\n", modes)
  end)

  it("is said by --database, a variable, or the config file, in this order", function()
    spreetail.write(home, ".config/spreetail/config.ini", "[default]\noutbox = ~/config.db\n")
    local function made(environment, ...)
      spreetail.run({ "outbox", "status", ... }, { home = home, environment = environment })
      return (spreetail.shell("cd && ls *.db; rm -f *.db*", { home = home }))
    end
    assert.equal("config.db\n", made {})
    assert.equal("variable.db\n", made { SPREETAIL_OUTBOX = home .. "/variable.db" })
    assert.equal("option.db\n", made({ SPREETAIL_OUTBOX = home .. "/variable.db" },
      "--database", home .. "/option.db"))
  end)

  it("is no secret's place", function()
    spreetail.write(home, ".config/spreetail/config.ini", "[default]\noutbox_password = hunter2\n")
    local _, said, status = run "status"
    assert.equal(2, status)
    assert.matches("a password does not belong into this file", said)
    assert.not_matches("hunter2", said)
  end)

  it("is remarked on when others may look into it", function()
    local path = spreetail.write(home, "open.db", "", "644")
    local _, said, status = run("status", "--database", path)
    assert.equal(0, status)
    assert.equal(("spreetail: %s holds names and addresses, and others may look into it: chmod 600 '%s'\n")
      :format(path, path), said)
  end)

  it("may be PostgreSQL, with the password in a file", function()
    local script = [[
      mkdir -p ~/.config/spreetail
      umask 077
      {
        echo '[default]'
        echo "outbox = postgresql://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE"
        echo "outbox_password_file = $POSTGRESQL_PASSWORD_FILE"
      } > ~/.config/spreetail/config.ini
      unset PGHOST PGPORT PGUSER PGDATABASE PGPASSFILE
      spreetail outbox run --quiet && spreetail outbox status --json
      "$POSTGRESQL_CONTROL" stop
      spreetail outbox status
      echo $?]]
    local root = io.popen("pwd"):read "*l"
    local output, said, status = spreetail.shell(("exec %s/spec/outbox/postgresql --no-fsync sh -c %s")
      :format(root, spreetail.quote(script)), { home = home })
    assert.equal(0, status)
    assert.matches('^{[^\n]*"pending":0[^\n]*}\n4\n$', output)
    assert.matches("^spreetail: outbox in database outbox: [^\n]*onnection [^\n]*\n$", said)
  end)
end)

describe("an outbox that can't be used", function()
  -- The outbox at a path: what is said of it in one line, and the exit status.
  local function check(path, expected, status, ...)
    local operation = ... and { ... } or { "status" }
    local output, said, found = run("--database", path, table.unpack(operation))
    assert.same({ "", status }, { output, found }, said)
    assert.matches(expected, said)
    assert.matches(path, said, 1, true)
    assert.equal(1, select(2, said:gsub("\n", "")), said)
  end

  it("is in a directory that is not there", function()
    check(home .. "/no/such/outbox.db", "unable to open.*check that its directory exists", 2)
  end)

  it("is no database", function()
    check(spreetail.write(home, "outbox.db", ("no database, but a text\n"):rep(100)),
      "not a database.*choose another path", 2)
    assert.matches("^no database", files.read(home .. "/outbox.db"))
  end)

  it("belongs to a newer spreetail", function()
    local path = home .. "/outbox.db"
    run("status", "--database", path)
    assert(os.execute(("sqlite3 %s 'update spreetail_outbox_schema set version = 99'"):format(path)))
    check(path, "its tables are of version 99.*install a newer spreetail", 2)
  end)

  it("may not be written", function()
    local path = home .. "/outbox.db"
    run("status", "--database", path)
    local output, said, status = spreetail.shell(([[
      chmod 755 ~; chmod 444 %s; chmod 555 ~
      [ "$(id -u)" -ne 0 ] || as_nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
      $as_nobody spreetail outbox status --database %s]]):format(path, path), { home = home })
    assert.same({ "", 2 }, { output, status }, said)
    assert.matches(path, said, 1, true)
    assert.matches("readonly.*must be able to write to the file and to its directory\n$", said)
  end)

  it("is on a full disk: what does not fit is not there, and what is there can be sent", function()
    local lines = {}
    for i = 1, 1500 do
      lines[i] = line("R-" .. i)
    end
    spreetail.write(home, "orders.csv", HEADER .. table.concat(lines))
    local user = os.execute "test $(id -u) -eq 0" and "" or "--map-root-user"
    local output, said, status = spreetail.shell(([[
      cd; exec unshare %s --mount sh -c '
        mkdir disk; mount -t tmpfs -o size=600k tmpfs disk
        database="--quiet --database disk/box.db"
        spreetail outbox add $database orders.csv; echo $?
        mount -o remount,size=16m $PWD/disk
        spreetail outbox add $database orders.csv
        spreetail outbox run $database; echo $?; spreetail outbox status $database --json']]):format(user),
      { home = home })
    assert.equal(0, status)
    local added, not_added, rest = output:match(
      "^(%d+) added, 0 refused, (%d+) not added %(%d+ database%);[^\n]*\n4\n(.*)")
    assert.is_true(tonumber(added) > 0 and tonumber(not_added) > 0, said)
    assert.matches("^orders.csv:%d+:1: outbox disk/box.db: database or disk is full: make room on the disk, "
      .. "then try again; nothing from here on was added\nspreetail: add the same again", said)
    assert.matches(("1500 added (%s of them there already), 0 refused; "):format(added), rest, 1, true)
    assert.matches('\n0\n{[^\n]*"accepted":1500[,}]', rest)
  end)

  it("is locked by another program", function()
    local path = home .. "/outbox.db"
    run("status", "--database", path)
    local holder = io.popen(("sqlite3 %s > /dev/null 2>&1"):format(path), "w")
    holder:write "begin immediate;\n"
    holder:flush()
    os.execute "sleep 0.3"
    check(path, "database is locked: another program has kept it for longer.*try again", 4,
      "retry", "--rejected")
    holder:close()
  end)
end)
