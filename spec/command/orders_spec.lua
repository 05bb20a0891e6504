-- spreetail orders import: the orders of a file from a shell.

local cjson = require "cjson"
local files = require "spec.files"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

local HEADER = "reference_number,dispatch_by,currency,payment_status,channel_buyer_name,"
  .. "delivery_address.full_name,delivery_address.address1,delivery_address.town,delivery_address.post_code,"
  .. "delivery_address.country_code,sku,item_title,qty,price_per_unit,tax_rate\n"

local function line(reference, qty)
  return ("%s,2026-01-31T12:00:00Z,EUR,PAID,Erika Muster,Erika Muster,Weg 1,Köln,01067,DE,SKU-00001,Chair,"
    .. "%s,9.99,19\n"):format(reference, qty or 1)
end

local function lines(count)
  local all = { HEADER }
  for i = 1, count do
    all[i + 1] = line("R-" .. i)
  end
  return table.concat(all)
end

local home

before_each(function()
  sandbox.reset()
  home = spreetail.directory()
end)

after_each(function()
  spreetail.remove(home)
end)

-- Without the times, which are others each time, and the directory.
local function plain(text)
  return (text:gsub("; %d+%.%d s", ""):gsub(home:gsub("%p", "%%%0") .. "/", ""))
end

-- Runs the import in the home, where `text` is orders.csv. Returns the same three as spreetail.run.
local function import(text, arguments, variables)
  spreetail.write(home, "orders.csv", text)
  local output, errors, status = spreetail.shell(
    ("cd %s; exec spreetail orders import %s"):format(home, arguments or "orders.csv"),
    { home = home, environment = variables })
  return plain(output), plain(errors), status
end

-- Runs a script there.
local function shell(script)
  local output, errors, status = spreetail.shell("cd " .. home .. "\n" .. script, { home = home })
  return plain(output), plain(errors), status
end

local function rejected()
  return files.read(home .. "/rejects.csv")
end

local function stored(reference)
  return sandbox.control("GET", "/orders/" .. reference)
end

local function count_stored()
  return sandbox.stats().orders
end

