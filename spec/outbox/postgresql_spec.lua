-- The PostgreSQL that is started for the time of a command: how it starts, what it gives, what it leaves.

local RUN = "spec/outbox/postgresql --no-fsync "

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Runs a shell command; returns what it printed, on both, and its status.
local function shell(command)
  local pipe = assert(io.popen("(" .. command .. ") 2>&1"))
  local output = pipe:read "a"
  return output, select(3, pipe:close())
end

local function inside(script, options)
  return shell(RUN .. (options or "") .. " -- sh -c " .. quote(script))
end

-- Shell: what psql answers, as bare text.
local ASK = 'ask() { psql --no-psqlrc --tuples-only --no-align --command "$1"; }\n'
-- Shell: waits until a command succeeds, for 20 s at most.
local AWAIT = 'await() { for _ in $(seq 1000); do eval "$1" && return; sleep 0.02; done; }\n'

describe("spec/outbox/postgresql", function()
  it("gives a database that the role owns, and passes the exit status on", function()
    local output, status = inside(ASK .. [[
      ask "create table t(a int); insert into t values (7)" > /dev/null
      ask "select current_user, a, inet_server_addr() from t"
      ask "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user"
      exit 7]])
    assert.equal("outbox|7|127.0.0.1\nf\n", output)
    assert.equal(7, status)
  end)

  it("lets in who knows the password, and keeps it where only its user can read it", function()
    local output = inside [[
      stat --format %a "$PGPASSFILE" "$POSTGRESQL_PASSWORD_FILE"
      PGPASSFILE=/dev/null psql --no-password --command 'select 1']]
    assert.matches("^600\n600\n.*no password supplied\n$", output)
  end)

  it("passes arguments and input on as they are", function()
    assert.equal("a  b|*|in\n", (shell("echo in | " .. RUN
      .. [[ sh -c 'printf "%s|%s|" "$1" "$2"; cat' x 'a  b' '*']])))
  end)

  it("waits for the disk unless it is told not to", function()
    assert.equal("off\n", (inside(ASK .. "ask 'show fsync'")))
    assert.equal("on\n", (shell("spec/outbox/postgresql psql -tAc 'show fsync'")))
  end)

  for _, mode in ipairs { "fast", "immediate" } do
    it("restarts in the middle and keeps what was committed: " .. mode, function()
      local output = inside(ASK .. ([[
        ask "create table t(a int); insert into t values (1)" > /dev/null
        ask "begin; insert into t values (2); select pg_sleep(60)" > /dev/null 2>&1 &
        "$POSTGRESQL_CONTROL" restart %s; wait $!; echo the open session: $?
        ask "select a from t"]]):format(mode))
      assert.equal("the open session: 2\n1\n", output)
    end)
  end

  it("can be away for a while", function()
    local output = inside(ASK .. [[
      "$POSTGRESQL_CONTROL" stop; ask "select 1" | cat; "$POSTGRESQL_CONTROL" start; ask "select 2"]])
    assert.matches("Connection refused", output)
    assert.matches("\n2\n$", output)
  end)

  it("comes again after somebody has killed it", function()
    local output = inside(ASK .. AWAIT .. [[
      kill -9 $(head -n 1 "$(dirname "$POSTGRESQL_CONTROL")/data/postmaster.pid")
      await 'ask "select 3" 2> /dev/null']])
    assert.matches("Killed.*\n3\n$", output)
  end)

  it("leaves no process and no directory", function()
    local output, status = inside('dirname "$POSTGRESQL_CONTROL"')
    assert.equal(0, status)
    local directory = output:match "^(%S+)\n$"
    assert.equal("", (shell("ls -d " .. directory .. " 2> /dev/null; pgrep -f "
      .. directory .. "/dat[a]")))
  end)

  it("stops promptly when it is told to, at any moment, and its command with it", function()
    for _, case in ipairs { { "TERM", 143, "0.03" }, { "TERM", 143, "0.3" }, { "HUP", 129, "0.6" },
      { "INT", 130, "1.5" }, { "TERM", 143, "1.5" } } do
      local signal, expected, pause = table.unpack(case)
      local output = shell(([[
        export TMPDIR=$(mktemp -d); chmod 711 $TMPDIR
        env --default-signal=INT %s sh -c 'echo $$ > "$TMPDIR/pid"; exec sleep 100' > $TMPDIR.out 2>&1 &
        sleep %s; kill -%s $!; wait $! 2> /dev/null; echo status $?
        [ ! -s $TMPDIR/pid ] || ! kill -0 $(cat $TMPDIR/pid) 2> /dev/null || echo the command is alive
        rm -f $TMPDIR/pid; ls -A "$TMPDIR"; pgrep -f "$TMPDIR/postgresq[l]"
        rm -rf "$TMPDIR" "$TMPDIR.out"]]):format(RUN, pause, signal))
      assert.equal("status " .. expected .. "\n", output)
    end
  end)

  it("takes the server along even when it is killed", function()
    local output = shell(AWAIT .. ([[
      export TMPDIR=$(mktemp -d); chmod 711 $TMPDIR
      %s sh -c 'echo $$ > "$TMPDIR/pid"; exec sleep 100' & await '[ -s "$TMPDIR/pid" ]'
      kill -KILL $!; wait $! 2> /dev/null
      kill $(cat $TMPDIR/pid); await '! pgrep -f "$TMPDIR/postgresq[l]" > /dev/null'
      pgrep -f "$TMPDIR/postgresq[l]"; rm -rf "$TMPDIR"; echo done]]):format(RUN))
    assert.matches("done\n$", output)
    assert.not_matches("%d", output)
  end)

  it("lets several run side by side, each with a database of its own", function()
    local output = shell(([[for n in 1 2 3; do
      %s sh -c 'psql -qtAc "create table t(a int)"; psql -tAc "select count(*) from t"' & done; wait]])
      :format(RUN))
    assert.equal("0\n0\n0\n", output)
  end)

  it("says what is wrong with the way it is called", function()
    local output, status = shell "spec/outbox/postgresql --frobnicate true"
    assert.equal(2, status)
    assert.matches("Usage", output)
  end)
end)
