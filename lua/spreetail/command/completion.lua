--- `spreetail completion`: what has a shell complete subcommands and options.

local exit = require "spreetail.command.exit"

local HOW = {
  { "bash", 'In ~/.bashrc: eval "$(spreetail completion bash)".' },
  { "zsh", 'In ~/.zshrc, behind compinit: eval "$(spreetail completion zsh)".' },
  { "fish", "spreetail completion fish > ~/.config/fish/completions/spreetail.fish." },
}

-- A subcommand each, so that the shells complete them, too.
local function define(parser)
  parser:command_target "operation"
  for _, shell in ipairs(HOW) do
    local command = parser:command(shell[1])
    command:summary(("Print the script for %s."):format(shell[1]))
    command:description(("Prints the script for %s. %s"):format(shell[1], shell[2]))
  end
end

-- Argparse's script for zsh works from a directory of $fpath alone: evaluated, it has to be told to wait for
-- somebody to complete something.
local function for_zsh(parser)
  return (parser:get_zsh_complete():gsub("\n_spreetail\n$", [[

if [ "$funcstack[1]" = _spreetail ]; then
  _spreetail
else
  compdef _spreetail spreetail
fi
]]))
end

local SCRIPTS = {
  bash = function(parser) return parser:get_bash_complete() end,
  zsh = for_zsh,
  fish = function(parser) return parser:get_fish_complete() end,
}

local function run(arguments, session, parser)
  session.out:write(SCRIPTS[arguments.operation](parser))
  return exit.done
end

return {
  name = "completion",
  summary = "Print what has a shell complete these commands.",
  description = "Prints a script that has a shell complete subcommands and options.",
  define = define,
  run = run,
}
