--- A text that comes in blocks: what of it has come and is not done with. And where in a text something is.

local M = {}

local find, sub = string.find, string.sub

local SIZE = 64 * 1024 -- bytes of a block, at least

--- Bytes of what stays in memory at most: a record or a line is not longer.
M.MOST = 16 * 1024 * 1024

local Blocks = {}
Blocks.__index = Blocks

--- Of what `read(size)` returns, block by block: some bytes, nil at the end, nil and a reason when that
-- fails. `text` from `at` on is what has come and is not done with; `complete`: nothing comes behind it. A
-- byte order mark is passed over.
function M.new(read)
  return setmetatable({
    read = read, text = "", at = 1, passed = 0, has_begun = false, complete = false, failure = nil,
  }, Blocks)
end

-- What the text begins with.
local function begin(self)
  self.has_begun = true
  if sub(self.text, 1, 3) == "\239\187\191" then
    self.at = 4
  elseif find(self.text, "^\255\254") or find(self.text, "^\254\255") then
    self.failure = "it is UTF-16: save it as UTF-8"
  end
end

--- Adds a block to the text, which begins at 1 again. Returns false, and why is `failure`, when that can't
-- be.
function Blocks:more()
  local rest = sub(self.text, self.at)
  if #rest > M.MOST then
    self.failure = ("more than %d MB without an end"):format(M.MOST / 2 ^ 20)
    return false
  end
  local block, why = self.read(math.max(SIZE, #rest)) -- twice as much, so that what is long is not read often
  self.passed = self.passed + self.at - 1
  self.text, self.at = rest .. (block or ""), 1
  self.complete, self.failure = block == nil, why
  if not self.has_begun and (#self.text >= 3 or not block) then
    begin(self)
  end
  return not self.failure
end

--- How many bytes are done with.
function Blocks:offset()
  return self.passed + self.at - 1
end

--- How many lines end in the text before `at`, and which character of its line is there, from 1: as editors
-- count, in UTF-8.
function M.place(text, at)
  local lines, from = 0, 1
  local feed = find(text, "\n", 1, true)
  while feed and feed < at do
    lines, from = lines + 1, feed + 1
    feed = find(text, "\n", from, true)
  end
  local _, characters = sub(text, from, at - 1):gsub("[^\128-\191]", "")
  return lines, characters + 1
end

return M
