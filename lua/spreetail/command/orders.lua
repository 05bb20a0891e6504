--- `spreetail orders`: many orders.

local function define_import(parser)
  local command = parser:command "import"
  command:summary "Create the orders in a file."
  command:description("Creates the orders in a file: CSV with a header, or JSON Lines, an object a line. "
    .. "Orders that are there already, as they are in the file, count as accepted: so an import that was "
    .. "interrupted is begun again with the same file. Each mistake is named with its line and column.")
  command:argument "file"
    :description "The file with the orders; - is the standard input."
  command:flag "--dry-run"
    :description "Check all orders, name every mistake, and send nothing."
  command:option "--rejects"
    :description("Write the lines of orders that were not accepted to FILE, as they are, each with the "
      .. "reason, to be corrected and imported.")
    :argname "FILE"
  command:option "--concurrency"
    :description "How many orders are on their way at one time, at most 256 (default: 16)."
    :argname "N"
    :convert(tonumber)
  command:option "--on-duplicate"
    :description("What a reference that is taken is: an error, or no error if that order is the same (the "
      .. "default).")
    :choices { "error", "return" }
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

local function define(parser)
  parser:command_target "operation"
  define_import(parser)
end

return {
  name = "orders",
  summary = "Create many orders.",
  description = "Many orders: creates those in a file.",
  define = define,
  run = function(arguments, session)
    return require("spreetail.command.import").run(arguments, session)
  end,
}
