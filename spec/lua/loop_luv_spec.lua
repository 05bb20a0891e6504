-- What is particular to the loop of luv: handles.

local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"
local uv = require "luv"

local function handles()
  local count = 0
  uv.walk(function(handle)
    count = count + (handle:is_closing() and 0 or 1)
  end)
  return count
end

describe("a client in the loop of luv", function()
  local client

  before_each(function()
    sandbox.reset()
    client = sandbox.client { loop = "luv" }
  end)

  after_each(function()
    client:close()
    uv.run()
  end)

  local function spawn(fn)
    return coroutine.resume(coroutine.create(fn))
  end

  it("has no handle open when nothing is pending", function()
    local before, kind = handles(), nil
    for _ = 1, 3 do
      spawn(function() kind = select(2, client:get_order "NONE").kind end)
      assert.is_true(handles() > before)
      uv.run()
      assert.equal(before, handles())
      assert.equal("not_found", kind)
    end
  end)

  it("has none open when waits with a limit have ended, early or late", function()
    sandbox.fault { path = "/order", delay = 0.2 }
    local before, first, second = handles(), nil, nil
    spawn(function() first = client.async:get_order "NONE":wait(0.05) end)
    spawn(function() second = client.async:get_order "NONE":wait(30) end)
    uv.run()
    assert.same({ false, true }, { first, second })
    assert.equal(before, handles())
  end)

  it("has none open once it is closed with calls under way", function()
    sandbox.fault { path = "/order", delay = 20 }
    local before, kind = handles(), nil
    spawn(function() kind = select(2, client:get_order "NONE").kind end)
    uv.run "nowait"
    client:close()
    uv.run()
    assert.equal("closed", kind)
    assert.equal(before, handles())
  end)

  it("closes its handles for a coroutine that nobody resumes", function()
    local before = handles()
    spawn(function()
      client.async:get_order "NONE"
      coroutine.yield()
    end)
    uv.run()
    assert.equal(before, handles())
  end)

  it("hands an error of a coroutine to the program that runs the loop, as luv does", function()
    local text, status = process.run [[
      local sandbox, uv = require "spec.lua.sandbox", require "luv"
      local client = sandbox.client { loop = "luv" }
      coroutine.wrap(function()
        client:get_order "NONE"
        error "mine"
      end)()
      uv.run()
    ]]
    assert.is_truthy(text:find("mine", 1, true), text)
    assert.is_truthy(text:find("traceback", 1, true), text)
    assert.is_not_nil(status)
  end)

  it("goes on with the others when one coroutine has raised", function()
    local errors, kinds = {}, {}
    for i = 1, 4 do
      spawn(function()
        table.insert(kinds, select(2, client:get_order("NONE-" .. i)).kind)
        if i == 2 then
          error "mine"
        end
      end)
    end
    -- luv ends the process for an error in its callbacks, so the client is polled here.
    while #kinds < 4 do
      local ok, err = pcall(client.poll, client, 0.05)
      errors[#errors + 1] = not ok and err or nil
    end
    assert.equal(1, #errors)
    assert.is_truthy(errors[1]:find "mine")
    assert.is_truthy(errors[1]:find "traceback")
  end)
end)
