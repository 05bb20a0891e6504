-- A game that nobody sees or hears: no window, no sound, no device to play with.

function love.conf(t)
  for _, name in ipairs {
    "audio", "font", "graphics", "image", "joystick", "keyboard", "mouse", "physics", "sound", "system",
    "touch", "video", "window",
  } do
    t.modules[name] = false
  end
end
