--- What the library advises its programs to do, in the words of whoever types commands: pure.

local M = {}

-- A word of the shell that is this text.
local function quoted(text)
  return text:find "^[%w_./:@%-]+$" and text or "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The library's words, and ours; where these depend on the error, a function of it.
local WORDS = {
  { "give client_id, or set", "write it into the config file, or set" },
  {
    "give client_secret, client_secret_file or client_secret_command, or set",
    "say in the config file where it is (client_secret_file, client_secret_command), or set",
  },
  { 'on_duplicate = "return"', "--on-duplicate=return" },
  { "effect: look before you send it again", "effect: look with: spreetail stock" }, -- SKUs alone say that
  {
    "created: look with get_order before you send it again",
    "created: send it again with --on-duplicate=return, which is safe",
  },
  {
    "look with get_order before you send it again",
    function(err) return "look with: spreetail order get " .. quoted(tostring(err.reference)) end,
  },
  {
    "compare the two (all of it is in details)",
    function(err) return "compare the two: spreetail order get " .. quoted(tostring(err.reference)) end,
  },
  {
    "leave token_store out, and each program logs in by itself, or use spreetail.store.file",
    "each command logs in by itself",
  },
  { "give it more timeout", "give it more time (timeout, in the config file)" },
  { "more time (attempt_timeout, timeout)", "more time (attempt_timeout and timeout, in the config file)" },
  { "cancelled by the program", "interrupted before there was an answer" },
}

local function replaced(text, words, by)
  local first, last = text:find(words, 1, true)
  return first and text:sub(1, first - 1) .. by .. text:sub(last + 1) or text
end

--- The message of an error of the library.
function M.message(err)
  local text = err.message
  for _, pair in ipairs(WORDS) do
    text = replaced(text, pair[1], type(pair[2]) == "function" and pair[2](err) or pair[2])
  end
  return text
end

return M
