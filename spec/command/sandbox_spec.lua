-- spreetail sandbox: the API's stand-in, as the command starts it.

local spreetail = require "spec.command.spreetail"

local function run(...)
  return spreetail.run({ "sandbox", ... }, { environment = spreetail.nothing_set })
end

describe("spreetail sandbox", function()
  it("runs a command with the variables that lead to it, options and all", function()
    assert.same({ "logged in\n", "", 0 }, { run("--", "spreetail", "login", "--quiet") })
    local output = run("--", "spreetail", "login", "--json")
    assert.equal('{"result":"logged in"}\n', output)
  end)

  it("ends as the command does", function()
    assert.equal(7, select(3, run("--", "sh", "-c", "exit 7")))
  end)

  it("without a command prints the variables and serves until Ctrl-C", function()
    local output, _, status = spreetail.shell [[
      set -m
      spreetail sandbox > "$HOME/out" & pid=$!
      for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q Serving "$HOME/out" && break
        sleep 0.1
      done
      ( . "$HOME/out"; spreetail login )
      kill -INT $pid
      wait $pid
    ]]
    assert.same({ "logged in\n", 130 }, { output, status })
  end)
end)
