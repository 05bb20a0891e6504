-- spreetail completion: what the shells complete, asked of the shells.

local spreetail = require "spec.command.spreetail"

-- What the shell offers for the last of these words, as a set.
local function set_of(text)
  local set = {}
  for word in text:gmatch "%S+" do
    set[word] = true
  end
  return set
end

local function in_bash(words)
  local output, complaint = spreetail.shell(([[
    spreetail completion bash > "$HOME/script"
    echo 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spreetail; echo "${COMPREPLY[@]}"' >> "$HOME/script"
    bash "$HOME/script" %s
  ]]):format(words))
  assert.equal("", complaint)
  return set_of(output)
end

local function in_fish(words)
  local output, complaint = spreetail.shell(([[
    spreetail completion fish > "$HOME/script"
    fish -c 'source "$HOME/script"; complete -C "$argv"' -- %s
  ]]):format(spreetail.quote(words)))
  assert.equal("", complaint)
  return set_of((output:gsub("\t[^\n]*", "")))
end

-- What a zsh shows at its terminal when somebody presses the tabulator twice.
local function in_zsh(words)
  local output, complaint = spreetail.shell(([[
    spreetail completion zsh > "$HOME/script"
    cat > "$HOME/press" <<'END'
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z "PS1=; autoload -Uz compinit; compinit -u -D; eval \"\$(cat $HOME/script)\"; echo REA''DY"
      zpty -r -m z shown '*READY*'
      zpty -w -n z "$1"$'\t\t'
      repeat 40 { sleep 0.05; zpty -r -t z shown && print -r -- "$shown" }
      zpty -d z
END
    exec zsh -f "$HOME/press" %s
  ]]):format(spreetail.quote(words)))
  assert.equal("", complaint)
  return set_of((output:gsub("\27%[[%d;?]*%a", "")))
end

local function offers(set, ...)
  for _, word in ipairs { ... } do
    assert.is_true(set[word], word)
  end
end

describe("spreetail completion", function()
  it("has bash complete subcommands, operations, options and their choices", function()
    offers(in_bash "spreetail ''", "order", "stock", "sku", "inbound", "login", "sandbox", "completion")
    assert.same({ create = true, cancel = true }, in_bash "spreetail --profile test order c")
    offers(in_bash "spreetail order create --", "--dry-run", "--on-duplicate", "--json")
    assert.same({ ["error"] = true, ["return"] = true }, in_bash "spreetail order create --on-duplicate ''")
    offers(in_bash "spreetail completion ''", "bash", "zsh", "fish")
  end)

  it("has fish complete them", function()
    offers(in_fish "spreetail ", "order", "stock", "sku", "inbound", "login", "sandbox", "completion")
    offers(in_fish "spreetail order ", "create", "get", "cancel")
    offers(in_fish "spreetail order create --", "--dry-run", "--on-duplicate", "--json")
    offers(in_fish "spreetail order create --on-duplicate ", "error", "return")
  end)

  it("has zsh complete them", function()
    offers(in_zsh "spreetail ", "order", "stock", "sku", "inbound", "login", "sandbox", "completion")
    offers(in_zsh "spreetail order ", "create", "get", "cancel")
    offers(in_zsh "spreetail order create --", "--dry-run", "--on-duplicate", "--json")
  end)

  it("for zsh works from a directory of $fpath, too", function()
    local output, complaint = spreetail.shell [[
      mkdir "$HOME/functions"
      spreetail completion zsh > "$HOME/functions/_spreetail"
      exec zsh -f -c '
        fpath=("$HOME/functions" $fpath); autoload -Uz compinit; compinit -u -D; echo $_comps[spreetail]'
    ]]
    assert.same({ "_spreetail\n", "" }, { output, complaint })
  end)
end)
