-- Writes docs/messages.md: see `make messages`.

local files = require "spec.files"
local messages = require "spec.docs.messages"

files.write("docs/messages.md", messages.page(messages.provoke()))
