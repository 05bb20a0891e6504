-- spreetail outbox: orders that wait in a database. What the library does is specified in spec/outbox; here
-- is what the command makes of it.

local cjson = require "cjson"
local files = require "spec.files"
local outbox = require "spreetail.outbox"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

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

local function decoded_lines(text)
  local objects = {}
  for line in text:gmatch "[^\n]+" do
    objects[#objects + 1] = cjson.decode(line)
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

  it("prints an object for each order, and one for all in the end", function()
    add { sandbox.order "R-1", bad_order "R-2" }
    local output, _, status = run("run", "--json", "--quiet")
    local objects, by_reference = decoded_lines(output), {}
    for i = 1, 2 do
      by_reference[objects[i].reference] = objects[i]
    end
    assert.equal("accepted", by_reference["R-1"].state)
    assert.equal("rejected", by_reference["R-2"].state)
    assert.equal("rejected", by_reference["R-2"].error.kind)
    assert.same({ accepted = 1, rejected = 1, unknown = 0, left = 0 }, objects[3])
    assert.equal(1, status)
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

  it("waits for more as a service, and ends in order when it is told to", function()
    add { sandbox.order "R-1" }
    local output, said, status = spreetail.shell([[
      spreetail outbox run --forever --json > out &
      for _ in $(seq 500); do grep -q accepted out && break; sleep 0.02; done
      kill $!; { wait $!; } 2> /dev/null; echo $? >> out; cat out; rm out]],
      { home = home, environment = { XDG_STATE_HOME = false } })
    assert.same({ "", 0 }, { said, status })
    assert.matches('"state":"accepted".*"left":0.*\n143\n$', output)
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
