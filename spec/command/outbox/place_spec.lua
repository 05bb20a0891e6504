-- Where the outbox is, as people write it.

local place = require "spreetail.command.outbox.place"

describe("a place for the outbox", function()
  it("is the path of a file", function()
    assert.same({ path = "orders.db" }, place.read "orders.db")
    assert.same({ path = "/var/lib/shop/a b?.db" }, place.read "/var/lib/shop/a b?.db")
  end)

  for text, expected in pairs {
    ["postgresql://shop@db.example:5433/orders"] =
      { user = "shop", host = "db.example", port = 5433, database = "orders" },
    ["postgres://db.example/orders"] = { host = "db.example", database = "orders" },
    ["postgresql://shop@/orders"] = { user = "shop", database = "orders" },
    ["postgresql:///orders"] = { database = "orders" },
    ["postgresql://:5433/orders"] = { port = 5433, database = "orders" },
    ["postgresql://[::1]:5433/orders"] = { host = "::1", port = 5433, database = "orders" },
    ["postgresql://[::1]/orders"] = { host = "::1", database = "orders" },
    ["postgresql://a%40b@%2Frun%2Fpostgresql/my%20orders"] =
      { user = "a@b", host = "/run/postgresql", database = "my orders" },
  } do
    it("is a database: " .. text, function()
      assert.same(expected, place.read(text))
    end)
  end

  for text, message in pairs {
    ["postgresql://shop:hunter2@db.example/orders"] = "must not hold a password",
    ["postgresql://shop:hunter2@x@db.example/orders"] = "must not hold a password",
    ["postgresql://db.example:x/orders"] = "the port behind the host must be a number",
    ["postgresql://db.example:65536/orders"] = "the port behind the host must be a number",
    ["postgresql://[::1]x/orders"] = "the port behind the host must be a number",
    ["postgresql://db.example/orders?password=hunter2"] = "ends with the name of its database",
    ["postgresql://"] = "ends with the name of its database",
    ["postgresql://db.example"] = "ends with the name of its database",
    ["postgresql://db.example/password%3Dhunter2"] = "must not have a '='",
    ["postgresql://db.example/orders/today"] = "ends with the name of its database",
    ["mysql://db.example/orders"] = "can't be at a mysql:// URL",
    ["sqlite:///var/lib/orders.db"] = "named by the path of the file alone",
  } do
    it("is not: " .. text, function()
      local found, err = place.read(text)
      assert.is_nil(found)
      assert.equal("config", err.kind)
      assert.is_truthy(err.message:find(message, 1, true), err.message)
      assert.is_nil(err.message:find("hunter2", 1, true))
    end)
  end

  it("is below the state directory when nobody says anything", function()
    local getenv = os.getenv
    finally(function() os.getenv = getenv end) -- luacheck: ignore 122
    local function with(environment)
      os.getenv = function(name) return environment[name] end -- luacheck: ignore 122
      return place.default()
    end
    assert.equal("/s/spreetail/outbox.db", (with { XDG_STATE_HOME = "/s", HOME = "/home/a" }))
    assert.equal("/home/a/.local/state/spreetail/outbox.db", (with { HOME = "/home/a" }))
    assert.equal("/home/a/.local/state/spreetail/outbox.db",
      (with { XDG_STATE_HOME = "s", HOME = "/home/a" }))
    local nowhere, err = with { HOME = "" }
    assert.is_nil(nowhere)
    assert.matches("--database, or set HOME", err.message, 1, true)
  end)
end)
