-- Writes docs/messages.md and docs/command-errors.md: see `make messages`.

local command_errors = require "spec.docs.command_errors"
local files = require "spec.files"
local messages = require "spec.docs.messages"

files.write("docs/messages.md", messages.page(messages.provoke()))
files.write("docs/command-errors.md", command_errors())
