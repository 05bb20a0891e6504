-- Frames at a steady pace, as a display would set it.

local RATE = 60

local frame = { rate = RATE }

--- Calls `fn(n)` once a frame, n counting from 1; returns false when it does: that was the last.
function frame.each(fn)
  local n, due = 0, love.timer.getTime()
  function love.update()
    n = n + 1
    if fn(n) == false then
      love.event.quit()
    end
    due = due + 1 / RATE
    love.timer.sleep(math.max(0, due - love.timer.getTime()))
  end
end

return frame
