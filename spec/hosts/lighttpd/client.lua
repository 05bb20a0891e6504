-- The client of this process. mod_magnet runs its scripts anew for each request; what they `require`
-- stays.

local spreetail = require "spreetail"

return spreetail.assert(spreetail.client {
  ca_file = os.getenv "SPREETAIL_CA_FILE",
  timeout = 5, -- everybody waits for so long
})
