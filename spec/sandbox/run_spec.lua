local curl = require "spec.sandbox.curl"

local RUN = "sandbox/run"

-- Runs a script in a sandbox of its own.
local function inside(script, options)
  return curl.shell(RUN .. " " .. (options or "") .. " -- sh -c " .. curl.quote(script))
end

-- Shell: waits until a command succeeds, for 20 s at most.
local AWAIT = "await() { for _ in $(seq 1000); do eval \"$1\" && return; sleep 0.02; done; }\n"

local function exists(path)
  return select(2, curl.shell("test -e " .. curl.quote(path))) == 0
end

describe("sandbox/run", function()
  it("sets the variables and passes the command's exit status on", function()
    local output, status = inside('echo "$SPREETAIL_BASE_URL"; cat "$SANDBOX_SECRET_FILE"; exit 7')
    assert.equal(7, status)
    assert.matches("^https://127%.0%.0%.1:%d+/api/api/v1\n" .. ("%w"):rep(40) .. "$", output)
  end)

  it("passes arguments and input on as they are", function()
    assert.equal("a  b|*|in\n", (curl.shell("echo in | " .. RUN
      .. [[ sh -c 'printf "%s|%s|" "$1" "$2"; cat' x 'a  b' '*']])))
  end)

  it("leaves no process and no directory", function()
    local output = inside 'echo "$SANDBOX_DIR"; cat "$SANDBOX_DIR/nginx.pid"'
    local dir, pid = output:match("^(%S+)\n(%d+)")
    assert.is_false(exists(dir))
    assert.is_false(exists("/proc/" .. pid))
  end)

  it("stops promptly when it is told to, at any moment", function()
    for _, case in ipairs {{"TERM", 143, "0.03"}, {"TERM", 143, "0.15"}, {"HUP", 129, "0.3"},
      {"INT", 130, "0.6"}, {"TERM", 143, "0.6"}} do
      local signal, expected, pause = table.unpack(case)
      local output = curl.shell(([[
        export TMPDIR=$(mktemp -d)
        env --default-signal=INT %s > $TMPDIR.out 2>&1 & sleep %s
        kill -%s $!; wait $! 2> /dev/null; echo status $?
        ls -A "$TMPDIR"; pgrep -f "$TMPDIR/sandbox"
        rm -rf "$TMPDIR" "$TMPDIR.out"]]):format(RUN, pause, signal))
      assert.equal("status " .. expected .. "\n", output)
    end
  end)

  it("stops its command with it", function()
    local output = curl.shell(AWAIT .. ([[
      export TMPDIR=$(mktemp -d)
      %s sh -c 'echo $$ > "$TMPDIR.pid"; exec sleep 100' & await '[ -s "$TMPDIR.pid" ]'
      kill $!; wait $!; echo status $?
      kill -0 $(cat "$TMPDIR.pid") 2> /dev/null && echo alive
      ls -A "$TMPDIR"; rm -rf "$TMPDIR" "$TMPDIR.pid"]]):format(RUN))
    assert.equal("status 143\n", output)
  end)

  it("takes nginx along even when it is killed", function()
    local output = curl.shell(AWAIT .. ([[
      export TMPDIR=$(mktemp -d)
      %s > "$TMPDIR.out" & await 'grep -qs Serving "$TMPDIR.out"'
      pgrep -f "$TMPDIR/sandbox" > /dev/null && echo runs
      kill -KILL $!; wait $! 2> /dev/null; sleep 0.3
      pgrep -f "$TMPDIR/sandbox"; rm -rf "$TMPDIR" "$TMPDIR.out"; echo done]]):format(RUN))
    assert.matches("runs\n.*done\n$", output)
    assert.not_matches("%d", output)
  end)

  it("prints the variables for a shell when it has no command", function()
    local output = curl.shell(AWAIT .. ([[
      %s > /tmp/sandbox-spec.$$ & await 'grep -qs Serving /tmp/sandbox-spec.$$'
      . /tmp/sandbox-spec.$$; curl -s -o /dev/null -w '%%{http_code}' "$SANDBOX_CONTROL_URL/__sandbox/stats"
      tail -n 1 /tmp/sandbox-spec.$$; kill $!; wait $!; rm /tmp/sandbox-spec.$$]]):format(RUN))
    assert.matches("^200# Serving%. Stop with ctrl%-C, or: kill %d+\n$", output)
  end)

  it("serves at the ports that it is told, or says that they are taken", function()
    local port = 31000 + math.random(0, 99) * 10
    local output = curl.shell(([[%s --port %d sh -c 'echo $SANDBOX_PAGE_URL; %s --port %d true']]):format(
      RUN, port, RUN, port))
    assert.matches("^http://127.0.0.1:" .. port + 7 .. "/\n", output)
    assert.matches(("not all of the ports %d to %d are free"):format(port, port + 9), output)
    assert.equal(2, (select(2, curl.shell(RUN .. " --port none true"))))
  end)

  it("says where a browser sees what comes in", function()
    local output = curl.shell(AWAIT .. ([[
      %s > /tmp/sandbox-spec.$$ & await 'grep -qs Serving /tmp/sandbox-spec.$$'
      curl -s $(sed -n 's/^# In a browser: //p' /tmp/sandbox-spec.$$) | grep -c '<title>Sandbox</title>'
      kill $!; wait $!; rm /tmp/sandbox-spec.$$]]):format(RUN))
    assert.equal("1\n", output)
  end)

  it("runs several at once, each with a state of its own", function()
    local output = curl.shell(([[for n in 1 2 3 4 5 6; do
      %s sh -c 'curl -s -o /dev/null $SANDBOX_PLAIN_URL/inventory; sleep 0.3
        curl -s $SANDBOX_CONTROL_URL/__sandbox/stats' & done; wait]]):format(RUN))
    local _, count = output:gsub('"requests":{"GET /inventory":1}', "")
    assert.equal(6, count)
  end)

  it("works from another directory and with several workers", function()
    local output = curl.shell([[here=$PWD; cd / && "$here/sandbox/run" --workers 2 --access-log sh -c '
      curl -s "$SANDBOX_PLAIN_URL/inventory"; sleep 0.1; cat "$SANDBOX_DIR/access.log"
      pgrep -c -P $(cat "$SANDBOX_DIR/nginx.pid")']])
    assert.matches('GET /api/api/v1/inventory HTTP/1.1" 401', output)
    assert.matches("\n2\n$", output)
  end)

  it("closes connections when asked to", function()
    local output = inside([[curl -s --cacert $SPREETAIL_CA_FILE --http1.1 -o /dev/null -w '%{num_connects} ' \
      $SPREETAIL_BASE_URL/a -o /dev/null $SPREETAIL_BASE_URL/b -o /dev/null $SPREETAIL_BASE_URL/c]],
      "--keepalive-requests 2")
    assert.equal("1 0 1 ", output)
  end)

  it("refuses options that it does not know", function()
    assert.equal(2, (select(2, curl.shell(RUN .. " --nonsense true"))))
    assert.equal(2, (select(2, curl.shell(RUN .. " --workers many true"))))
  end)

  describe("starts servers that", function()
    local function reason(url_name, ...)
      local options = {curl = {...}}
      return curl.request("GET", curl.variable(url_name) .. "/inventory", options)
    end

    it("speak both protocols, or one", function()
      assert.equal("2", reason("SPREETAIL_BASE_URL", "--http2").version)
      assert.equal("1.1", reason("SPREETAIL_BASE_URL", "--http1.1").version)
      assert.equal("1.1", reason("SANDBOX_HTTP1_URL", "--http2").version)
    end)

    it("have the certificates of their names", function()
      assert.equal(401, reason("SPREETAIL_BASE_URL").status)
      for _, name in ipairs {"SANDBOX_EXPIRED_URL", "SANDBOX_WRONG_HOST_URL", "SANDBOX_UNKNOWN_CA_URL"} do
        assert.equal(60, reason(name).exit, name)
        assert.equal(401, reason(name, "--insecure").status)
      end
      local url = curl.variable("SPREETAIL_BASE_URL")
      for _, host in ipairs {"localhost", "api.sandbox.test"} do
        local port = url:match(":(%d+)/")
        local reply = curl.request("GET", url:gsub("127.0.0.1", host) .. "/inventory",
          {curl = {("--connect-to %s:%s:127.0.0.1:%s"):format(host, port, port)}})
        assert.equal(401, reply.status)
      end
    end)

    it("fail for the reason that they are there for", function()
      local function message(name)
        return (curl.shell(("curl -sv --cacert %s %s/x"):format(curl.variable "SPREETAIL_CA_FILE",
          curl.variable(name))))
      end
      assert.matches("certificate has expired", message "SANDBOX_EXPIRED_URL")
      assert.matches("no alternative certificate subject name matches", message "SANDBOX_WRONG_HOST_URL")
      assert.matches("unable to get local issuer certificate", message "SANDBOX_UNKNOWN_CA_URL")
    end)

    it("accept nothing newer than TLS 1.1", function()
      assert.equal(35, reason("SANDBOX_OLD_TLS_URL").exit)
      local old = reason("SANDBOX_OLD_TLS_URL", "--tls-max 1.1 --tlsv1.0 --ciphers DEFAULT:@SECLEVEL=0")
      assert.equal(401, old.status)
    end)
  end)
end)
