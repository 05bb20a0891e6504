-- What is particular to the loop of copas: its turns, servers, and coxpcall. Debian's copas is for Lua
-- 5.1, 5.2 and LuaJIT.

local has_copas, copas = pcall(require, "copas")
if not has_copas then
  return
end

local core = require "spreetail.core"
local coxpcall = require "coxpcall"
local sandbox = require "spec.lua.sandbox"
local socket = require "socket"

local LONGEST = 20

describe("a client in the loop of copas", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client { loop = "copas" }
  end)

  after_each(function()
    client:close()
    copas.step(0) -- and its driver ends
  end)

  -- Goes on as copas.loop() does, with no limit that matters, until `is_done()`. Returns how many turns it
  -- took.
  local function run(is_done)
    local deadline, turns = core.now() + LONGEST, 0
    while not is_done() do
      assert.is_true(core.now() < deadline, "something does not end")
      copas.step(LONGEST)
      turns = turns + 1
    end
    return turns
  end

  it("is woken in time, though nobody tells copas a limit", function()
    sandbox.fault { path = "/order", delay = 10 }
    local kind, waited
    copas.addthread(function()
      local future, began = client.async:get_order("NONE", { timeout = 0.2, retries = 0 }), core.now()
      assert(not future:wait(0.05))
      waited = core.now() - began
      kind = select(2, future:result()).kind
    end)
    local began = core.now()
    run(function() return kind end)
    assert.equal("timeout", kind)
    assert.is_true(waited >= 0.05 and waited < sandbox.count(0.15, 3), waited)
    assert.is_true(core.now() - began < 3)
  end)

  it("leaves copas alone while there is nothing to do", function()
    sandbox.fault { path = "/order", delay = 0.4 }
    local kind
    copas.addthread(function() kind = select(2, client:get_order "NONE").kind end)
    local turns = run(function() return kind end)
    assert.is_true(turns < 40, turns .. " turns")
    local began, idle = core.now(), 0
    while core.now() - began < 0.05 do
      copas.step(0.05)
      idle = idle + 1
    end
    assert.is_true(idle <= 3, idle .. " idle turns") -- later versions have a timer of their own
  end)

  it("may be used in coxpcall.pcall, which yields on Lua 5.1, too", function()
    local ok, kind
    copas.addthread(function()
      ok, kind = coxpcall.pcall(function() return select(2, client:get_order "NONE").kind end)
    end)
    run(function() return ok ~= nil end)
    assert.same({ true, "not_found" }, { ok, kind })
  end)

  it("serves handlers of a server", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    copas.addserver(server, function(connection)
      local wrapped = copas.wrap(connection)
      local reference = wrapped:receive "*l"
      local _, err = client:get_order(reference)
      wrapped:send(err.kind .. " " .. err.reference .. "\n")
      connection:close()
    end)
    local answers = {}
    for i = 1, 3 do
      copas.addthread(function()
        local connection = socket.tcp()
        copas.connect(connection, "127.0.0.1", port)
        copas.send(connection, "NONE-" .. i .. "\n")
        local answer = copas.receive(connection, "*l")
        table.insert(answers, answer)
        connection:close()
      end)
    end
    run(function() return #answers == 3 end)
    table.sort(answers)
    assert.same({ "not_found NONE-1", "not_found NONE-2", "not_found NONE-3" }, answers)
  end)

  it("goes on with the others when one thread has raised", function()
    local failure, kinds = nil, {}
    for i = 1, 4 do
      copas.addthread(function()
        copas.setErrorHandler(function(err) failure = err end)
        table.insert(kinds, select(2, client:get_order("NONE-" .. i)).kind)
        if i == 2 then
          error "mine"
        end
      end)
    end
    run(function() return #kinds == 4 end)
    assert.matches("mine", failure, 1, true)
  end)
end)
