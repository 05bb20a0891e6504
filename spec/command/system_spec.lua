-- What the command needs of the system.

local files = require "spec.files"
local process = require "spec.lua.process"
local system = require "spreetail.command.system"

describe("a file", function()
  local name

  before_each(function()
    name = os.tmpname()
  end)

  after_each(function()
    os.remove(name)
  end)

  local function mode(permissions)
    process.shell(("chmod %s %s"):format(permissions, name))
    local found = system.mode(name)
    return { found.others_may_read, found.others_may_write }
  end

  it("says who else may read and write it", function()
    assert.same({ false, false }, mode "600")
    assert.same({ true, false }, mode "640")
    assert.same({ true, false }, mode "604")
    assert.same({ false, true }, mode "620")
    assert.same({ false, true }, mode "602")
  end)

  it("says whose it is, and what", function()
    assert.equal(tonumber(process.shell "id -u"), system.user())
    assert.equal(system.user(), system.mode(name).owner)
    assert.same({ "file", "directory", "other" },
      { system.mode(name).kind, system.mode "/tmp".kind, system.mode "/dev/null".kind })
  end)

  it("that isn't there is nil, why, and a number", function()
    assert.same({ nil, "No such file or directory", 2, n = 3 },
      { n = select("#", system.mode "/nowhere"), system.mode "/nowhere" })
  end)

  it("that is a program takes our place", function()
    local output, status = process.run [[
      require("spreetail.command.system").become("sh", "-c", 'echo "$1"; exit 7', "sh", "a b")
    ]]
    assert.same({ "a b\n", 7 }, { output, status })
    assert.same({ nil, "No such file or directory", 2, n = 3 },
      { n = select("#", system.become "/nowhere"), system.become "/nowhere" })
    files.write(name, "#!/nowhere\n")
    assert.is_nil((system.become(name)))
  end)
end)

describe("a directory of the user's own", function()
  local root

  before_each(function()
    root = process.shell "mktemp -d":match "%S+"
  end)

  after_each(function()
    process.shell("rm -rf " .. root)
  end)

  it("is made with those that it is in, whatever the umask gives others", function()
    local output = process.run(([[
      local system = require "spreetail.command.system"
      print(system.make_private_directories "%s/a/b/c", system.make_private_directories "%s/a/b/c/")
    ]]):format(root, root))
    assert.equal("true\ttrue\n", output)
    assert.equal("700 700 700\n", (process.shell(("cd %s; stat --format %%a a a/b a/b/c | paste -sd ' '")
      :format(root))))
  end)

  it("may be relative, and leaves alone what is there", function()
    process.shell(("mkdir -m 755 %s/a"):format(root))
    assert.is_true(system.make_private_directories(root .. "/a/b"))
    assert.is_true(system.make_private_directories "spec")
    assert.equal("755\n", (process.shell(("stat --format %%a %s/a"):format(root))))
  end)

  it("that can't be made is nil, why, and a number", function()
    assert.same({ nil, "Not a directory", 20, n = 3 }, {
      n = select("#", system.make_private_directories "/dev/null/a"),
      system.make_private_directories "/dev/null/a",
    })
  end)
end)

describe("a terminal", function()
  it("is told from what is none", function()
    local program = 'local s = require "spreetail.command.system"; print(s.is_terminal(1), s.columns(1))'
    assert.equal("false\tnil\n", process.run(program))
    local name = os.tmpname()
    files.write(name, program)
    local shown = process.shell(('script -qec "stty cols 70; LD_PRELOAD=%s %s %s" /dev/null < /dev/null')
      :format(os.getenv "LD_PRELOAD" or "", process.interpreter, name))
    os.remove(name)
    assert.matches("true\t70", shown, 1, true)
  end)
end)

describe("a signal", function()
  -- Runs a program that can send signals to itself. Returns what it printed, and its status.
  local function run(program)
    return process.run([[
      local system = require "spreetail.command.system"
      local function send(name)
        io.popen("kill -" .. name .. " $PPID"):close() -- os.execute has SIGINT ignored meanwhile
      end
    ]] .. program)
  end

  it("sets a flag, the first time", function()
    for name, number in pairs { INT = 2, TERM = 15, HUP = 1 } do
      assert.same({ ("nil\n%d\n"):format(number), 0 }, { run(([[
        system.catch_signals()
        print(system.caught_signal())
        send "%s"
        print(system.caught_signal())
      ]]):format(name)) })
    end
  end)

  it("ends the program, the second time", function()
    local output, status = run [[
      system.catch_signals()
      send "TERM"
      io.stdout:write "once\n"
      io.stdout:flush()
      send "TERM"
      print "twice"
    ]]
    assert.same({ "once\n", 143 }, { output:match "^once\n", status })
    assert.not_matches("twice", output)
  end)

  it("that was ignored stays so, as nohup wants it", function()
    local output = process.run([[
      local system = require "spreetail.command.system"
      system.catch_signals()
      io.popen("kill -HUP $PPID"):close()
      print(system.caught_signal())
    ]], "trap '' HUP;")
    assert.equal("nil\n", output)
  end)

  it("ends a pause", function()
    local output = run [[
      local now = require("spreetail.core").now
      system.catch_signals()
      os.execute "(sleep 0.3; kill -INT $PPID) &"
      local began = now()
      system.sleep(20)
      print(now() - began < 10, system.caught_signal())
    ]]
    assert.equal("true\t2\n", output)
  end)

  it("of a pipe that nobody reads is an error of who writes", function()
    local output = run [[
      system.catch_signals()
      local pipe = io.popen("true", "w")
      os.execute "sleep 0.3"
      pipe:write "x"
      print(select(2, pipe:flush()))
    ]]
    assert.equal("Broken pipe\t32\n", output)
  end)

  it("can be what the program ends by", function()
    local output, status = run [[
      io.stdout:write "said\n"
      io.stdout:flush()
      system.catch_signals()
      system.die_of(system.SIGPIPE)
    ]]
    assert.same({ "said\n", 141 }, { output, status })
  end)
end)
