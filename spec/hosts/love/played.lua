-- What a game may do with the client, and examples/love in a game without a screen.
--
--     love spec/hosts/love played TREE

local frame = require "frame"

local ORDERS = 30

local passed, failed = 0, 0

local function check(holds, format, ...)
  passed, failed = passed + (holds and 1 or 0), failed + (holds and 0 or 1)
  print((holds and "ok      " or "FAILED  ") .. format:format(...))
end

local function new_client(spreetail, loop)
  return spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE", loop = loop })
end

-- Another state of Lua in a thread of its own, which may block.
local THREAD = [[
  local tree = ...
  require "love.timer"
  local spreetail = require "spreetail"
  local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })
  local stored, err = client:create_order(dofile(tree .. "/spec/hosts/order.lua") "LOVE-THREAD")
  client:close()
  love.thread.getChannel "done":push(stored and stored.ReferenceNumber or tostring(err))
]]

local function start_thread(tree)
  local thread = love.thread.newThread(THREAD)
  thread:start(tree)
  return thread
end

local function start_coroutines(client, new_order)
  local counts = { accepted = 0, ended = 0 }
  for i = 1, ORDERS do
    assert(coroutine.resume(coroutine.create(function()
      local stored = client:create_order(new_order("LOVE-" .. i))
      counts.ended = counts.ended + 1
      counts.accepted = counts.accepted + (stored and 1 or 0)
    end)))
  end
  return counts
end

-- The example takes the screen from us, and leaves its functions in `love`.
local function load_example(tree)
  local update = love.update
  local screen = {}
  love.graphics = {
    isActive = function() return false end,
    circle = function() end,
    print = function(text) table.insert(screen, text) end,
  }
  dofile(tree .. "/examples/love/main.lua")
  local example = { update = love.update, draw = love.draw, quit = love.quit, keypressed = love.keypressed }
  love.load()
  love.update, love.draw, love.quit, love.keypressed = update, nil, nil, nil
  function example.text()
    screen = {}
    example.draw()
    return table.concat(screen, "\n")
  end
  return example
end

return function(tree)
  local spreetail = require "spreetail"
  local new_order = dofile(tree .. "/spec/hosts/order.lua")
  local client = new_client(spreetail, "coroutine")

  local ok, err = pcall(client.get_order, client, "NONE")
  check(not ok and err:find "can't wait here", "outside a coroutine a call says that it can't wait")
  local blocking = new_client(spreetail)
  local stored, failure = blocking:create_order(new_order "LOVE-BLOCKING")
  check(stored, "in love.load a call may block: %s", stored and "stored" or tostring(failure))
  blocking:close()

  local counts = start_coroutines(client, new_order)
  local thread = start_thread(tree)
  local example, said

  frame.each(function(n)
    client:poll()
    said = said or love.thread.getChannel "done":pop()
    if not example and (counts.ended == ORDERS and said or n == 600) then
      check(counts.accepted == ORDERS, "%d of %d orders from coroutines, in %d frames", counts.accepted,
        ORDERS, n)
      check(said == "LOVE-THREAD", "a thread of LÖVE has a client of its own: %s",
        said or thread:getError() or "")
      example = load_example(tree)
      example.keypressed "space"
      check(example.text():find("on its way", 1, true), "the example shows that an order is on its way")
    elseif example then
      example.update(1 / frame.rate)
      if n < 1200 and not example.text():find(": bought", 1, true) then
        return true
      end
      check(example.text():find(": bought", 1, true), "and that it was accepted: %s",
        example.text():match "[^\n]+$")
      example.keypressed "space"
      example.quit()
      check(example.text():find "bought.*bought", "it waits for its last order when it ends")
      client.async:create_order(new_order "LOVE-LAST") -- the game ends with it under way
      print(("%d passed, %d failed"):format(passed, failed))
      return false
    end
  end)
end
