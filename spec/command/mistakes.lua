-- Mistakes that people make with the command, and what becomes of each. docs/command-errors.md is made of
-- this table, and mistakes_spec.lua makes each of them.
--
-- A section is a title, words (or none), and mistakes:
--   title        what is wrong
--   run          what was typed, in a directory with the files that mistake.lua puts there
--   typed        the same for people to read, where `run` does more than that
--   says         all that is printed, on both streams; "..." stands for anything
--   status       the exit status
--   stored       the orders that the server has afterwards (none)
--   sent         true: an order was sent, though the server has none
--   orders       in place of these, how many orders the server has: `count`, a function of the output (none:
--                nobody can say), and the same in `words`
--   todo         why, and what to do
-- and how it comes about:
--   before       a script that has run before
--   config       the profile [default] of the config file
--   mode         the mode of that file
--   environment  variables; false: without it
--   unprivileged true: who types is not who owns the directory
--   server       the variable that names the server to use
--   fault        what the sandbox does: a rule, or a list of them
--   after        function(home, output): looks for more that could be lost

local files = require "spec.files"
local json = require "cjson"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

local ROOT = io.popen("pwd"):read "*l"

-- As many as the command said.
local accepted = {
  words = "the server has those that were accepted",
  count = function(output) return tonumber(output:match "(%d+) accepted") end,
}

-- Nobody could say how many.
local some = { words = "the server has some of them" }

-- The same import, once the server works: now all are there, and none of them twice. What was killed may
-- have left a few that the server is still at work on.
local function import_again(home)
  local before = sandbox.stats().orders
  assert(before > 0 and before < 100, before)
  sandbox.control("DELETE", "/faults")
  local script = "cd; spreetail orders import hundred.csv"
  local output, complaint, status = spreetail.shell(script, { home = home })
  assert(status == 0, complaint)
  local found = tonumber(output:match "^100 accepted %((%d+) of them there already%), 0 refused;")
  assert(found and found >= before, output)
  assert(sandbox.stats().orders == 100)
end

local function outbox_status(home)
  local output, complaint, status = spreetail.shell("spreetail outbox status --json", { home = home })
  assert(status == 0, complaint)
  return json.decode(output)
end

-- How many orders are in it, by state; in others there are none.
local function outbox_holds(expected)
  return function(home)
    local status = outbox_status(home)
    for _, state in ipairs { "pending", "sending", "accepted", "rejected", "unknown" } do
      assert(status[state] == (expected[state] or 0), state .. " " .. status[state])
    end
  end
end

-- Once all is as it should be, the server gets all of so many, each once.
local function outbox_empties(count)
  return function(home)
    sandbox.control("DELETE", "/faults")
    local _, complaint, status = spreetail.shell("spreetail outbox run", { home = home })
    assert(status == 0, complaint)
    outbox_holds { accepted = count } (home)
    assert(sandbox.stats().orders == count)
  end
end

local function outbox_can_add(home)
  outbox_holds {} (home)
  local output = spreetail.shell("cd; spreetail outbox add hundred.csv", { home = home })
  assert(output:find("100 added", 1, true), output)
  outbox_holds { pending = 100 } (home)
end

-- PostgreSQL crashes under a run, and is there again for the next.
local DATABASE_GOES = [[
cat > gone.sh <<'SCRIPT'
export SPREETAIL_OUTBOX=postgresql://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE
spreetail outbox add hundred.csv > added
(sleep 1; $POSTGRESQL_CONTROL stop immediate) &
spreetail outbox run --seconds 3 --lease 1
status=$?
wait
$POSTGRESQL_CONTROL start
spreetail outbox run > again 2>&1
exit $status
SCRIPT]]

local function days_ago(days)
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() - days * 86400)
end

