--- What the command goes by beside its arguments, and what its exit status says: for its help and its manual.

local exit = require "spreetail.command.exit"

local M = {}

--- Variables of the environment, which go before the config file.
M.environment = {
  { "SPREETAIL_CLIENT_ID", "Who you are to the API." },
  { "SPREETAIL_CLIENT_SECRET", "Your secret. It stays in the environment as long as the process lives." },
  {
    "SPREETAIL_SECRET_COMMAND",
    "A command for sh whose first line of output is your secret, such as: pass show spreetail. Used where "
      .. "SPREETAIL_CLIENT_SECRET is not set.",
  },
  { "SPREETAIL_BASE_URL", "Where the API is, if it isn't the vendor's." },
  { "SPREETAIL_CA_FILE", "A file with the CAs to trust, in PEM, in place of the system's." },
  { "NO_COLOR", "If this is set, there are no colours, on terminals either." },
  { "XDG_CONFIG_HOME", "Where the config file is looked for; ~/.config if it is not set." },
}

--- Files.
M.files = {
  {
    "$XDG_CONFIG_HOME/spreetail/config.ini",
    "Profiles, of which [default] is used unless --profile names another. Each has lines such as client_id "
      .. "= me, client_secret_command = pass show spreetail, or client_secret_file = ~/secret. A file that "
      .. "others may write is refused, and so is a secret in it.",
  },
}

--- Exit statuses.
M.exit_status = {
  { exit.done, "All is done." },
  { exit.refused, "Something was refused, here or by the server; the same again would be refused again." },
  { exit.usage, "The command was called in a way, or configured so, that it could not begin." },
  { exit.unknown, "It can't be told what became of something that was sent: it may have taken effect." },
  {
    exit.unreachable,
    "The server could not be reached, let nobody in, or did not answer: nothing has taken effect, and it may "
      .. "work later.",
  },
  {
    "128+N",
    "Ended by a signal (130: Ctrl-C; 141: nobody reads the output any more), after what was under way had "
      .. "settled.",
  },
}

return M
