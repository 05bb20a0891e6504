-- How far an import is: a bar on a terminal, a line now and then in a log, nothing with --quiet.

local files = require "spec.files"
local progress = require "spreetail.command.progress"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

-- A progress whose clock stands where `at` is told, and what it has written.
local function scene(options)
  local told = { now = 100, text = "" }
  options.stream = {
    write = function(_, ...) told.text = told.text .. table.concat { ... } end,
    flush = function() end,
  }
  options.clock = function() return told.now end
  local shown = progress.new(options)
  function told.at(seconds, offset)
    told.now, told.text = 100 + seconds, ""
    shown:tick(function() return offset end)
    return told.text
  end
  return told, shown
end

describe("a bar", function()
  local state = { done = 12345, failed = 3, elapsed = 60, share = 0.25 }

  it("says how many are done, how many a second, how many failed, and what time is left", function()
    assert.equal("[##########..............................]  25 % "
      .. "12,345 orders, 206 a second, 3 failed, 3:00 left", progress.bar(state, 120))
  end)

  it("is no wider than the terminal", function()
    for width = 10, 130 do
      assert.is_true(#progress.bar(state, width) <= width)
    end
    assert.equal(" 25 % 12,345 orders, 206 a second, 3 failed, 3:00 left", progress.bar(state, 60))
  end)

  it("knows of no end where the size is not known", function()
    assert.equal("7 orders, 7 a second, 0 failed", progress.bar({ done = 7, failed = 0, elapsed = 1 }, 80))
  end)

  it("has numbers and times for people", function()
    assert.same({ "0", "999", "1,000", "1,234,567" },
      { progress.number(0), progress.number(999), progress.number(1000), progress.number(1234567) })
    assert.same({ "0 s", "59 s", "1:00", "59:59", "27:46:40" },
      { progress.time(0.4), progress.time(59), progress.time(60), progress.time(3599),
        progress.time(100000) })
  end)
end)

describe("progress", function()
  it("on a terminal is drawn over ten times a second, and taken away for what is to be said", function()
    local told, shown = scene { columns = function() return 100 end, size = 1000 }
    local empty, half = ("."):rep(40), ("#"):rep(20) .. ("."):rep(20)
    assert.equal(("\r[%s]   0 %% 0 orders, 0 a second, 0 failed\27[K"):format(empty), told.at(0, 0))
    shown:count(false)
    shown:count(true)
    assert.equal("", told.at(0.05, 500))
    local drawn = ("\r[%s]  50 %% 2 orders, 2 a second, 1 failed, 1 s left\27[K"):format(half)
    assert.equal(drawn, told.at(1, 500))
    told.text = ""
    shown:hide()
    shown:hide()
    assert.equal("\r\27[K", told.text)
  end)

  it("in a log is a line every ten seconds", function()
    local told, shown = scene { size = 1000 }
    shown:count(false)
    assert.equal("", told.at(9.9, 100))
    assert.equal("spreetail: 1 order, 0 a second, 0 failed, 1:30 left\n", told.at(10, 100))
    assert.equal("", told.at(11, 100))
    shown:hide()
    assert.equal("", told.text)
  end)

  it("is not told where nobody wants to know", function()
    local told = scene { is_quiet = true, columns = function() return 80 end }
    assert.equal("", told.at(100, 100))
  end)
end)

describe("the bar of an import", function()
  local HEADER = "reference_number,dispatch_by,currency,payment_status,channel_buyer_name,"
    .. "delivery_address.town,sku,item_title,qty,price_per_unit,tax_rate\n"

  local home

  before_each(function()
    sandbox.reset()
    home = spreetail.directory()
    local text = { HEADER }
    for i = 1, 400 do
      text[i + 1] = ("R-%d,2026-01-31T12:00:00Z,EUR,PAID,Erika,Köln,SKU-00001,Chair,%d,9.99,19\n")
        :format(i, i % 100)
    end
    spreetail.write(home, "orders.csv", table.concat(text))
    sandbox.fault { path = "/outbound", delay = 0.1 }
  end)

  after_each(function()
    spreetail.remove(home)
  end)

  -- What is to be seen in a terminal of this width at some moments while a command runs, and in the end.
  local function watch(command, width)
    local output = spreetail.shell(([[
      cd %s
      printf '%%s\n' '%s; echo "status $?"; touch ended; sleep 20' > script
      tmux -S socket -f /dev/null new-session -d -x %d -y 20 'sh script'
      for i in $(seq 100); do
        tmux -S socket capture-pane -p
        [ ! -e ended ] || break
        sleep 0.1
      done
      sleep 0.3
      echo ====
      tmux -S socket capture-pane -p
      tmux -S socket kill-server
    ]]):format(home, command, width), { home = home, environment = { TERM = "xterm" } })
    return output:match "^(.*)====\n(.*)$"
  end

  it("is seen in a terminal, and gone in the end", function()
    local meanwhile, at_the_end = watch("spreetail orders import orders.csv", 100)
    assert.matches("\n%[#+%.+%] +%d+ %% %d+ orders, %d+ a second, [1-4] failed, %d+ s left\n", "\n"
      .. meanwhile)
    assert.matches("\norders.csv:101:%d+: qty must be a whole number from 1, not 0\n", "\n" .. at_the_end)
    assert.matches("\n396 accepted, 4 refused %(4 validation%); %d+%.%d s\nstatus 1\n", at_the_end)
    assert.is_nil(at_the_end:find("a second", 1, true))
    assert.is_nil(at_the_end:find("#", 1, true))
  end)

  it("is within a narrow terminal", function()
    local meanwhile = watch("spreetail orders import orders.csv", 50)
    assert.matches("\n +%d+ %% %d+ orders, %d+ a second, %d failed", "\n" .. meanwhile)
    assert.is_nil(meanwhile:find "\n[^\n]* left[^\n]*\n[^\n]* left") -- no line went on in the next
  end)

  it("is not in a pipe, and not with --quiet", function()
    local _, errors = spreetail.shell(("cd %s; spreetail orders import orders.csv"):format(home),
      { home = home })
    assert.equal(4, select(2, errors:gsub("orders.csv:%d+:%d+: qty must be[^\n]*\n", "")))
    assert.is_nil(errors:find("a second", 1, true))
    local meanwhile = watch("spreetail orders import --quiet orders.csv", 100)
    assert.is_nil(meanwhile:find("a second", 1, true))
  end)

  it("is no colour and no bar in a file, which stays as a log", function()
    spreetail.shell(("cd %s; spreetail orders import orders.csv 2> log"):format(home), { home = home })
    assert.is_nil(files.read(home .. "/log"):find "[\r\27]")
  end)
end)
