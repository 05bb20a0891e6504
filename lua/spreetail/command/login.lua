--- `spreetail login`: whether the credentials are good, and a token for the commands that follow.

local advice = require "spreetail.command.advice"
local exit = require "spreetail.command.exit"

local function run(_, session)
  local done, err = session:call "login"
  if not done then
    return session:fail(err)
  end
  if session.no_keyring then
    session.log:say(advice.message(session.no_keyring))
  end
  session:report(nil, "logged in")
  return exit.done
end

return {
  name = "login",
  summary = "Log in, and see whether the credentials are good.",
  description = "Logs in, though there may be a token that is still good. Other commands log in by "
    .. "themselves when they need to. Where there is a keyring, the new token is kept in it for them, sealed "
    .. "and in memory alone, until it expires.",
  define = function() end,
  run = run,
}
