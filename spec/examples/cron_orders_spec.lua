local cjson = require "cjson"
local example = require "spec.examples.example"
local files = require "spec.files"
local process = require "spec.lua.process"
local sandbox = require "spec.lua.sandbox"

local PROGRAM = "examples/cron_orders.lua"

example.on_each_lua(function(lua)
  describe(PROGRAM .. " on " .. lua, function()
    local directory

    before_each(function()
      sandbox.reset()
      directory = process.shell "mktemp -d":match "%S+"
    end)

    after_each(function()
      process.shell("rm -r " .. directory)
    end)

    -- A shop writes a file and then gives it its name, so that no half of one is sent.
    local function put(reference, changes)
      local name = ("%s/%s.json"):format(directory, reference)
      files.write(name, cjson.encode(sandbox.order(reference, changes)))
      return name
    end

    local function listing()
      return process.shell("ls " .. directory):gsub("%s+$", ""):gsub("\n", " ")
    end

    -- What one run of the job does.
    local function run()
      local names = {}
      for name in process.shell(("find %s -name '*.json' | sort"):format(directory)):gmatch "%S+" do
        names[#names + 1] = name
      end
      return example.run(lua, PROGRAM, (table.unpack or unpack)(names))
    end

    it("sends what is there, each minute, and logs in once", function()
      for minute = 1, 3 do
        put("R-" .. minute)
        put("S-" .. minute)
        assert.same({ "", "", 0 }, { run() })
      end
      assert.equal("R-1.json.sent R-2.json.sent R-3.json.sent S-1.json.sent S-2.json.sent S-3.json.sent",
        (listing()))
      assert.same({ 6, 1 }, { sandbox.stats().orders, sandbox.stats().logins })
    end)

    it("goes on after a run that was killed, and sends nothing twice", function()
      put "R-1"
      sandbox.control("POST", "/orders", sandbox.order "R-1") -- as far as that run came
      assert.same({ "", "", 0 }, { run() })
      assert.equal("R-1.json.sent", (listing()))
      assert.equal(1, sandbox.stats().orders)
    end)

    it("puts what is refused aside, and sends the others", function()
      put("R-1", { OrderItems = cjson.null })
      put "R-2"
      files.write(directory .. "/R-3.json", "{")
      local _, errors, status = run()
      assert.equal(1, status)
      assert.matches("/R%-1%.json: validation: ", errors)
      assert.matches("/R%-3%.json: ", errors)
      assert.equal("R-1.json.refused R-2.json.sent R-3.json", (listing()))
    end)

    it("leaves all where it is while the API can't be reached, or lets nobody in", function()
      put "R-1"
      sandbox.fault { path = "/auth/login", status = 401, times = 1 }
      local _, errors, status = run()
      assert.matches("/R%-1%.json: auth: ", errors)
      assert.equal(1, status)
      assert.equal("R-1.json", (listing()))
      assert.same({ "", "", 0 }, { run() })
      assert.equal("R-1.json.sent", (listing()))
    end)
  end)
end)
