--- Instructions that `bench/guard` holds today's against. Changed by hand, with the reason in the commit.
return {
  create_order = 981000, -- one at a time, HTTP/1.1 without TLS; so are the next three
  filled_in = 877000,
  built = 1184000,
  request = 310000,
  create_orders = 974000, -- 64 in flight
  create_orders_http2 = 1113000, -- the same with HTTP/2 and TLS
  page_of_200 = 6063000,
  require = 31880000,
}
