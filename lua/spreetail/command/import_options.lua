--- The options of a command that imports a file of orders (import.lua, which takes long to load).

local M = {}

--- Declares the options of a command that imports.
function M.define(command)
  command:argument "file"
    :description "The file with the orders; - is the standard input."
  command:flag "--dry-run"
    :description "Check all orders, name every mistake, and do nothing else."
  command:option "--rejects"
    :description("Write the lines of orders that were rejected, or did not get through, to FILE, as they "
      .. "are, each with the reason, to be corrected and imported.")
    :argname "FILE"
  command:option "--format"
    :description "What the file is, where that is not to be told by its first character."
    :choices { "csv", "jsonl" }
  command:option "--delimiter"
    :description "What is between the fields of CSV, where the header leaves that open."
    :choices { "comma", "semicolon", "tab" }
  command:option "--ignore"
    :description "A column of CSV that is of no use. May be given several times."
    :argname "COLUMN"
    :count "*"
end

return M
