-- spreetail stock: what is there.

local cjson = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

before_each(sandbox.reset)

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

describe("spreetail stock", function()
  it("prints every SKU at every location", function()
    local output, complaint, status = spreetail.run { "stock" }
    assert.same({ "", 0 }, { complaint, status })
    local lines = lines_of(output)
    assert.equal(60, #lines)
    assert.equal("SANDBOX_SKU-00001\tRHEINE01\t11\t12\t1\t2025-01-01T00:00:00Z", lines[1])
  end)

  it("prints for programs what the server sent", function()
    local lines = lines_of((spreetail.run { "stock", "--json" }))
    assert.equal(60, #lines)
    local first = cjson.decode(lines[1])
    assert.same({ "RHEINE01", "SANDBOX_SKU-00001", 30.5 }, { first.location, first.sku.sku, first.sku.Depth })
  end)

  it("prints those that are asked for, with or without their brand", function()
    local output = spreetail.run { "stock", "--sku", "SKU-00001", "--sku", "SANDBOX_SKU-00003" }
    local lines = lines_of(output)
    assert.equal(2, #lines)
    assert.matches("^SANDBOX_SKU%-00001\t", lines[1])
    assert.matches("^SANDBOX_SKU%-00003\t", lines[2])
    assert.equal("", (spreetail.run { "stock", "--sku", "00001" }))
  end)

  it("prints those that are running out", function()
    local lines = lines_of((spreetail.run { "stock", "--below", "10" }))
    assert.is_true(#lines > 3 and #lines < 60)
    for _, line in ipairs(lines) do
      assert.is_true(tonumber(line:match "^[^\t]*\t[^\t]*\t(%d+)\t") < 10, line)
    end
  end)

  it("on a terminal prints a table", function()
    local text = spreetail.at_terminal("spreetail stock --below 5", { NO_COLOR = "1" })
    assert.matches("^SKU +LOCATION +AVAILABLE +STOCK +ORDERED +UPDATED\r\n", text)
    assert.matches("\nSANDBOX_SKU%-00010  RHEINE01          0      0        0  2025", text)
  end)

  it("that can't be read to its end says so: half of it is not the whole", function()
    sandbox.control("POST", "/stock", { skus = 300 })
    sandbox.fault { path = "/inventory", status = 403, skip = 1 }
    local output, complaint, status = spreetail.run { "stock" }
    assert.is_true(#lines_of(output) > 0 and #lines_of(output) < 300)
    assert.equal(1, status)
    assert.matches("^spreetail: GET /inventory", complaint)
  end)
end)

describe("spreetail stock --watch", function()
  -- What is printed by a watch that a change of the stock and Ctrl-C end.
  local function watch(arguments)
    return spreetail.shell([[
      set -m
      spreetail stock --watch 0.2 ]] .. arguments .. [[ > "$HOME/out" &
      pid=$!
      sleep 1
      curl -s -o /dev/null -d '{"level": 3, "reserved": 1}' \
        "$SANDBOX_CONTROL_URL/__sandbox/stock/SKU-00001"
      sleep 1
      kill -INT $pid
      wait $pid
      status=$?
      cat "$HOME/out"
      exit $status
    ]])
  end

  it("prints what has changed, until Ctrl-C", function()
    local output, _, status = watch "--sku SKU-00001"
    assert.equal(130, status)
    local lines = lines_of(output)
    assert.equal("SANDBOX_SKU-00001\tRHEINE01\t11\t12\t1\t2025-01-01T00:00:00Z", lines[1])
    assert.equal(2, #lines)
    assert.matches("^SANDBOX_SKU%-00001\tRHEINE01\t2\t3\t1\t", lines[2])
  end)

  it("says what failed, and goes on", function()
    sandbox.fault { path = "/inventory", status = 503, times = 20 }
    local home = spreetail.directory()
    finally(function() spreetail.remove(home) end)
    spreetail.write(home, ".config/spreetail/config.ini", "[default]\nretries = 0\n")
    local output, complaint = spreetail.shell("timeout -s INT 5 spreetail stock --watch 0.1 --sku SKU-00001",
      { home = home })
    assert.matches("^SANDBOX_SKU%-00001\t", output)
    assert.matches("spreetail: GET /inventory.*HTTP 503", complaint)
  end)

  it("stops where going on is of no use", function()
    sandbox.fault { path = "/inventory", status = 403 }
    local _, _, status = spreetail.run { "stock", "--watch", "0.1" }
    assert.equal(1, status)
  end)
end)
