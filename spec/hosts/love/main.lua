-- A game of the directory: love spec/hosts/love NAME WORD...

io.stdout:setvbuf "line"

function love.load(words)
  require(words[1])(unpack(words, 2))
end
