--- The last so many texts of a kind, numbered in the order in which they came, in a dictionary that all
-- workers share. Adding one is two operations, whatever is in there; the oldest makes room.

local ring = {}
ring.__index = ring

function ring.new(dict, name, size)
  return setmetatable({ dict = dict, counter = name, prefix = name .. ":", size = size }, ring)
end

function ring:add(text)
  local number = assert(self.dict:incr(self.counter, 1, 0))
  self.dict:set(self.prefix .. number % self.size, number .. "\t" .. text)
end

--- The texts after the one with this number that are still there, at most `most` and the newest of them,
-- oldest first; and the number to ask with the next time. Another worker may have counted one that it has
-- not put down yet: what comes after that is for the next time, too.
function ring:since(number, most)
  local last = self.dict:get(self.counter) or 0
  local texts = {}
  for each = math.max(number, last - math.min(most, self.size)) + 1, last do
    local written, text = (self.dict:get(self.prefix .. each % self.size) or "0\t"):match "^(%d+)\t(.*)$"
    written = tonumber(written)
    if written < each then
      return texts, each - 1
    elseif written == each then
      texts[#texts + 1] = text
    end
  end
  return texts, last
end

return ring
