-- Every mistake of mistakes.lua, made: what is printed, the exit status, and that nothing was lost.

local mistake = require "spec.command.mistake"
local page = require "spec.docs.page"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spec.command.spreetail"

for _, section in ipairs(require "spec.command.mistakes") do
  describe(section.title .. ":", function()
    local home

    before_each(function()
      sandbox.reset()
      home = mistake.home()
    end)

    after_each(function()
      spreetail.remove(home)
    end)

    for _, row in ipairs(section) do
      it(row.title, function()
        local stored = row.stored or {}
        local output, status = mistake.make(row, home)
        assert.is_true(page.is(output, row.says), output)
        assert.equal(row.status, status, output)
        assert.same(stored, mistake.stored(stored))
        local orders = row.orders or { count = function() return #stored end }
        if orders.count then
          assert.equal(orders.count(output), sandbox.stats().orders)
        end
        assert.equal(row.sent or sandbox.stats().orders > 0, mistake.has_sent())
        for _, secret in ipairs { "s3cr3t", sandbox.variable "SPREETAIL_CLIENT_SECRET" } do
          assert.is_nil(output:find(secret, 1, true))
        end
        if row.after then
          row.after(home, output)
        end
      end)
    end
  end)
end

-- What every command that talks to the server does, as typed in a mistake's directory.
local COMMANDS = {
  "order create order.json", "order get A-1", "order cancel A-1", "orders import three.csv", "stock",
  "stock --sku SKU-00001", "sku create sku.json", "sku update sku.json", "sku delete sku.json",
  "inbound create delivery.json", "login", "outbox run", "doctor",
}

-- What is wrong, and what each of these says to it; for how many `seconds` the outbox is tried.
local EVERYWHERE = {
  {
    "without credentials", environment = { SPREETAIL_CLIENT_ID = false }, status = 2,
    says = "no client_id: write it into the config file, or set SPREETAIL_CLIENT_ID in the environment",
  },
  {
    "with a wrong secret", environment = { SPREETAIL_CLIENT_SECRET = "wrong" }, status = 4,
    says = "was refused: Invalid credentials (HTTP 401): check client_id and client_secret",
  },
  {
    "where nobody listens", environment = { SPREETAIL_BASE_URL = "https://127.0.0.1:1" }, status = 4,
    says = "check base_url (and the option proxy, if it is set), and whether a firewall forbids it",
    config = "retries = 0", seconds = 1,
  },
  {
    "with an unknown CA", environment = { SPREETAIL_CA_FILE = false }, status = 4, seconds = 1,
    says = "not signed by a CA that is trusted here: set ca_file",
  },
  {
    "where the certificate has expired", server = "SANDBOX_EXPIRED_URL", status = 4, seconds = 1,
    says = "has expired: its owner has to renew it",
  },
  {
    "with a config file that can't be read", config = "clientid = 17", status = 2,
    says = "config.ini:2: unknown key 'clientid' (did you mean 'client_id'?)",
  },
  {
    "with a profile that is not there", append = "--profile live", status = 2,
    says = "there is no profile 'live'",
  },
  {
    "with an option that it doesn't have", append = "--colour", status = 2,
    says = "unknown option '--colour'",
  },
}

local SKU = '{"sku":"S-1","itemTitle":"T","barcodeNumber":"4000000000001","height":1,"width":1,"length":1,'
  .. '"weight_kg":1}'
local DELIVERY = '{"po_reference":"PO-1","warehouse_name":"RHEINE01","items":[{"barcode":"4000000000001",'
  .. '"Quantity":1,"SKU":"S-1"}]}'

describe("every command", function()
  local home

  before_each(function()
    sandbox.reset()
    home = mistake.home()
    spreetail.write(home, "sku.json", SKU)
    spreetail.write(home, "delivery.json", DELIVERY)
    spreetail.shell("cd; spreetail outbox add three.csv", { home = home })
  end)

  after_each(function()
    spreetail.remove(home)
  end)

  for _, row in ipairs(EVERYWHERE) do
    it(row[1] .. " says so, and nothing has happened", function()
      for _, command in ipairs(COMMANDS) do
        local bounded = command == "outbox run" and row.seconds and command .. " --seconds 1" or command
        row.run = ("spreetail %s %s"):format(bounded, row.append or "")
        local output, status = mistake.make(row, home)
        assert.is_truthy(output:find(row.says, 1, true), command .. ": " .. output)
        assert.equal(row.status, status, command .. ": " .. output)
      end
      assert.is_false(mistake.has_sent())
      assert.is_nil(sandbox.stats().requests["POST /inventory"])
      assert.is_nil(sandbox.stats().requests["POST /inbound"])
    end)
  end
end)
