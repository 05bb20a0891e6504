--- `spreetail outbox add`: a file of orders is imported into the outbox.

local import = require "spreetail.command.import"

-- Where the import's orders go: some hundred in a transaction.
local function to_outbox(open_box)
  local box
  local function open()
    local err
    box, err = open_box()
    return box and true, err
  end
  -- An interrupt strikes where orders are read; those that were read by then are still put into the outbox.
  local function send(take, done)
    local struck
    local function take_next()
      local ok, order = pcall(take)
      if not ok then
        struck = order
      end
      return ok and order or nil
    end
    local _, err = box:add_all(take_next, { on_result = done })
    if struck then
      error(struck, 0)
    end
    return err
  end
  return {
    open = open,
    send = send,
    idle = function() end,
    close = function()
      if box then
        box:close()
      end
    end,
    verb = "added",
    taken = "added",
    again = "add the same again to go on: what is there already is not added twice",
  }
end

return function(open_box, arguments, session)
  local outbox = to_outbox(open_box)
  local status = import.run(arguments, session, outbox)
  outbox.close()
  return status
end