return {
  {
    title = "Usage",
    words = "`spreetail --help` shows what there is, `spreetail order create --help` what belongs to "
      .. "that.",
    {
      title = "No subcommand",
      run = "spreetail",
      says = [[
Usage: spreetail ... <command> ...

spreetail: a command is required]],
      status = 2,
      todo = "Say what to do.",
    },
    {
      title = "An unknown subcommand",
      run = "spreetail ordr get A-1",
      says = [[
Usage: spreetail ... <command> ...

spreetail: unknown command 'ordr'
Did you mean 'order'?]],
      status = 2,
      todo = "It is another word: the list is in `spreetail --help`.",
    },
    {
      title = "An unknown option",
      run = "spreetail order create order.json --dry-rum",
      says = [[
Usage: spreetail order create ... <file>

spreetail: unknown option '--dry-rum'
Did you mean '--dry-run'?]],
      status = 2,
      todo = "Options of all subcommands (`--json`, `--quiet`, `--profile`) may stand anywhere, the "
        .. "others belong to theirs.",
    },
    {
      title = "A missing argument",
      run = "spreetail order get",
      says = [[
Usage: spreetail order get [-h] <reference>

spreetail: missing argument 'reference']],
      status = 2,
      todo = "The line above says what is expected, in that order.",
    },
    {
      title = "A value that can't be one",
      run = "spreetail doctor --timeout soon",
      says = [[
Usage: spreetail doctor ...

spreetail: --timeout must be a positive number of seconds, not 'soon']],
      status = 2,
      todo = "The message says what it may be.",
    },
    {
      title = "A number that is none",
      run = "spreetail orders import three.csv --concurrency many",
      says = [[
Usage: spreetail orders import ...

spreetail: 'many' is not a whole number from 1]],
      status = 2,
      todo = "The message says what it may be.",
    },
    {
      title = "A secret as an argument",
      run = "spreetail order get A-1 --client-secret=s3cr3t",
      says = [[
Usage: spreetail order get [-h] <reference>

spreetail: unknown option '--client-secret']],
      status = 2,
      todo = "There is no such option: all users of a machine see arguments. "
        .. "[Credentials](#credentials-and-the-config-file) come from elsewhere. Take this one for "
        .. "known, and have it changed.",
    },
    {
      title = "A file that is not there",
      run = "spreetail order create ordr.json",
      says = [[
spreetail: ordr.json can't be read: No such file or directory]],
      status = 2,
      todo = "`-` is the standard input.",
    },
  },
  {
    title = "Credentials and the config file",
    words = "They come from the environment, or the config file. `spreetail doctor` shows what was "
      .. "found.",
    {
      title = "No client id",
      run = "spreetail order create order.json",
      environment = { SPREETAIL_CLIENT_ID = false },
      says = [[
spreetail: no client_id: write it into the config file, or set SPREETAIL_CLIENT_ID in the environment]],
      status = 2,
      todo = "cron and systemd start programs without your shell's variables: the config file is for "
        .. "them.",
    },
    {
      title = "No secret",
      run = "spreetail order create order.json",
      environment = { SPREETAIL_CLIENT_SECRET = false },
      says = [[
spreetail: no client_secret: say in the config file where it is (client_secret_file,
    client_secret_command), or set SPREETAIL_CLIENT_SECRET or SPREETAIL_SECRET_COMMAND in the environment]],
      status = 2,
      todo = "Where the secret may be: in a file, in a password manager's command, or in the "
        .. "environment.",
    },
    {
      title = "A wrong secret",
      run = "spreetail order create order.json",
      environment = { SPREETAIL_CLIENT_SECRET = "wrong" },
      says = [[
spreetail: login at https://.../auth/login was refused: Invalid credentials (HTTP 401): check client_id
    and client_secret, and that they are active]],
      status = 4,
      todo = "A character is missing; or these are another system's than `base_url`.",
    },
    {
      title = "Others may write the file with the secret",
      run = "spreetail order create order.json",
      config = "client_secret_file = ~/secret",
      environment = { SPREETAIL_CLIENT_SECRET = false },
      before = "echo s3cr3t > secret; chmod 666 secret",
      says = [[
spreetail: client_secret_file '.../secret' may be written by others than its owner, who could put another
    secret into it: chmod go-w '.../secret']],
      status = 2,
      todo = "Type what it says, once the file holds your own secret for sure.",
    },
    {
      title = "The file with the secret is not there",
      run = "spreetail order create order.json",
      config = "client_secret_file = secrt",
      environment = { SPREETAIL_CLIENT_SECRET = false },
      says = [[
spreetail: client_secret_file '.../.config/spreetail/secrt' can't be used: No such file or directory]],
      status = 2,
      todo = "A path that does not begin with `/` or `~/` begins where the config file is.",
    },
    {
      title = "The command for the secret fails",
      run = "spreetail order create order.json",
      environment = {
        SPREETAIL_CLIENT_SECRET = false, SPREETAIL_SECRET_COMMAND = "echo 'no such entry' >&2; exit 1",
      },
      says = [[
no such entry
spreetail: the SPREETAIL_SECRET_COMMAND gave no secret: its exit status was 1]],
      status = 2,
      todo = "The lines above are what that command has said. Run it by hand: `sh -c "
        .. "\"$SPREETAIL_SECRET_COMMAND\"`.",
    },
    {
      title = "The command for the secret prints nothing",
      run = "spreetail order create order.json",
      environment = { SPREETAIL_CLIENT_SECRET = false, SPREETAIL_SECRET_COMMAND = "true" },
      says = [[
spreetail: the SPREETAIL_SECRET_COMMAND gave no secret: it printed nothing]],
      status = 2,
      todo = "Its first line is the secret.",
    },
    {
      title = "A misspelt key",
      run = "spreetail order create order.json",
      config = "clientid = 17",
      says = [[
spreetail: .../.config/spreetail/config.ini:2: unknown key 'clientid' (did you mean 'client_id'?)]],
      status = 2,
      todo = "The number behind the file's name is the line's.",
    },
    {
      title = "A value that is none",
      run = "spreetail order create order.json",
      config = "timeout = 0",
      says = [[
spreetail: .../.config/spreetail/config.ini:2: 'timeout' must be a positive number of seconds, not '0']],
      status = 2,
      todo = "The number behind the file's name is the line's.",
    },
    {
      title = "A secret in the config file",
      run = "spreetail order create order.json",
      config = "client_secret = s3cr3t",
      says = [[
spreetail: .../.config/spreetail/config.ini:2: a secret does not belong into this file: name where it is,
    with client_secret_file or client_secret_command]],
      status = 2,
      todo = "Move it into a file of its own that only you can read (`chmod 600`), or into a password "
        .. "manager.",
    },
    {
      title = "No such profile",
      run = "spreetail order create order.json --profile live",
      config = "timeout = 10",
      says = [[
spreetail: there is no profile 'live' in .../.config/spreetail/config.ini, only: default]],
      status = 2,
      todo = "A profile is a line `[live]`, and what stands below it.",
    },
    {
      title = "Others may write the config file",
      run = "spreetail order create order.json",
      config = "timeout = 10",
      mode = "666",
      says = [[
spreetail: .../.config/spreetail/config.ini may be written by others, who could have us run any command:
    chmod go-w '.../.config/spreetail/config.ini']],
      status = 2,
      todo = "Read the file first; then type what it says.",
    },
  },
  {
    title = "The way to the server",
    words = "`spreetail doctor` shows how far it goes, and what is known about each part of it.",
    {
      title = "No such host",
      run = "spreetail order create order.json",
      config = "retries = 0",
      environment = { SPREETAIL_BASE_URL = "https://no-such-host.invalid" },
      says = [[
spreetail: login at https://no-such-host.invalid/auth/login failed: no address for
    no-such-host.invalid:443 (Could not resolve host: no-such-host.invalid): check base_url (and the
    option proxy, if it is set), and the network]],
      status = 4,
      todo = "A typing error in `base_url`; or this machine has no network, or no name server that "
        .. "works: `getent hosts HOST` looks the name up as the command does.",
    },
    {
      title = "Nobody listens",
      run = "spreetail order create order.json",
      config = "retries = 0",
      environment = { SPREETAIL_BASE_URL = "https://127.0.0.1:1" },
      says = [[
spreetail: login at https://127.0.0.1:1/auth/login failed: no connection to 127.0.0.1:1 (Failed to connect
    to 127.0.0.1 port 1 after ... ms: Couldn't connect to server): check base_url (and the option proxy,
    if it is set), and whether a firewall forbids it]],
      status = 4,
      todo = "In brackets stands the address that was tried. A wrong port; a firewall; or a network "
        .. "that is only left through a proxy: set `proxy` in the config file. Nothing of a proxy is "
        .. "taken from the environment unless it is `proxy = environment`.",
    },
    {
      title = "A proxy that is not there",
      run = "spreetail order create order.json",
      config = "retries = 0\nproxy = http://robot:s3cr3t@127.0.0.1:1",
      says = [[
spreetail: login at https://.../auth/login failed: no connection to ... (Failed to connect to 127.0.0.1
    port 1 after ... ms: Couldn't connect to server): check base_url (and the option proxy, if it is set),
    and whether a firewall forbids it]],
      status = 4,
      todo = "The first name is the server's; in brackets stands the proxy, which has not answered.",
    },
    {
      title = "The server lets us wait for the login",
      run = "spreetail order create order.json",
      config = "timeout = 1",
      fault = { path = "/auth/login", delay = 5 },
      says = [[
spreetail: POST /outbound for 'A-1': no result after 1 s: it was waiting for the login, which ... had not
    answered: give it more time (timeout, in the config file), or ask whether the server is slow]],
      status = 4,
      todo = "Nothing was sent, so try again at leisure. If it is like that always, ask the server's "
        .. "owner.",
    },
    {
      title = "An unknown CA",
      run = "spreetail order create order.json",
      environment = { SPREETAIL_CA_FILE = false },
      says = [[
spreetail: login at https://.../auth/login failed: no TLS with ... (SSL certificate problem: unable to get
    local issuer certificate): the server's certificate is not signed by a CA that is trusted here: set
    ca_file to a PEM file with that CA (and the system's bundle is in ca-certificates)]],
      status = 4,
      todo = "In a company whose proxy looks into TLS: `ca_file` with the company's CA. In a slim "
        .. "container: install `ca-certificates`. In the sandbox: `SPREETAIL_CA_FILE`. There is no "
        .. "option to trust just anything.",
    },
    {
      title = "A file of CAs that is not there",
      run = "spreetail order create order.json",
      environment = { SPREETAIL_CA_FILE = "/etc/shop/ca.pem" },
      says = [[
spreetail: ca_file '/etc/shop/ca.pem' can't be read: No such file or directory]],
      status = 2,
      todo = "`ca_file`, or SPREETAIL_CA_FILE, names it.",
    },
    {
      title = "A certificate that has expired",
      run = "spreetail order create order.json",
      server = "SANDBOX_EXPIRED_URL",
      says = [[
spreetail: login at https://.../auth/login failed: no TLS with ... (SSL certificate problem: certificate
    has expired): the server's certificate has expired: its owner has to renew it, unless it is this
    machine's clock that is wrong]],
      status = 4,
      todo = "Look at `date` first. `spreetail doctor` shows the certificate, and until when it was "
        .. "good.",
    },
    {
      title = "A certificate for another host",
      run = "spreetail order create order.json",
      server = "SANDBOX_WRONG_HOST_URL",
      says = [[
spreetail: login at https://.../auth/login failed: no TLS with ... (SSL: no alternative certificate
    subject name matches target host name '127.0.0.1'): the server's certificate is for another host:
    base_url must name the host that the certificate was made for]],
      status = 4,
      todo = "`base_url` holds an address, or another name of the server. `spreetail doctor` shows for "
        .. "which names the certificate is.",
    },
    {
      title = "A clock that is two days off",
      run = "spreetail doctor --quiet",
      fault = { headers = { Date = days_ago(2) } },
      says = [[
failed  clock          2.0 days ahead of the server's
-> set this machine's clock, and have it kept (timedatectl set-ntp true): certificates are judged by it,
    and shared tokens seem dead, or alive when they are not]],
      status = 2,
      todo = "It was the doctor that saw it: calls may work for a while all the same, until a "
        .. "certificate is renewed.",
    },
    {
      title = "An address without TLS",
      run = "spreetail order create order.json",
      server = "SANDBOX_PLAIN_URL",
      says = [[
spreetail: base_url 'http://...' would send credentials in clear: use https:// (for a test server on this
    machine, allow_http = true permits http://)]],
      status = 2,
      todo = "Put an `s` behind `http`.",
    },
  },
  {
    title = "An order",
    {
      title = "It is no JSON",
      run = "spreetail order create broken.json",
      before = [[printf '{\n  "ReferenceNumber": "A-1"\n  "Currency": "EUR"\n}\n' > broken.json]],
      says = [[
broken.json:3:3: ',' or '}' expected, not '"']],
      status = 1,
      todo = "Line and column are those where it ceases to be JSON; what is wrong may stand just "
        .. "before.",
    },
    {
      title = "It is not as the API wants it",
      run = "spreetail order create broken.json",
      before = [[sed 's/"EUR"/"euro"/; s/"Qty":1/"Qty":0/' order.json > broken.json]],
      says = [[
broken.json:1:...: Currency must be three capital letters, such as EUR, not 'euro'
broken.json:1:...: OrderItems[1].Qty must be a whole number from 1, not 0]],
      status = 1,
      todo = "All that is wrong is named at once, each where it stands. `--dry-run` looks for such "
        .. "mistakes, and sends nothing.",
    },
    {
      title = "It exists",
      run = "spreetail order create order.json",
      before = "spreetail order create order.json",
      says = [[
spreetail: POST /outbound for 'A-1': Order with ReferenceNumber 'A-1' already exists (HTTP 409): with
    --on-duplicate=return it is returned, if it is the same]],
      status = 1,
      stored = { "A-1" },
      todo = "Somebody has sent an order with this reference before. `--on-duplicate=return` tells "
        .. "whether it is this one: then that is no error; else the differences are named.",
    },
    {
      title = "The answer is lost",
      run = "spreetail order create order.json",
      config = "retries = 0",
      fault = { path = "/outbound", when = "after", close = true },
      says = [[
spreetail: POST /outbound for 'A-1': the connection to ... was lost before an answer came (...), which may
    pass by itself. It may have been created: send it again with --on-duplicate=return, which is safe]],
      status = 3,
      stored = { "A-1" },
      todo = "Here the order had arrived. Do as it says: the same order under the same reference stays "
        .. "one order. The command does so by itself before it says this, as often as `retries` and "
        .. "`timeout` allow (here: not at all).",
    },
    {
      title = "The server does not answer",
      run = "spreetail order create order.json",
      config = "attempt_timeout = 1\nretries = 0",
      fault = { path = "/outbound", delay = 5 },
      says = [[
spreetail: POST /outbound for 'A-1': no complete answer from ... within ... s: give it more time
    (attempt_timeout and timeout, in the config file), or ask whether the server is slow. It may have been
    created: send it again with --on-duplicate=return, which is safe]],
      status = 3,
      sent = true,
      todo = "It may be slow, and have got the order. Give it more time, and send it again: the same "
        .. "order under the same reference stays one order.",
    },
    {
      title = "The server is down",
      run = "spreetail order create order.json",
      config = "timeout = 1",
      fault = { path = "/outbound", status = 503 },
      says = [[
spreetail: POST /outbound for 'A-1': Service unavailable (HTTP 503). It may have been created: send it
    again with --on-duplicate=return, which is safe]],
      status = 3,
      sent = true,
      todo = "503 is what comes from a server that is being worked at, for instance; the order may "
        .. "have gone through all the same. Send it again, later.",
    },
    {
      title = "Too many at one time",
      run = "spreetail order create order.json",
      config = "timeout = 1",
      fault = { path = "/outbound", status = 429 },
      says = [[
spreetail: POST /outbound for 'A-1': Rate limit exceeded. Please try again later. (HTTP 429): send less at
    one time, or try again later]],
      status = 4,
      sent = true,
      todo = "The command has waited and tried again until `timeout`. Whatever else sends at this time "
        .. "counts, too.",
    },
    {
      title = "There is no such order",
      run = "spreetail order get A-17",
      says = [[
spreetail: GET /order/A-17 for 'A-17': Order with ReferenceNumber 'A-17' not found (HTTP 404): check the
    reference; only what is this client's own can be found]],
      status = 1,
      todo = "Each client sees its own orders alone: `base_url` and the profile say which system, and "
        .. "who.",
    },
  },
  {
    title = "Many orders",
    words = "An import that has ended early, however that came, is begun again with the same file: an "
      .. "order that is there already counts as accepted, and is not created twice.",
    {
      title = "Lines that can't be orders",
      run = "spreetail orders import broken.csv",
      before = "sed '2s/,1,9.99/,two,9.99/; 4s/,EUR.*//' three.csv > broken.csv",
      says = [[
broken.csv:2:...: qty must be a whole number from 1, not 'two'
broken.csv:4:...: 2 fields, where the header has 15
1 accepted, 2 refused (2 validation); ... s]],
      status = 1,
      stored = { "A-2" },
      todo = "The other orders are created. With `--rejects FILE` the lines that were refused are in "
        .. "FILE, each with the reason, to be corrected and imported; with `--dry-run` they are "
        .. "named, and nothing is sent.",
    },
    {
      title = "A column that nobody knows",
      run = "spreetail orders import broken.csv",
      before = "sed '1s/sku/article/' three.csv > broken.csv",
      says = [[
broken.csv:1:...: 'article' is no field of an order; a column that is of no use is named by --ignore]],
      status = 2,
      todo = "Columns are called as the API's fields, in either spelling: [importing](importing.md).",
    },
    {
      title = "A line that is no JSON",
      run = "spreetail orders import broken.jsonl",
      before = "sed '2s/,/;/' three.jsonl > broken.jsonl",
      says = [[
broken.jsonl:2:...: ',' or '}' expected, not ';'
2 accepted, 1 refused (1 validation); ... s]],
      status = 1,
      stored = { "A-1", "A-3" },
      todo = "The other orders are created. Line and column say where the line ceases to be JSON.",
    },
    {
      title = "Another order under the same reference",
      run = "spreetail orders import three.csv",
      before = "sed s/A-1/A-2/ order.json | spreetail order create -",
      says = [[
three.csv:3:1: POST /outbound for 'A-2': another order is stored under this reference; it differs in 1
    field: DispatchBy sent "2030-01-31T12:00:00Z", stored "2025-03-02T10:00:00Z": compare the two:
    spreetail order get A-2
2 accepted, 1 refused (1 conflict); ... s]],
      status = 1,
      stored = { "A-1", "A-2", "A-3" },
      todo = "The one that is stored stays as it is. An order that is meant to be another needs a "
        .. "reference of its own.",
    },
    {
      title = "Credentials that are refused",
      run = "spreetail orders import hundred.csv --concurrency 1",
      environment = { SPREETAIL_CLIENT_SECRET = "wrong" },
      says = [[
hundred.csv:2:1: login at https://.../auth/login was refused: Invalid credentials (HTTP 401): check
    client_id and client_secret, and that they are active
hundred.csv:3:1: nothing gets through; nothing from here on was sent
spreetail: import the same again to go on: what is there already is not created twice
0 accepted, 0 refused, 1 not sent (1 auth); ... s]],
      status = 4,
      todo = "It stops at once where no order would get through.",
    },
    {
      title = "A server that is down from the tenth order on",
      run = "spreetail orders import hundred.csv",
      config = "timeout = 1",
      fault = { path = "/outbound", skip = 9, status = 503 },
      says = [[
hundred.csv:...:1: POST /outbound for 'A-...': Service unavailable (HTTP 503). It may have been created;
    send it again: that is safe
...
hundred.csv:...:1: nothing gets through; nothing from here on was sent
spreetail: import the same again to go on: what is there already is not created twice
spreetail: these may have been created, and importing them again tells: A-...
9 accepted, 0 refused, ... unknown; ... s]],
      status = 3,
      orders = accepted,
      after = import_again,
      todo = "It stops when one order after the other gets no answer that tells. The server has those "
        .. "that were accepted; import the same file again when it is back.",
    },
    {
      title = "Ctrl-C",
      run = "timeout --foreground --preserve-status -s INT 1 spreetail orders import hundred.csv",
      typed = "spreetail orders import hundred.csv # and Ctrl-C",
      fault = { path = "/outbound", delay = 0.3 },
      says = [[
hundred.csv:...:1: interrupted; nothing from here on was sent
spreetail: import the same again to go on: what is there already is not created twice
... accepted, 0 refused; ... s]],
      status = 130,
      orders = accepted,
      after = import_again,
      todo = "What was under way is waited for and told. (130 is how a shell shows that Ctrl-C ended "
        .. "it.)",
    },
    {
      title = "kill -9, or a power cut",
      run = "spreetail orders import hundred.csv & sleep 1; kill -9 $!; wait $!",
      fault = { path = "/outbound", delay = 0.3 },
      says = "...",
      status = 137,
      orders = some,
      after = import_again,
      todo = "Nothing can be said any more. Import the same file again.",
    },
    {
      title = "No room for the rejected lines",
      run = "spreetail orders import broken.csv --rejects /dev/full --concurrency 1",
      before = "sed '2,4s/,1,9.99/,two,9.99/' three.csv > broken.csv",
      says = [[
broken.csv:2:...: qty must be a whole number from 1, not 'two'
spreetail: /dev/full can't be written: No space left on device. Rejected orders are named here alone from
    now on
broken.csv:3:1: /dev/full can't be written: No space left on device. Rejected orders are named here alone
    from now on; nothing from here on was sent
spreetail: import the same again to go on: what is there already is not created twice
0 accepted, 1 refused (1 validation); ... s]],
      status = 1,
      todo = "Make room, and import again with another FILE. Without `--rejects` no room is needed.",
    },
    {
      title = "A file for rejected lines that is not empty",
      run = "spreetail orders import three.csv --rejects hundred.csv",
      says = [[
spreetail: hundred.csv can't be written: there is something in it; import that or put it away first]],
      status = 2,
      todo = "Lines that nobody has corrected yet are not written over.",
    },
  },
  {
    title = "The outbox",
    words = "Nothing that stands here loses an order: what is in the outbox stays there until the "
      .. "server has said what became of it. The next `spreetail outbox run` goes on.",
    {
      title = "A line that can't be an order",
      run = "spreetail outbox add broken.csv",
      before = "sed '2s/,1,9.99/,two,9.99/; 4s/,EUR.*//' three.csv > broken.csv",
      says = [[
broken.csv:2:...: qty must be a whole number from 1, not 'two'
broken.csv:4:...: 2 fields, where the header has 15
1 added, 2 refused (2 validation); ... s]],
      status = 1,
      after = outbox_holds { pending = 1 },
      todo = "As with an import: the other orders are in, and `--rejects FILE` keeps the lines that "
        .. "are not.",
    },
    {
      title = "Another order under the same reference",
      run = "spreetail outbox add three.csv",
      before = "sed s/A-1/A-2/ order.json > other.jsonl; spreetail outbox add other.jsonl",
      says = [[
three.csv:3:1: another order is in the outbox under the reference 'A-2', and is pending: give each order
    its own reference
2 added, 1 refused (1 conflict); ... s]],
      status = 1,
      after = outbox_holds { pending = 3 },
      todo = "The one that came first stays.",
    },
    {
      title = "An order that the server refuses",
      run = "spreetail outbox run",
      before = "spreetail outbox add three.csv",
      fault = { path = "/outbound", reference = "A-2", status = 400 },
      says = [[
spreetail: order 'A-2' was rejected: POST /outbound for 'A-2': Bad request (HTTP 400): correct it, since
    the same will be refused again
spreetail: 2 accepted, 1 rejected, 0 unknown; 0 left in the outbox]],
      status = 1,
      stored = { "A-1", "A-3" },
      after = outbox_holds { accepted = 2, rejected = 1 },
      todo = "`spreetail outbox export` prints the rejected orders with the reasons; what was "
        .. "corrected takes the place of the other with `spreetail outbox add`.",
    },
    {
      title = "A server that is down",
      run = "spreetail outbox run --seconds 2",
      before = "spreetail outbox add three.csv",
      fault = { path = "/outbound", status = 503 },
      says = [[
spreetail: order 'A-...' will be tried again: POST /outbound for 'A-...': Service unavailable (HTTP 503).
    It may have been created; send it again: that is safe
spreetail: 0 accepted, 0 rejected, 0 unknown; 3 left in the outbox]],
      status = 4,
      sent = true,
      after = outbox_empties(3),
      todo = "It goes on trying, less and less often, until it is told to stop.",
    },
    {
      title = "Credentials that are refused",
      run = "spreetail outbox run",
      before = "spreetail outbox add three.csv",
      environment = { SPREETAIL_CLIENT_SECRET = "wrong" },
      says = [[
spreetail: order 'A-...' will be tried again: login at https://.../auth/login was refused: Invalid
    credentials (HTTP 401): check client_id and client_secret, and that they are active
spreetail: login at https://.../auth/login was refused: Invalid credentials (HTTP 401): check client_id
    and client_secret, and that they are active
spreetail: 0 accepted, 0 rejected, 0 unknown; 3 left in the outbox]],
      status = 4,
      after = outbox_empties(3),
      todo = "That is not tried again by itself: correct them, and run it again.",
    },
    {
      title = "Ctrl-C",
      run = "timeout --foreground --preserve-status -s INT 1 spreetail outbox run",
      typed = "spreetail outbox run # and Ctrl-C",
      before = "spreetail outbox add hundred.csv",
      fault = { path = "/outbound", delay = 0.3 },
      says = [[
spreetail: ... accepted, 0 rejected, 0 unknown; ... left in the outbox]],
      status = 130,
      orders = accepted,
      after = outbox_empties(100),
      todo = "What was under way is waited for and recorded; what was about to be sent is left to the "
        .. "next run.",
    },
    {
      title = "kill -9, or a power cut",
      run = "spreetail outbox run --lease 2 & sleep 1; kill -9 $!; wait $!",
      before = "spreetail outbox add hundred.csv",
      fault = { path = "/outbound", delay = 0.3 },
      says = "Killed",
      status = 137,
      orders = some,
      after = outbox_empties(100),
      todo = "What it was sending is looked up by the next run, once the lease of the one that was "
        .. "killed has ended (`--lease`, 60 s).",
    },
    {
      title = "No rights on its directory",
      run = "spreetail outbox run --database box/outbox.db",
      before = "mkdir box",
      unprivileged = true,
      says = [[
spreetail: outbox box/outbox.db: unable to open database file: check that its directory exists, and that
    this user may write there]],
      status = 2,
      todo = "SQLite keeps files of its own beside the database. Whoever puts orders in, and whoever "
        .. "sends them, needs the right to write into the directory.",
    },
    {
      title = "No rights on its file",
      run = "spreetail outbox run --database box/outbox.db",
      before = "mkdir -m 777 box; spreetail outbox add three.csv --database box/outbox.db; chmod 644 box/*",
      unprivileged = true,
      says = [[
spreetail: box/outbox.db holds names and addresses, and others may look into it: chmod 600 'box/outbox.db'
spreetail: outbox box/outbox.db: attempt to write a readonly database: this user must be able to write to
    the file and to its directory
spreetail: 0 accepted, 0 rejected, 0 unknown; 3 left in the outbox]],
      status = 2,
      todo = "It belongs to whoever made it. Let one user do both, or use PostgreSQL.",
    },
    {
      title = "A file that is something else",
      run = "spreetail outbox run --database three.csv",
      says = [[
spreetail: outbox three.csv: file is not a database: choose another path]],
      status = 2,
      todo = "The file stays as it is.",
    },
    {
      title = "The disk is full",
      run = "trap '' XFSZ; ulimit -f 100; spreetail outbox add hundred.csv",
      typed = "spreetail outbox add hundred.csv",
      says = [[
hundred.csv:102:1: outbox .../outbox.db: disk I/O error: see whether the disk is full, else look at the
    system's log; nothing from here on was added
spreetail: add the same again to go on: what is there already is not added twice
0 added, 0 refused, 100 not added (100 database); ... s]],
      status = 4,
      after = outbox_can_add,
      todo = "Make room, and add the same file again. (Here a file may only have so many bytes; a disk "
        .. "that is full says \"database or disk is full\".)",
    },
    {
      title = "A database that can't be reached",
      run = "spreetail outbox run --database postgresql://shop@127.0.0.1:1/shop",
      says = [[
spreetail: outbox in database shop: no connection can be had: see whether the server runs, and check host,
    port, database, user and password: psql, told the same, says which it is]],
      status = 4,
      todo = "`psql` with the same says which of them it is: LuaDBI keeps PostgreSQL's own words to "
        .. "itself.",
    },
    {
      title = "A database that goes away",
      run = "$POSTGRESQL --no-fsync sh gone.sh",
      typed = "spreetail outbox run --seconds 3 # and PostgreSQL is stopped after a second",
      before = DATABASE_GOES,
      environment = { POSTGRESQL = ROOT .. "/spec/outbox/postgresql" },
      fault = { path = "/outbound", delay = 0.3 },
      says = [[
spreetail: trying again: outbox in database outbox: no connection can be had: ...
spreetail: outbox in database outbox: no connection can be had: ...
spreetail: ... accepted, 0 rejected, 0 unknown; nobody can say how many are left in the outbox]],
      status = 4,
      orders = { words = "in the end the server has all", count = function() return 100 end },
      after = function(home)
        local again = files.read(home .. "/again")
        assert(again:find("0 rejected, 0 unknown; 0 left in the outbox", 1, true), again)
      end,
      todo = "While it runs it goes on trying. What the server has accepted meanwhile is looked up "
        .. "when the database is there again, and counts as accepted: here by the next run.",
    },
    {
      title = "A password in the URL",
      run = "spreetail outbox run --database postgresql://shop:s3cr3t@db.example/shop",
      says = [[
spreetail: the outbox's URL must not hold a password: put it into a file, and name that with
    outbox_password_file in the config file, or with PGPASSFILE]],
      status = 2,
      todo = "All users of a machine see arguments: take this one for known, and have it changed.",
    },
    {
      title = "Orders that can't be sent again",
      run = "spreetail outbox retry A-17",
      says = [[
0 orders will be sent again
spreetail: 1 of these 1 are not in the outbox, or are accepted or being sent]],
      status = 1,
      todo = "`spreetail outbox export --state unknown` shows what there is in a state.",
    },
    {
      title = "An age that is none",
      run = "spreetail outbox purge --older-than month",
      says = [[
Usage: spreetail outbox purge ...

spreetail: 'month' is no duration: a number and one of s, m, h, d, w, as in 30d]],
      status = 2,
      todo = "Nothing was removed.",
    },
  },
  {
    title = "Printing, and Ctrl-C",
    {
      title = "The disk is full where the output goes",
      run = "spreetail order create order.json > /dev/full",
      says = [[
spreetail: what was done can't be printed: No space left on device]],
      status = 3,
      stored = { "A-1" },
      todo = "What was to be done is done; only the word about it is lost. Whatever could not be "
        .. "printed counts as unknown, so that no script takes it for well.",
    },
    {
      title = "Nobody reads what is printed",
      run = "{ spreetail stock; echo $? > status; } | true; exit $(cat status)",
      typed = "spreetail stock | true",
      says = "",
      status = 141,
      todo = "The command ends quietly, as others do, by the signal for that; 141 is how a shell shows "
        .. "it.",
    },
    {
      title = "Nobody reads what an import prints",
      run = "{ spreetail orders import hundred.csv --json; echo $? > status; } | head -n 1; "
        .. "exit $(cat status)",
      typed = "spreetail orders import hundred.csv --json | head -n 1",
      fault = { path = "/outbound", delay = 0.05 },
      says = [[
{...}
hundred.csv:...:1: interrupted; nothing from here on was sent
spreetail: import the same again to go on: what is there already is not created twice
spreetail: ... accepted, 0 refused; ... s]],
      status = 141,
      orders = accepted,
      after = import_again,
      todo = "As with Ctrl-C: what is under way is waited for, and told on the standard error.",
    },
    {
      title = "Ctrl-C while an answer is due",
      run = "timeout --foreground --preserve-status -s INT 1 spreetail order create order.json",
      typed = "spreetail order create order.json # and Ctrl-C",
      fault = { path = "/outbound", delay = 2 },
      says = "A-1\tcreated",
      status = 130,
      stored = { "A-1" },
      todo = "What was sent is waited for, five seconds at most, and told. (130 is how a shell shows "
        .. "that Ctrl-C ended it.)",
    },
    {
      title = "Ctrl-C while no answer comes",
      run = "timeout --foreground --preserve-status -s INT 1 spreetail order create order.json",
      typed = "spreetail order create order.json # and Ctrl-C",
      fault = { path = "/outbound", delay = 30 },
      says = [[
spreetail: POST /outbound for 'A-1': interrupted before there was an answer. It may have been created:
    send it again with --on-duplicate=return, which is safe]],
      status = 3,
      sent = true,
      todo = "After five seconds it is given up. A second Ctrl-C ends the command at once, without a "
        .. "word.",
    },
  },
}
