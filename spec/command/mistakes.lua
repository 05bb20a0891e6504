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
--   todo         why, and what to do
-- and how it comes about:
--   before       a script that has run before
--   config       the profile [default] of the config file
--   mode         the mode of that file
--   environment  variables; false: without it
--   server       the variable that names the server to use
--   fault        what the sandbox does: a rule, or a list of them
--   after        function(home, output): looks for more that could be lost

local function days_ago(days)
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() - days * 86400)
end

return {
  {
    title = "Usage",
    words = "`spreetail --help` shows what there is, `spreetail order create --help` what belongs to that.",
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
    words = "They come from the environment, or the config file. `spreetail doctor` shows what was found.",
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
      config = "timeout = 2",
      fault = { path = "/outbound", delay = 5 },
      says = [[
spreetail: POST /outbound for 'A-1': no complete answer from ... within 2 s: give it more time
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
    title = "Printing, and Ctrl-C",
    {
      title = "The disk is full",
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
      run = "spreetail order get A-1 | true",
      before = "spreetail order create order.json",
      says = "",
      status = 0,
      stored = { "A-1" },
      todo = "A pipe into `head`, for instance. The command ends quietly, as others do.",
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
