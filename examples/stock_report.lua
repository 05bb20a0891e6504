-- Prints what is in stock, at every location, and what there is of everything.
--
--     lua stock_report.lua
--
-- Credentials: SPREETAIL_CLIENT_ID and SPREETAIL_CLIENT_SECRET in the environment.
local spreetail = require "spreetail"

local client = spreetail.assert(spreetail.client { ca_file = os.getenv "SPREETAIL_CA_FILE" })

local LINE = "%-12s %-24s %8s %8s %9s"
print(LINE:format("Location", "SKU", "Stock", "Ordered", "Available"))

local count, stock, available = 0, 0, 0
-- The walk asks for page after page. It raises when one can't be had, which ends this script: half
-- a report must not look like a whole one.
for sku, location in client:each_sku { page_size = 50 } do
  print(LINE:format(location.location_name, sku.sku, sku.StockLevel, sku.InOrderBook, sku.Available))
  count = count + 1
  stock = stock + sku.StockLevel
  available = available + sku.Available
end
print(LINE:format("Total", count .. " SKUs", stock, "", available))
