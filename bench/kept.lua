--- Instructions that `bench/guard` holds today's against. Changed by hand, with the reason in the commit.
return {
  create_order = 195000, -- one at a time, HTTP/1.1 without TLS; so are the next three
  filled_in = 192000,
  built = 229000,
  request = 171000,
  create_orders = 202000, -- 64 in flight
  create_orders_http2 = 278000, -- the same with HTTP/2 and TLS
  page_of_200 = 2350000,
  require = 29700000,
}