describe("spreetail orders import", function()
  it("creates the orders in a file, an item a line", function()
    local text = HEADER .. line("R-1") .. "R-1,,,,,,,,,,SKU-00002,Table,3,99,7\n" .. line("R-2")
    assert.same({ "2 accepted, 0 refused\n", "", 0 }, { import(text) })
    local order = stored "R-1"
    assert.same({ "01067", 2, 3 }, { order.DeliveryAddress.PostCode, #order.OrderItems,
      order.OrderItems[2].Qty })
  end)

  it("creates the orders in JSON Lines, and on its standard input", function()
    local text = files.read "examples/order.json":gsub("%s*\n%s*", " ")
    local output, errors, status = import(text .. "\n", "- < orders.csv")
    assert.same({ "1 accepted, 0 refused\n", "", 0 }, { output, errors, status })
    assert.same({ "1 accepted (1 of them there already), 0 refused\n", "", 0 }, { import(text) })
  end)

  it("begun again finds what is there: an order is created once", function()
    sandbox.fault { path = "/outbound", skip = 5, status = 403 }
    local output, _, status = import(lines(20), "--concurrency 1 orders.csv")
    assert.same({ "5 accepted, 15 refused (15 forbidden)\n", 1 }, { output, status })
    sandbox.control("DELETE", "/faults")
    assert.same({ "20 accepted (5 of them there already), 0 refused\n", "", 0 }, { import(lines(20)) })
    assert.equal(20, count_stored())
  end)

  it("names every mistake with its line and column, and creates the other orders", function()
    local text = HEADER .. line("R-1", 0) .. line "R-2" .. line("R-3", "two"):gsub("EUR", "euro")
      .. "R-4,too,few\n"
    local output, errors, status = import(text)
    assert.same({ "1 accepted, 3 refused (3 validation)\n", 1 }, { output, status })
    local found = {}
    for each in errors:gmatch "[^\n]+" do
      found[#found + 1] = each
    end
    table.sort(found)
    assert.same({
      "orders.csv:2:97: qty must be a whole number from 1, not 0",
      "orders.csv:4:26: currency must be three capital letters, such as EUR, not 'euro'",
      "orders.csv:4:98: qty must be a whole number from 1, not 'two'",
      "orders.csv:5:12: 3 fields, where the header has 15",
    }, found)
    assert.equal(1, count_stored())
  end)

  it("sends no half of an order whose lines stand apart", function()
    local text = HEADER .. line "R-1" .. line "R-2" .. line "R-1"
    local output, errors, status = import(text)
    assert.same({ "1 accepted, 2 refused (2 validation)\n", 1 }, { output, status })
    local words = "orders.csv:%d:1: reference_number 'R-1' stands elsewhere in the file, too, and the lines "
      .. "of an order belong together: sort them\n"
    assert.equal(words:format(2) .. words:format(4), errors)
    output, errors = import(text, "- < orders.csv") -- the last has not come yet
    assert.equal("2 accepted (1 of them there already), 1 refused (1 validation)\n", output)
    assert.equal(words:format(4):gsub("orders.csv", "the standard input"), errors)
  end)

  it("writes rejected lines as they are, each with the reason, to be corrected and imported", function()
    sandbox.fault { reference = "R-3", status = 400, times = 1 }
    local text = HEADER .. line("R-1", "two") .. line "R-2" .. line "R-3"
    local _, _, status = import(text, "--rejects rejects.csv orders.csv")
    assert.equal(1, status)
    assert.matches("^rejected_because,reference_number,", rejected())
    assert.matches("\n\"qty must be a whole number from 1, not 'two'\","
      .. line("R-1", "two"), rejected(), 1, true)
    assert.matches("\n\"?POST /outbound for 'R%-3': .-,R%-3,", rejected())
    local corrected = rejected():gsub(",two,", ",2,")
    assert.same({ "2 accepted, 0 refused\n", "", 0 }, { import(corrected, "--rejects more.csv orders.csv") })
    assert.equal(3, count_stored())
    assert.is_nil(io.open(home .. "/more.csv")) -- there was nothing to write
  end)

  it("refuses an order of which another one is stored, and says in what they differ", function()
    import(HEADER .. line "R-1")
    local _, errors, status = import(HEADER .. line("R-1", 2))
    assert.equal(1, status)
    assert.matches("^orders.csv:2:1: .*another order is stored under this reference", errors)
    _, errors, status = import(HEADER .. line "R-1", "--on-duplicate error orders.csv")
    assert.equal(1, status)
    assert.matches("with %-%-on%-duplicate=return it is returned", errors)
  end)

  it("says an order is unknown where that is so, and importing its line again is safe", function()
    sandbox.fault { path = "/outbound", when = "after", times = 100, close = true }
    sandbox.fault { path = "/order", close = true }
    local output, errors, status = import(HEADER .. line "R-1", "--rejects rejects.csv orders.csv",
      { SPREETAIL_BASE_URL = sandbox.variable "SANDBOX_HTTP1_URL" })
    assert.same({ "0 accepted, 0 refused, 1 unknown\n", 3 }, { output, status })
    assert.matches("spreetail: these may have been created, and importing them again tells: R-1\n", errors,
      1, true)
    assert.matches("\n\"outcome unknown: POST /outbound", rejected(), 1, true)
    sandbox.control("DELETE", "/faults")
    assert.same({ "1 accepted (1 of them there already), 0 refused\n", "", 0 }, { import(rejected()) })
  end)

  it("stops where nothing gets through, and says where to go on", function()
    local output, errors, status = import(lines(200), "--rejects rejects.csv orders.csv",
      { SPREETAIL_CLIENT_SECRET = "wrong" })
    assert.equal(4, status)
    local not_sent = tonumber(output:match "^0 accepted, 0 refused, (%d+) not sent %(%d+ auth%)\n$")
    assert.is_true(not_sent >= 1 and not_sent <= 16)
    local next_line = errors:match "orders.csv:(%d+):1: nothing gets through; nothing from here on was sent\n"
    assert.equal(not_sent + 2, tonumber(next_line))
    assert.equal(not_sent, select(2, rejected():gsub("not sent: ", "")))
    assert.matches("import the same again to go on", errors, 1, true)
  end)

  it("sends nothing of a table whose header can't be read", function()
    local output, errors, status = import((lines(3):gsub("sku", "artikel")))
    local _
    assert.same({ "", 2 }, { output, status })
    assert.equal("orders.csv:1:205: 'artikel' is no field of an order; a column that is of no use is "
      .. "named by --ignore\n",
      errors)
    assert.same({ "", "orders.csv:1:1: there is nothing in it\n", 2 }, { import "" })
    assert.same({ "0 accepted, 0 refused\n", "", 0 }, { import(HEADER) })
    _, errors, status = import "[\n{}\n]"
    assert.matches("^orders.csv:1:1: it is a list: an order is to stand in a line of its own", errors)
    assert.equal(2, status)
    _, errors, status = import("", "nowhere.csv")
    assert.same({ "spreetail: nowhere.csv can't be read: No such file or directory\n", 2 }, { errors,
      status })
    _, errors, status = import("", ".")
    assert.same({ "spreetail: . can't be read: it is a directory\n", 2 }, { errors, status })
    assert.equal(0, count_stored())
  end)

  it("goes on behind text that is not well formed, and ends where a quote is never closed", function()
    local text = HEADER .. line "R-1" .. line '"R-2"x' .. line "R-3" .. line("\255") .. line '"R-4'
      .. line "R-5"
    local output, errors, status = import(text, "--rejects rejects.csv orders.csv")
    assert.same({ "2 accepted, 3 refused (3 validation)\n", 1 }, { output, status })
    assert.matches("orders.csv:3:6: there is text behind the quote that closes a field", errors, 1, true)
    assert.matches("orders.csv:5:1: reference_number is not valid UTF-8", errors, 1, true)
    assert.matches("orders.csv:6:1: a quote is opened here and never closed", errors, 1, true)
    assert.matches(line '"R-4' .. line "R-5", rejected(), 1, true)
  end)
end)

describe("spreetail orders import --dry-run", function()
  it("checks everything, sends nothing, and needs no credentials", function()
    local text = HEADER .. line "R-1" .. line("R-2", 0)
    local output, errors, status = import(text, "--dry-run orders.csv", spreetail.nothing_set)
    assert.same({ "1 valid, 1 refused (1 validation)\n", 1 }, { output, status })
    assert.equal("orders.csv:3:97: qty must be a whole number from 1, not 0\n", errors)
    assert.same({ "30 valid, 0 refused\n", "", 0 }, { import(lines(30), "--dry-run orders.csv",
      spreetail.nothing_set) })
    assert.equal(0, sandbox.stats().logins)
  end)

  it("finds a reference that two orders have", function()
    local text = files.read "examples/order.json":gsub("%s*\n%s*", " ") .. "\n"
    local output, errors = import(text .. text, "--dry-run orders.csv")
    assert.equal("1 valid, 1 refused (1 validation)\n", output)
    assert.matches("^orders.csv:2:%d+: ReferenceNumber is that of line 1, too\n$", errors)
  end)
end)

describe("spreetail orders import --json", function()
  it("prints an object an order", function()
    local output, errors, status = import(HEADER .. line "R-1" .. line("R-2", 0), "--json --quiet orders.csv")
    assert.same({ "", 1 }, { errors:gsub("orders.csv:3[^\n]*\n", ""), status })
    local results = {}
    for each in output:gmatch "[^\n]+" do
      local object = cjson.decode(each)
      results[object.reference] = object
    end
    assert.same({ reference = "R-1", result = "created", line = 2 }, results["R-1"])
    assert.same({ line = 3, column = 97, name = "qty", path = "OrderItems[1].Qty",
      message = "must be a whole number from 1, not 0" }, results["R-2"].error.details[1])
    assert.same({ "refused", 3, "validation" },
      { results["R-2"].result, results["R-2"].line, results["R-2"].error.kind })
  end)
end)

describe("the file of rejected lines", function()
  it("is not written over what is in it, be it the import itself", function()
    for _, name in ipairs { "orders.csv", "./orders.csv" } do
      local _, errors, status = import(lines(1), "--rejects " .. name .. " orders.csv")
      assert.equal(2, status)
      assert.equal("spreetail: " .. name
        .. " can't be written: there is something in it; import that or put it away "
        .. "first\n", errors)
    end
    local _, errors, status = import(lines(1), "--rejects no/where orders.csv")
    assert.same({ "spreetail: no/where can't be written: No such file or directory\n", 2 }, { errors,
      status })
    assert.equal(0, count_stored())
  end)

  it("on a full disk ends the import: what was rejected is named", function()
    local text = HEADER .. line("R-1", 0) .. line("R-2", 0) .. line "R-3"
    local output, errors, status = import(text, "--rejects /dev/full orders.csv")
    assert.same({ "0 accepted, 1 refused (1 validation)\n", 1 }, { output, status })
    assert.equal("orders.csv:2:97: qty must be a whole number from 1, not 0\n"
      .. "spreetail: /dev/full can't be written: No space left on device. Rejected orders are named "
        .. "here alone from "
      .. "now on\norders.csv:3:1: /dev/full can't be written: No space left on device. Rejected orders "
        .. "are named here "
      .. "alone from now on; nothing from here on was sent\n"
      .. "spreetail: import the same again to go on: what is there already is not created twice\n", errors)
  end)
end)

describe("an import that is killed", function()
  it("at any time, and begun again, has each order there once", function()
    sandbox.fault { path = "/outbound", when = "after", close = true, chance = 0.1, seed = 1 }
    sandbox.fault { path = "/outbound", delay = 0.02 }
    spreetail.write(home, "orders.csv", lines(600))
    local output, _, status = shell [[
      for pause in 0.15 0.3 0.45; do
        spreetail orders import --quiet orders.csv > killed & pid=$!
        sleep $pause; kill -KILL $pid; wait $pid && exit 9
      done
      spreetail orders import --quiet orders.csv
    ]]
    assert.equal(0, status)
    local before = tonumber(output:match "^600 accepted %((%d+) of them there already%), 0 refused\n$")
    assert.is_true(before > 0)
    assert.equal(600, count_stored())
  end)
end)

describe("an import that is interrupted", function()
  local function slow(script)
    sandbox.fault { path = "/outbound", skip = 3, delay = 60 }
    spreetail.write(home, "orders.csv", lines(100))
    return shell(script)
  end

  it("by Ctrl-C says what is settled and what is not, and has lost nothing", function()
    local output, errors = slow [[
      spreetail orders import --concurrency 4 --rejects rejects.csv orders.csv & pid=$!
      sleep 1; kill -INT $pid; wait $pid; echo "status $?"
    ]]
    assert.equal("3 accepted, 0 refused, 4 unknown\nstatus 3\n", output)
    assert.matches("orders.csv:9:1: interrupted; nothing from here on was sent\n", errors, 1, true)
    local count = 0
    for number in errors:match "importing them again tells: (.-)\n":gmatch "R%-(%d)" do
      assert.matches(("\n\"?outcome unknown: [^\n]*,R%%-%d,"):format(number), rejected())
      count = count + 1
    end
    assert.equal(4, count)
    sandbox.control("DELETE", "/faults")
    local again = import(lines(100))
    assert.matches("^100 accepted %(%d+ of them there already%), 0 refused\n$", again)
    assert.equal(100, count_stored())
  end)

  it("when nothing is on its way ends by the signal, as a shell expects", function()
    local output, errors = slow [[
      mkfifo pipe; { head -n 3 orders.csv; sleep 5; } > pipe &
      spreetail orders import --rejects rejects.csv - < pipe & pid=$!
      sleep 1; kill -INT $pid; wait $pid; echo "status $?"
    ]]
    assert.equal("1 accepted, 0 refused\nstatus 130\n", output)
    assert.equal("the standard input:3:1: interrupted; nothing from here on was sent\n"
      .. "spreetail: what was read of it is in rejects.csv\n", errors)
    assert.equal("not sent: interrupted," .. line "R-2", rejected():match "\n(.*)$")
  end)

  it("before anything has come ends, too", function()
    local output, errors = slow [[
      mkfifo pipe; sleep 5 > pipe &
      spreetail orders import - < pipe & pid=$!
      sleep 1; kill -INT $pid; wait $pid; echo "status $?"
    ]]
    assert.same({ "status 130\n", "spreetail: interrupted before anything was sent\n" }, { output, errors })
  end)

  it("since nobody reads what it prints ends in order", function()
    local output = shell(("cat > orders.csv <<'END'\n%sEND\n"):format(lines(200)) .. [[
      { spreetail orders import --json --concurrency 1 orders.csv; echo "status $?" >&2; } 2> errors |
        head -n 1
      sed -n '/nothing from here on\|status/p' errors
    ]])
    assert.matches('^{[^\n]*"R%-1"[^\n]*}\norders.csv:%d+:1: interrupted; nothing from here on was sent\n'
      .. "status 141\n$", output)
  end)
end)

describe("what is imported while it is written", function()
  it("is created as it comes, on the standard input", function()
    local output = shell(([[
      { printf '%%s' '%s'; sleep 1; curl -s $SANDBOX_CONTROL_URL/__sandbox/stats > stats
        printf '%%s' '%s'; } |
        spreetail orders import --quiet -
    ]]):format(HEADER .. line "R-1" .. line "R-2", line "R-3"))
    assert.equal("3 accepted, 0 refused\n", output)
    assert.equal(1, cjson.decode(files.read(home .. "/stats")).orders) -- the last may go on in the next line
  end)

  it("is not read to the end when it is a file that grows: its last order may be half", function()
    sandbox.fault { path = "/outbound", delay = 0.2 }
    local output, errors, status = shell(([[
      printf '%%s' '%s' > orders.csv
      spreetail orders import --concurrency 1 orders.csv & pid=$!
      sleep 0.5; printf '%%s' '%s' >> orders.csv; wait $pid
    ]]):format(lines(5), line "R-5"))
    assert.same({ "4 accepted, 1 refused (1 validation)\n", 1 }, { output, status })
    assert.matches("orders.csv:6:1: the order may go on where nothing more can be read\n", errors, 1, true)
    assert.matches("orders.csv:8:1: its size was %d+ bytes and is %d+ now: read it again when nothing "
      .. "is written to "
      .. "it any more; nothing from here on was sent\n", errors)
  end)
end)
