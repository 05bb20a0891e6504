-- Writes docs/messages.md: see `make messages`.

local messages = require "spec.docs.messages"

local file = assert(io.open("docs/messages.md", "w"))
assert(file:write(messages.page(messages.provoke())))
assert(file:close())
