function love.conf(t)
  t.window.title = "Dragon shop"
  t.window.width, t.window.height = 480, 320
  t.identity = "dragon-shop"
end
