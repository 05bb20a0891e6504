-- The pages of the documentation: their blocks of code, and what these say that they print.

local page = {}

local function lines_of(name)
  local lines = {}
  for line in io.lines(name) do
    lines[#lines + 1] = line
  end
  return lines
end

--- The blocks of a page in a language, each with its `text`, the `line` where it begins, and whether
-- it is `only_loaded`, as a comment before it may say: <!-- only loaded -->
function page.blocks(name, language)
  local blocks, block = {}, nil
  local lines = lines_of(name)
  for i, line in ipairs(lines) do
    local fence = line:match "^```(%w*)"
    if fence and block then
      block = nil
    elseif fence then
      block = { line = i, language = fence, lines = {}, only_loaded = lines[i - 1] == "<!-- only loaded -->" }
      blocks[#blocks + 1] = block
    elseif block then
      table.insert(block.lines, line)
    end
  end
  local found = {}
  for _, each in ipairs(blocks) do
    each.text = table.concat(each.lines, "\n") .. "\n"
    if each.language == language then
      found[#found + 1] = each
    end
  end
  return found
end

-- Columns may be set apart by more than print does.
local function squeezed(text)
  return (text:gsub("%s+", " "):gsub(" $", ""))
end

-- "a ... b" stands for anything between a and b.
local function as_pattern(text)
  return "^" .. squeezed(text):gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("%%%.%%%.%%%.", ".*") .. "$"
end

--- Compares what a block printed with its comments `--> text`, one for each line; a block without
-- any may print what it likes. Returns nil, or what is wrong.
function page.difference(block, output)
  local expected = {}
  for text in block.text:gmatch "%-%->%s*([^\n]*)" do
    expected[#expected + 1] = text
  end
  if #expected == 0 then
    return nil
  end
  local i = 0
  for line in output:gmatch "([^\n]*)\n" do
    i = i + 1
    if not expected[i] then
      return ("also printed: %s"):format(line)
    elseif not squeezed(line):find(as_pattern(expected[i])) then
      return ("said to print:  %s\nhas printed:    %s"):format(expected[i], line)
    end
  end
  return expected[i + 1] and ("not printed: %s\nall of it: %s"):format(expected[i + 1], output) or nil
end

--- Whether an output is this text; "..." in it stands for anything.
function page.is(output, text)
  return squeezed(output):find(as_pattern(text)) ~= nil
end

--- Whether a text is in an output; "..." in it stands for anything.
function page.has(output, text)
  return squeezed(output):find(as_pattern(text):sub(2, -2)) ~= nil
end

return page
