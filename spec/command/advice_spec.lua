-- What the library advises, in the command's words. What the library says here is what it really says:
-- it stands in docs/messages.md.

local advice = require "spreetail.command.advice"
local messages = require("spec.files").read "docs/messages.md"

-- The library's words, and what the command makes of them.
local words = {
  ["no client_id: give client_id, or set SPREETAIL_CLIENT_ID"] =
    "no client_id: write it into the config file, or set SPREETAIL_CLIENT_ID",
  ["no client_secret: give client_secret, client_secret_file or client_secret_command, or set"] =
    "no client_secret: say in the config file where it is (client_secret_file, client_secret_command), "
    .. "or set",
  ['with on_duplicate = "return" it is returned'] = "with --on-duplicate=return it is returned",
  ["It may have been created: look with get_order before you send it again"] =
    "It may have been created: send it again with --on-duplicate=return, which is safe",
  ["It may have taken effect: look with get_order before you send it again"] =
    "It may have taken effect: look with: spreetail order get 'it'\\''s 1'",
  ["It may have taken effect: look before you send it again"] =
    "It may have taken effect: look with: spreetail stock",
  ["compare the two (all of it is in details)"] = "compare the two: spreetail order get 'it'\\''s 1'",
  ["give it more timeout, or ask"] = "give it more time (timeout, in the config file), or ask",
  ["give it more time (attempt_timeout, timeout), or ask"] =
    "give it more time (attempt_timeout and timeout, in the config file), or ask",
  ["POST /outbound for 'R-1': cancelled by the program"] =
    "POST /outbound for 'R-1': interrupted before there was an answer",
}

describe("advice for programs", function()
  for theirs, ours in pairs(words) do
    it("becomes advice for people: " .. theirs, function()
      assert.is_truthy(messages:find(theirs, 1, true), "the library doesn't say that")
      assert.equal(ours, advice.message { message = theirs, reference = "it's 1" })
    end)
  end

  it("names an order as it can be typed", function()
    local err = { message = "look with get_order before you send it again", reference = "R-1" }
    assert.equal("look with: spreetail order get R-1", advice.message(err))
  end)

  it("about anything else stays as it is", function()
    assert.equal("login at ... was refused", advice.message { message = "login at ... was refused" })
  end)
end)
