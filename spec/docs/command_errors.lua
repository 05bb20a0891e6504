-- docs/command-errors.md out of the table of mistakes.

local mistakes = require "spec.command.mistakes"

local WIDTH = 118

local HEAD = "Look for the text that you see; `...` stands for what differs from case to case. A test makes "
  .. "each of these mistakes, reads what is printed, and looks on the server whether an order was lost, or "
  .. "is there twice. The [exit statuses](command.md#for-programs) are few. When in doubt: "
  .. "[`spreetail doctor`](troubleshooting.md#ask-the-doctor)."

-- A paragraph in lines.
local function fill(text)
  local lines, line = {}, nil
  for word in text:gmatch "%S+" do
    if line and #line + 1 + #word <= WIDTH then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function list(words)
  return #words < 2 and words[1] or table.concat(words, ", ", 1, #words - 1) .. " and " .. words[#words]
end

local function describe_orders(row)
  if row.stored then
    return "the server has " .. list(row.stored)
  elseif row.orders then
    return row.orders.words
  end
  return row.sent and "the server has no order" or "no order was sent"
end

return function()
  local lines = {}
  local function put(...)
    for _, line in ipairs { ... } do
      lines[#lines + 1] = line
    end
  end
  put("# What the command says when something goes wrong", "", fill(HEAD))
  for _, section in ipairs(mistakes) do
    put("", "## " .. section.title)
    if section.words then
      put("", fill(section.words))
    end
    for _, row in ipairs(section) do
      put("", "### " .. row.title, "", "```text", "$ " .. (row.typed or row.run))
      put(row.says ~= "" and row.says or nil)
      put("```", "", fill(("Exit status %d; %s. %s"):format(row.status, describe_orders(row), row.todo)))
    end
  end
  return table.concat(lines, "\n") .. "\n"
end
