-- The tables of an outbox: made, brought up to date, and left alone when they are newer than the program.

local boxes = require "spec.outbox.boxes"
local files = require "spec.files"
local outbox = require "spreetail.outbox"
local process = require "spec.lua.process"
local sample = require "spec.lua.sandbox"
local schema = require "spreetail.outbox.schema"
local spreetail = require "spreetail"

local function version(box)
  return spreetail.assert(box.database:query "SELECT version FROM spreetail_outbox_schema")[1].version
end

for _, database in ipairs(boxes.databases) do
  describe("the tables in " .. database.name, function()
    local place, released

    before_each(function()
      released = #schema.steps
      place = database.place()
    end)

    after_each(function()
      for i = #schema.steps, released + 1, -1 do
        schema.steps[i] = nil
      end
      boxes.clear()
    end)

    local function add_step(...)
      local statements = { ... }
      table.insert(schema.steps, function() return statements end)
    end

    it("are made when they are not there, of the newest version", function()
      assert.equal(released, version(boxes.open(place)))
    end)

    it("are left as they are when they are there", function()
      boxes.open(place):add(sample.order "R-1")
      assert.equal(1, boxes.open(place):status().pending)
    end)

    it("are brought from one version to the next, with all that is in them", function()
      boxes.open(place):add(sample.order "R-1")
      add_step("ALTER TABLE spreetail_outbox ADD COLUMN shop text", "UPDATE spreetail_outbox SET shop = "
        .. "'one'")
      add_step "CREATE INDEX spreetail_outbox_shop ON spreetail_outbox (shop)"
      local box = boxes.open(place)
      assert.equal(released + 2, version(box))
      assert.equal("pending", box:get("R-1").state)
      assert.equal("one", box.database:query "SELECT shop FROM spreetail_outbox"[1].shop)
    end)

    it("stay of their version when a step fails, as if none had been made", function()
      boxes.open(place):add(sample.order "R-1")
      add_step("ALTER TABLE spreetail_outbox ADD COLUMN shop text", "UPDATE no_such_table SET shop = 'one'")
      local box, err = outbox.open(place)
      assert.is_nil(box)
      assert.equal("database", err.kind)
      assert.matches("no_such_table", err.message)
      schema.steps[released + 1] = nil
      box = boxes.open(place)
      assert.equal(released, version(box))
      assert.is_nil(box.database:query "SELECT shop FROM spreetail_outbox")
    end)

    it("are refused when they are of a version that is not known yet", function()
      boxes.open(place)
      add_step "UPDATE spreetail_outbox_schema SET version = version"
      boxes.open(place)
      schema.steps[released + 1] = nil
      local box, err = outbox.open(place)
      assert.is_nil(box)
      assert.equal("database", err.kind)
      assert.is_false(err.retryable)
      assert.matches(("its tables are of version %d, and this program knows those up to %d: install a newer "
        .. "spreetail$"):format(released + 1, released), err.message)
    end)

    it("are made once by many programs that start in one instant", function()
      local program, output = os.tmpname(), os.tmpname()
      files.write(program, ([[
        local outbox, spreetail = require "spreetail.outbox", require "spreetail"
        local box = spreetail.assert(outbox.open { %s = %q })
        spreetail.assert(box:add(require("spec.lua.sandbox").order(arg[1])))
        print "good"
      ]]):format(next(place), select(2, next(place))))
      local started = {}
      for i = 1, 8 do
        started[i] = ("'%s' %s R-%d >> %s 2>&1 &"):format(process.interpreter, program, i, output)
      end
      process.shell(table.concat(started, "\n") .. "\nwait")
      assert.equal(("good\n"):rep(8), files.read(output))
      local box = boxes.open(place)
      assert.equal(8, box:status().pending)
      assert.equal(released, version(box))
      os.remove(program)
      os.remove(output)
    end)
  end)
end
