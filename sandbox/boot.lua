--- What happens once: in nginx's master before the workers are forked, and in each worker.

local process = require "sandbox.process"

local boot = {}

local master_id

local function file(name)
  local handle = assert(io.open(ngx.config.prefix() .. name, "rb"))
  local text = handle:read("*a")
  handle:close()
  return text
end

local function random_bytes(count)
  local handle = assert(io.open("/dev/urandom", "rb"))
  local bytes = handle:read(count)
  handle:close()
  return bytes
end

--- Everything is loaded here: a worker may run as a user who can't read these files.
function boot.master()
  master_id = process.id()
  process.end_with_parent(tonumber(file("parent")))
  process.leave_terminal()
  require("sandbox.token").set_key(random_bytes(32))
  require("sandbox.auth").set_credentials(file("client_id"), file("secret"))
  require("sandbox.stock").seed()
  require("sandbox.page").load(function(name) return file("sandbox/page/" .. name) end)
  require("sandbox.feed").set_identity(ngx.md5(random_bytes(16)), file("environment"))
  require("sandbox.guard")
  require("sandbox.api")
  require("sandbox.control")
end

function boot.worker()
  process.end_with_parent(master_id)
end

return boot
