---@meta spreetail
-- Types for editors. Made by `make reference` out of docs/reference.lua: edit that.

---@alias spreetail.kind
---| "config" # options that can't work: credentials missing, a CA file that can't be read, a `base_url` with no login below it
---| "validation" # refused here, before anything was sent
---| "auth" # wrong credentials, or tokens refused again and again
---| "forbidden" # HTTP 403
---| "not_found" # HTTP 404
---| "conflict" # HTTP 409: it exists already
---| "rate_limit" # HTTP 429
---| "rejected" # any other 4xx, and `"success": false`
---| "server" # HTTP 5xx
---| "network" # no connection, or it was lost before an answer came
---| "tls" # the server's certificate, or the handshake, was not acceptable
---| "timeout" # no complete answer in time
---| "protocol" # an answer that makes no sense: not JSON, cut short, too large
---| "cancelled" # the program cancelled the call
---| "closed" # the client was closed, or the process forked
---| "database" # that of the outbox failed

---@alias spreetail.outbox_state
---| "pending" # to be sent
---| "sending" # taken by a worker
---| "accepted" # by the server
---| "rejected" # by the server; the same would be again
---| "unknown" # given up, and possibly created

---@alias spreetail.outcome
---| "not_sent" # nothing of it left: nothing has happened
---| "refused" # the server said no: nothing has happened
---| "unknown" # it may have taken effect

---@alias spreetail.event_type
---| "login" # a login succeeded that calls waited for
---| "renewal" # a login succeeded ahead of time
---| "login_failed" # either failed
---| "retry" # an attempt failed, and is made again after a pause
---| "reconcile" # an order was looked up: its fate was in doubt, or it was there before
---| "call" # a call ended

---@class spreetail.client_options
---@field client_id? string who you are; default: `SPREETAIL_CLIENT_ID` of the environment
---@field client_secret? string your secret; the other ways to give it are better; default: `client_secret_file`, else `client_secret_command`, else `SPREETAIL_CLIENT_SECRET`, else what the command `SPREETAIL_SECRET_COMMAND` prints
---@field client_secret_file? string path of a file with the secret, which then never becomes a Lua string; refused if others may write it
---@field client_secret_command? string a command for `sh`, such as `pass show spreetail`: the first line that it prints is the secret, which never becomes a Lua string. It is waited for, 60 s at most, when the client is made
---@field base_url? string where the API is; default: `SPREETAIL_BASE_URL`, else the vendor's
---@field timeout? number for a whole call: queueing, name look-up, login, repeats, look-ups, in s; default: 60
---@field attempt_timeout? number for one HTTP exchange, in s; default: 30
---@field connect_timeout? number for name look-up, TCP and TLS, in s; default: 10
---@field retries? integer attempts of a call after its first, and of a login that it waits for; one after a 401, with a new token, is not counted; default: 4
---@field refresh_margin? number how long ahead of a token's end it is renewed, in s; default: 300
---@field max_connections? integer to the API at one time; a login has one of its own; default: 8
---@field max_in_flight? integer calls sent and not yet answered; others queue, in order; default: 256
---@field max_response? integer of an answer, after decompression, in bytes; default: 16777216
---@field ca_file? string path of a PEM bundle of the CAs to trust; default: the system's
---@field ca_path? string path of a directory of hashed CA certificates
---@field client_cert? string path of a PEM certificate to show to a server that asks for one
---@field client_key? string path of its key
---@field proxy? string a URL, or "environment"; default: no proxy, whatever the environment says
---@field user_agent? string put before our own
---@field allow_http? boolean permits http:// to loopback addresses, for tests; default: false
---@field loop? "cqueues"|"copas"|"luv"|"ngx"|"coroutine"|spreetail.loop how to wait for a call; default: the program stands still
---@field token_store? spreetail.token_store shares tokens with other clients, sealed
---@field on_event? fun(event: spreetail.event) told what happens behind the calls
---@field on_trace? fun(line: string) told what libcurl says and hears, without secrets

---@class spreetail.call_options
---@field timeout? number for the whole call, in s; default: the client's
---@field attempt_timeout? number for one HTTP exchange, in s; default: the client's
---@field retries? integer attempts after the first; default: the client's

---@class spreetail.create_order_options : spreetail.call_options
---@field on_duplicate? "error"|"return" "return": an order that exists already is returned if it is the same; default: "error"

---@class spreetail.create_orders_options : spreetail.call_options
---@field on_duplicate? "error"|"return" as of `create_order`; default: "error"
---@field concurrency? integer orders in flight at one time; default: 16
---@field on_result? fun(order: table, data: spreetail.stored_order?, err: spreetail.error?, response: spreetail.response?, index: integer) called for each order when it is done; `index` is its place in the list

---@class spreetail.cancel_order_options : spreetail.call_options
---@field refund? number how much to give back, from 0, in the order's currency
---@field note? string why

---@class spreetail.inventory_options : spreetail.call_options
---@field page? integer from 1; default: 1
---@field page_size? integer SKUs of a location on a page, at most 200; the vendor recommends 25 to 50; default: 25

---@class spreetail.each_sku_options : spreetail.call_options
---@field page_size? integer as of `inventory`; default: 25
---@field ahead? integer how many pages to ask for before they are needed; default: 1

---@class spreetail.request_options : spreetail.call_options
---@field query? table<string, string|number|boolean> what stands behind the `?`
---@field json? table sent as JSON
---@field body? string sent as it is
---@field headers? table<string, string|number> further headers
---@field idempotent? boolean sending it twice does no harm; default: false

---@class spreetail.outbox_options
---@field path? string the file of SQLite, which is made when there is none
---@field database? string the database of PostgreSQL; or a connection string of libpq's, or a URI
---@field host? string the server's name or address, or the directory of its socket; default: libpq's: PGHOST
---@field port? integer the server's; default: libpq's: PGPORT
---@field user? string the role; default: libpq's: PGUSER
---@field password_file? string a path: the role's password is its first line; default: libpq's: PGPASSFILE, ~/.pgpass
---@field connection? userdata|table an open connection of LuaDBI, which stays yours
---@field driver? "SQLite3"|"PostgreSQL" what kind of connection that is
---@field lock_timeout? number how long another's lock is waited for, in s; default: 5
---@field clock? fun(): number the time in seconds since the epoch, instead of the database's; for tests

---@class spreetail.outbox_add_options
---@field transaction? "mine" the order is there once you commit what is open on your connection; default: a transaction of its own

---@class spreetail.outbox_add_all_options
---@field on_result? fun(order: table, result: string?, err: spreetail.error?, index: integer) called for each order once it is stored, or known not to be

---@class spreetail.outbox_each_options
---@field state? spreetail.outbox_state orders of this state alone; default: all

---@class spreetail.outbox_retry_options
---@field references? string[] these orders, if they are rejected or unknown; pending ones are tried at once
---@field state? "rejected"|"unknown" all orders of this state

---@class spreetail.outbox_worker_options
---@field client? spreetail.client what to send with
---@field concurrency? integer orders in flight at one time; default: 16
---@field lease? number after how long another worker may have an order, if this one is not heard of, in s; default: 60
---@field name? string what others see as the owner of an order that is being sent, before a random name
---@field poll_interval? number how often to look for new orders while there are none, in s; default: 1
---@field on_result? fun(reference: string, state: spreetail.outbox_state, err: spreetail.error?) called when what became of an order was recorded
---@field on_error? fun(err: spreetail.error) called each time that the database has failed

---@class spreetail.outbox_run_options
---@field until_empty? boolean ends when no order is pending, nor being sent by anybody
---@field seconds? number ends after so long, in s
---@field stop? fun(): boolean? ends when it returns true; asked some times a second

---@class spreetail.response
---@field status integer HTTP status of the last answer
---@field headers table<string, string> of the last answer, by lower-case name; made when somebody looks at it: before, `next` does not meet it, nor does `pairs` on Lua 5.1 and LuaJIT
---@field attempts integer requests that left for this call, logins not counted
---@field elapsed number from start to end, in s
---@field reconciled boolean whether it was settled by looking at what the server holds
---@field cancelled boolean whether the order that came has been cancelled: it won't be delivered

---@class spreetail.error
---@field kind spreetail.kind what went wrong
---@field message string what happened, to what, and what to do
---@field outcome? spreetail.outcome what is known of a change; nil for calls that only read
---@field retryable boolean whether the same call may well succeed later
---@field status? integer HTTP status, when one was seen
---@field details? any what the server said beyond its message; of `validation` and of a `conflict` with another order a list of `{path=, message=}`
---@field reference? string when the call was about an order or a delivery
---@field retry_after? number how long to wait: the server asked for it, or no login is tried before, in s
---@field attempts? integer requests that left
---@operator concat(any): string

---@class spreetail.token_store
---@field get fun(key: string): string? what is stored under the key, or nil
---@field set fun(key: string, sealed: string, seconds: number) stores a string of any bytes, which is of no use after so long
---@field lock fun(key: string, seconds: number): boolean? true: the caller alone may log in now, for so long
---@field unlock fun(key: string) gives that back

---@class spreetail.loop
---@field waiter fun(client: spreetail.client): spreetail.waiter?, string? something for the running code to wait with; nil and why where it can't
---@field drive fun(client: spreetail.client) sees to it that `client:poll()` is called as long as `client:busy()`; does not wait

---@class spreetail.waiter
---@field wait fun(self: spreetail.waiter, seconds: number) returns when it was woken, after so long (`math.huge`: never), or for no reason
---@field wake fun(self: spreetail.waiter) has `wait` return, also when that comes later

---@class spreetail.event
---@field type spreetail.event_type what happened
---@field method? string of the call
---@field path? string of the call
---@field reference? string what the call is about
---@field status? integer HTTP status, when one was seen
---@field kind? spreetail.kind of a failure
---@field reason? string of a failure, as a sentence
---@field attempt? integer requests that left so far for the call
---@field elapsed? number since the call or the login began, in s
---@field pause? number before the next attempt, in s

---@class spreetail.stats
---@field logins integer sent
---@field logins_failed integer of these
---@field calls integer started
---@field attempts integer requests that left, logins not counted
---@field retries integer attempts made again after a failure, those after a 401 not counted
---@field reconciled integer calls settled by looking at what the server holds
---@field connections integer opened
---@field reused integer requests on a connection that was there already
---@field bytes_sent integer of request bodies, in bytes
---@field bytes_received integer of answers, after decompression, in bytes
---@field events_dropped integer because memory ran out or nobody fetched them
---@field callback_errors integer errors raised by functions given to `on_done`, `on_event`, `on_trace`
---@field store_errors integer errors raised by functions of the `token_store`
---@field queued integer calls that wait to be sent
---@field in_flight integer calls sent and not answered
---@field in_flight_limit integer `max_in_flight`, or less since the server said 429

---@class spreetail.summary
---@field accepted integer orders that are at the server
---@field reconciled integer of these, settled by looking at what it holds
---@field cancelled integer orders that are there, too, but have been cancelled since
---@field failed integer orders that ended with an error
---@field by_kind table<spreetail.kind, integer> how many of each kind of error
---@field unknown string[] references of those that may have been created
---@field elapsed number for all of it, in s

---@class spreetail.order_fields
---@field ReferenceNumber? string yours, and unique
---@field reference_number? string the same
---@field ReceivedDate? string|integer ISO 8601, or seconds since the epoch, UTC; default: now
---@field received_date? string|integer the same
---@field DispatchBy? string|integer the same
---@field dispatch_by? string|integer the same
---@field Currency? string ISO 4217, such as EUR
---@field currency? string the same
---@field PaymentStatus? string such as PAID
---@field payment_status? string the same
---@field ChannelBuyerName? string who buys
---@field channel_buyer_name? string the same
---@field OrderItems? spreetail.order_item[] at least one
---@field order_items? spreetail.order_item[] the same
---@field DeliveryAddress? spreetail.address where it goes
---@field delivery_address? spreetail.address the same
---@field BillingAddress? spreetail.address who pays; default: the delivery address
---@field billing_address? spreetail.address the same
---@field PostalServiceCost? number of the delivery, in the order's currency
---@field postal_service_cost? number the same
---@field PostalServiceTaxRate? number of that, from 0 to 100, in percent
---@field postal_service_tax_rate? number the same
---@field Status? string the server's: what is given here is dropped
---@field status? string the same
---@field ExternalReference? string another of yours
---@field external_reference? string the same
---@field SecondaryReferenceNumber? string another of yours
---@field secondary_reference_number? string the same
---@field PaidOn? string|integer a date, as above
---@field paid_on? string|integer the same
---@field Site? string where it was sold
---@field site? string the same
---@field PaymentMethodName? string how it was paid
---@field payment_method_name? string the same
---@field PostalServiceName? string how it is sent
---@field postal_service_name? string the same
---@field Discount? number what was taken off
---@field discount? number the same
---@field Notes? any passed on
---@field notes? any the same
---@field ExtendedProperties? any passed on
---@field extended_properties? any the same

---@class spreetail.order_item
---@field SKU? string what is sold
---@field sku? string the same
---@field ItemTitle? string in words
---@field item_title? string the same
---@field Qty? integer how many, from 1
---@field qty? integer the same
---@field PricePerUnit? number at least 0.01, in the order's currency
---@field price_per_unit? number the same
---@field TaxRate? number such as 19; from 0 to 100, in percent
---@field tax_rate? number the same
---@field OrderLineNumber? string unique within the order; default: "1", "2", ...
---@field order_line_number? string the same

---@class spreetail.address
---@field FullName? string
---@field full_name? string the same
---@field Company? string
---@field company? string the same
---@field Address1? string
---@field address1? string the same
---@field Address2? string
---@field address2? string the same
---@field Address3? string
---@field address3? string the same
---@field Town? string
---@field town? string the same
---@field Region? string
---@field region? string the same
---@field PostCode? string
---@field post_code? string the same
---@field Country? string
---@field country? string the same
---@field CountryCode? string two capitals, such as DE
---@field country_code? string the same
---@field PhoneNumber? string
---@field phone_number? string the same
---@field EmailAddress? string
---@field email_address? string the same

---@class spreetail.stored_order : spreetail.order_fields
---@field Status? string such as Pending
---@field TrackingNumber? string when it was dispatched

---@class spreetail.inbound_fields
---@field PO_REFERENCE? string yours, and unique
---@field po_reference? string the same
---@field Warehouse_Name? string such as RHEINE01
---@field warehouse_name? string the same
---@field items? spreetail.inbound_item[] at least one
---@field Secondary_PO_Reference? string another of yours
---@field secondary_po_reference? string the same
---@field transport_id? any of the carrier

---@class spreetail.inbound_item
---@field barcode? string of what comes
---@field Quantity? integer how many, from 1
---@field quantity? integer the same
---@field SKU? string what it is
---@field sku? string the same

---@class spreetail.sku_item
---@field sku? string without the brand that the server puts before it
---@field itemTitle? string in words
---@field item_title? string the same
---@field barcodeNumber? string its barcode
---@field barcode_number? string the same
---@field height? number above 0
---@field width? number above 0
---@field length? number above 0
---@field weight_kg? number above 0, in kg

---@class spreetail.sku
---@field sku? string its name
---@field StockLevel? integer how many there are
---@field InOrderBook? integer how many of these are sold
---@field Available? integer how many are left to sell
---@field Height? number
---@field Width? number
---@field Depth? number
---@field Weight? number
---@field LastUpdateDate? string ISO 8601
---@field LastUpdateOperation? string what changed it

---@class spreetail.location
---@field location_name? string such as RHEINE01
---@field total_inventory? integer how many pieces of everything
---@field total_count_of_skus? integer how many SKUs
---@field has_more? boolean whether there is another page
---@field sku? spreetail.sku[] those on this page

---@class spreetail.inventory_page
---@field locations? spreetail.location[] each with its SKUs on this page
---@field total_inventory? integer how many pieces of everything
---@field total_count_of_skus? integer how many SKUs
---@field current_page? integer from 1
---@field page_size? integer as asked for
---@field has_more? boolean whether there is another page

---@class spreetail.outbox_status
---@field pending integer to be sent
---@field sending integer taken by a worker
---@field accepted integer by the server
---@field rejected integer by the server; the same would be again
---@field unknown integer given up, and possibly created
---@field oldest_pending_seconds number? since the oldest pending one was added; nil: none is, in s
---@field next_due_seconds number? until a worker may take the next one; nil: nobody is to take any, in s

---@class spreetail.outbox_counts
---@field accepted integer by the server
---@field rejected integer by the server
---@field unknown integer given up, and possibly created
---@field pending integer to be tried again

---@class spreetail.outbox_summary
---@field added integer new orders
---@field present integer the same orders were there already
---@field failed integer invalid, or another order has the reference

---@class spreetail.outbox_row
---@field reference string its ReferenceNumber
---@field state spreetail.outbox_state what became of it
---@field attempts integer how often a worker has taken it
---@field last_error {kind: spreetail.kind, message: string}? of the last try that failed
---@field next_attempt_at number? while it is pending
---@field lease_ends_at number? while it is being sent
---@field worker string? which has it, while it is being sent
---@field added_at number when it was
---@field settled_at number? when it was accepted or rejected
---@field json string what is sent, to the byte
---@field order table the same, read

---What `require "spreetail"` returns.
---@class spreetail
---@field _VERSION string the version, such as 0.1.0
---@field null lightuserdata a JSON `null`, for a field that must be sent as such
local spreetail = {}

---Makes a client. No network is used yet.
---@param options? spreetail.client_options
---@return spreetail.client? client
---@return spreetail.error? err
function spreetail.client(options) end

---Builds an order out of its fields, in either spelling of the keys. The result is a plain table in the API's keys, with methods behind it.
---@param fields? spreetail.order_fields what is known of it so far; default: none
---@return spreetail.order order
function spreetail.order(fields) end

---Builds a delivery, in the same way.
---@param fields? spreetail.inbound_fields what is known of it so far; default: none
---@return spreetail.inbound delivery
function spreetail.inbound(fields) end

---Like Lua's `assert`, for values that come with an error of this library, which that of Lua 5.1 and 5.2 can't show.
---@param value any returned when it is neither nil nor false
---@param err any raised as text otherwise
---@param ... any returned, too
---@return any value
---@return any second
function spreetail.assert(value, err, ...) end

---Marks a table as a list, so that it is written as `[]` even when it is empty.
---@param list table the table, which is returned
---@return table list
function spreetail.array(list) end

---What `spreetail.client` returns. A method that calls the server returns its data and a response, or nil and an error.
---@class spreetail.client
---@field async spreetail.async the methods that call the server, returning futures
local client = {}

---Logs in, though the token may still be good, and without regard to the pause after a login that failed. Other calls log in by themselves.
---@param options? spreetail.call_options
---@return true? data
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:login(options) end

---Creates an order (`POST /outbound`). It is checked first, and not sent when anything is wrong with it. It may repeat itself, and still creates one.
---@param order spreetail.order_fields the order
---@param options? spreetail.create_order_options
---@return spreetail.stored_order? data # as the server stored it
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:create_order(order, options) end

---Creates many orders, some of them at one time. An error raised by `orders` or `on_result` is raised again when the orders in flight are done; Ctrl-C goes on when they are, or after five seconds. Behind either, the orders whose outcome is unknown are named.
---@param orders spreetail.order_fields[]|fun(): spreetail.order_fields? a list, or a function that returns the next one and nil at the end
---@param options? spreetail.create_orders_options
---@return spreetail.summary summary
function client:create_orders(orders, options) end

---Fetches an order (`GET /order/...`).
---@param reference string its ReferenceNumber
---@param options? spreetail.call_options
---@return spreetail.stored_order? data # as it is stored now
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:get_order(reference, options) end

---Cancels an order that has not been processed yet (`POST /order/cancel`).
---@param reference string its ReferenceNumber
---@param options? spreetail.cancel_order_options
---@return table|true|nil data # what the server sent
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:cancel_order(reference, options) end

---Fetches one page of stock levels (`GET /inventory`). `each_sku` walks through all of them.
---@param options? spreetail.inventory_options
---@return spreetail.inventory_page? data # as the server sent it
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:inventory(options) end

---Walks through the stock, all pages and locations: `for sku, location in client:each_sku() do`. The `for` raises the error when a page can't be had; to handle it, keep the walk and call its `next`.
---@param options? spreetail.each_sku_options
---@return spreetail.walk walk
function client:each_sku(options) end

---Creates SKUs (`POST /inventory`). It is not repeated once sent.
---@param items spreetail.sku_item[] all fields are required
---@param options? spreetail.call_options
---@return table<string, true|string>|nil data # by sku: true where it was done, or the server's words
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:create_skus(items, options) end

---Changes SKUs without stock (`POST /inventory`). It is not repeated once sent.
---@param items spreetail.sku_item[] `sku` and `itemTitle` are required
---@param options? spreetail.call_options
---@return table<string, true|string>|nil data # as of `create_skus`
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:update_skus(items, options) end

---Deletes SKUs without stock (`POST /inventory`). It is not repeated once sent.
---@param items spreetail.sku_item[] `sku` is required
---@param options? spreetail.call_options
---@return table<string, true|string>|nil data # as of `create_skus`
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:delete_skus(items, options) end

---Announces a delivery to the warehouse (`POST /inbound`). It may repeat itself, and still announces one.
---@param delivery spreetail.inbound_fields the delivery
---@param options? spreetail.call_options
---@return table|true|nil data # what the server sent
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:create_inbound(delivery, options) end

---Any endpoint below `base_url`. GET, HEAD and OPTIONS may repeat themselves, other methods with `idempotent` only.
---@param method string a word in capitals, such as "GET"
---@param path string begins with "/", percent-encoded
---@param options? spreetail.request_options
---@return any? data # what the server sent; true when it sent nothing
---@return spreetail.response|spreetail.error response_or_error # how it came
function client:request(method, path, options) end

---Moves everything forward, and calls the functions given to `on_done`, `on_event` and `on_trace`. Waits until something happens while calls are pending, at most `seconds`.
---@param seconds? number how long it may wait, in s; default: 0
---@return integer pending # how many calls are
function client:poll(seconds) end

---For foreign event loops: a descriptor that becomes readable when `poll` is due.
---@return integer? descriptor # nil when none can be had
function client:pollfd() end

---For foreign event loops: when `poll` is due, whatever the descriptor says.
---@return number? seconds # nil: no such time
function client:next_timeout() end

---For foreign event loops: whether `poll` has something to do now or soon. Calls are pending, or a token is being renewed beside them.
---@return boolean busy
function client:busy() end

---What the client has done so far.
---@return spreetail.stats stats
function client:stats() end

---Closes the client: pending calls end with an error of kind `closed`, credentials are wiped. Harmless when repeated. The collector does the same; so does `<close>` of Lua 5.4.
function client:close() end

---`client.async` has the methods of the client that call the server. They take the same, and each returns a future at once: `login`, `create_order`, `get_order`, `cancel_order`, `inventory`, `create_skus`, `update_skus`, `delete_skus`, `create_inbound`, `request`.
---@class spreetail.async
local async = {}

---Logs in, though the token may still be good, and without regard to the pause after a login that failed. Other calls log in by themselves.
---@param options? spreetail.call_options
---@return spreetail.future
function async:login(options) end

---Creates an order (`POST /outbound`). It is checked first, and not sent when anything is wrong with it. It may repeat itself, and still creates one.
---@param order spreetail.order_fields the order
---@param options? spreetail.create_order_options
---@return spreetail.future
function async:create_order(order, options) end

---Fetches an order (`GET /order/...`).
---@param reference string its ReferenceNumber
---@param options? spreetail.call_options
---@return spreetail.future
function async:get_order(reference, options) end

---Cancels an order that has not been processed yet (`POST /order/cancel`).
---@param reference string its ReferenceNumber
---@param options? spreetail.cancel_order_options
---@return spreetail.future
function async:cancel_order(reference, options) end

---Fetches one page of stock levels (`GET /inventory`). `each_sku` walks through all of them.
---@param options? spreetail.inventory_options
---@return spreetail.future
function async:inventory(options) end

---Creates SKUs (`POST /inventory`). It is not repeated once sent.
---@param items spreetail.sku_item[] all fields are required
---@param options? spreetail.call_options
---@return spreetail.future
function async:create_skus(items, options) end

---Changes SKUs without stock (`POST /inventory`). It is not repeated once sent.
---@param items spreetail.sku_item[] `sku` and `itemTitle` are required
---@param options? spreetail.call_options
---@return spreetail.future
function async:update_skus(items, options) end

---Deletes SKUs without stock (`POST /inventory`). It is not repeated once sent.
---@param items spreetail.sku_item[] `sku` is required
---@param options? spreetail.call_options
---@return spreetail.future
function async:delete_skus(items, options) end

---Announces a delivery to the warehouse (`POST /inbound`). It may repeat itself, and still announces one.
---@param delivery spreetail.inbound_fields the delivery
---@param options? spreetail.call_options
---@return spreetail.future
function async:create_inbound(delivery, options) end

---Any endpoint below `base_url`. GET, HEAD and OPTIONS may repeat themselves, other methods with `idempotent` only.
---@param method string a word in capitals, such as "GET"
---@param path string begins with "/", percent-encoded
---@param options? spreetail.request_options
---@return spreetail.future
function async:request(method, path, options) end

---A result that is still to come. A future may be dropped: its call goes on while the client is driven.
---@class spreetail.future
local future = {}

---Whether the result is there. Asks only: nothing moves.
---@return boolean done
function future:done() end

---Waits until the result is there.
---@param seconds? number at most so long, in s; default: the call's timeout
---@return boolean done # whether it is there
function future:wait(seconds) end

---Waits, then returns what the plain method returns: data and response, or nil and an error.
---@return any data
---@return spreetail.response|spreetail.error response_or_error
function future:result() end

---Has a function called with the result, once, by whatever moves the client on, never by `on_done` itself. Returns the future.
---@param fn fun(data: any, response_or_error: spreetail.response|spreetail.error) called with what `result` returns
---@return spreetail.future future
function future:on_done(fn) end

---Gives the call up: unless it is done, its result is an error of kind `cancelled`.
function future:cancel() end

---What `client:each_sku` returns.
---@class spreetail.walk
---@overload fun(): spreetail.sku, spreetail.location
local walk = {}

---The next SKU and its location; nil at the end; nil and an error when a page can't be had, and then it may be called again: nothing is lost.
---@return spreetail.sku? sku
---@return spreetail.location|spreetail.error|nil location
function walk:next() end

---Ends the walk early: pages that were asked for are given up. A `for` of Lua 5.4 does that by itself.
function walk:close() end

---What `spreetail.order` returns: a table in the API's keys. What may be left out of it is filled in when it is sent.
---@class spreetail.order : spreetail.order_fields
local order = {}

---Adds an item. Returns the order, so that calls can be chained.
---@param item spreetail.order_item the item
---@return spreetail.order order
function order:add_item(item) end

---Checks the order as `create_order` will, and finds all that is wrong with it at once.
---@return true? good
---@return spreetail.error? err
function order:validate() end

---What `create_order` would send now, filled in: for logs, dry runs and tests.
---@return string? text
---@return spreetail.error? err
function order:json() end

---What `spreetail.inbound` returns: a table in the API's keys.
---@class spreetail.inbound : spreetail.inbound_fields
local inbound = {}

---Adds an item. Returns the delivery.
---@param item spreetail.inbound_item the item
---@return spreetail.inbound delivery
function inbound:add_item(item) end

---Checks the delivery as `create_inbound` will, and finds all that is wrong with it at once.
---@return true? good
---@return spreetail.error? err
function inbound:validate() end

---What `create_inbound` would send.
---@return string? text
---@return spreetail.error? err
function inbound:json() end

---What `require "spreetail.outbox"` returns.
---@class spreetail.outbox
local outbox = {}

---Opens an outbox in a file of SQLite or in PostgreSQL. Its tables are made when they are not there, and brought up to date.
---@param options? spreetail.outbox_options
---@return spreetail.box? box
---@return spreetail.error? err
function outbox.open(options) end

---What `outbox.open` returns: orders in a table, and what became of each.
---@class spreetail.box
local box = {}

---Adds an order, which is checked as `create_order` does, and written as it will be sent. One that is there already is not added again; another one with the same reference is a `conflict`, unless it was rejected, whose place it takes.
---@param order spreetail.order_fields the order
---@param options? spreetail.outbox_add_options
---@return true? stored
---@return "added"|"present"|spreetail.error how # whether it was there already
function box:add(order, options) end

---Adds many orders, some hundred in each transaction. After an error of the database, adding all once more is safe. An error that `orders` returns behind a nil is raised when those before it are stored.
---@param orders spreetail.order_fields[]|fun(): spreetail.order_fields? a list, or a function that returns the next one and nil at the end
---@param options? spreetail.outbox_add_all_options
---@return spreetail.outbox_summary? summary
---@return spreetail.error? err
---@return spreetail.outbox_summary? committed # what was added before the error
function box:add_all(orders, options) end

---How many orders there are of each state.
---@return spreetail.outbox_status? status
---@return spreetail.error? err
function box:status() end

---What is known of one order; nil without an error when its reference is not there.
---@param reference string its ReferenceNumber
---@return spreetail.outbox_row? row
---@return spreetail.error? err
function box:get(reference) end

---Walks over the orders as they were added: `for row in box:each() do`. An error is raised.
---@param options? spreetail.outbox_each_options
---@return fun(): spreetail.outbox_row? iterator
function box:each(options) end

---Makes orders pending again.
---@param options? spreetail.outbox_retry_options
---@return integer? count # how many
---@return spreetail.error? err
function box:retry(options) end

---Removes orders, and all that is stored about people with them, that were accepted or rejected so long ago. Those whose outcome is unknown stay.
---@param seconds number how long ago, at least, in s
---@return integer? count # how many
---@return spreetail.error? err
function box:purge(seconds) end

---A worker that sends the orders. Any number of them, in any number of processes, may work at one outbox.
---@param options? spreetail.outbox_worker_options
---@return spreetail.worker? worker
---@return spreetail.error? err
function box:worker(options) end

---Closes the database, though not a connection of yours. Harmless when repeated; so does `<close>` of Lua 5.4.
function box:close() end

---What `box:worker` returns. It moves its client forward.
---@class spreetail.worker
local worker = {}

---Does what can be done now, and never waits for the network: for frame loops. The database may take what its disk takes for a commit, and `lock_timeout` where another has it locked.
---@return integer? in_flight # how many orders are; nil: the worker can't go on
---@return spreetail.error? err # of the database, while it fails; or why the worker can't go on
function worker:step() end

---Steps and waits, for scripts. Once it is to end, orders in flight have five seconds. An interrupt (Ctrl-C) is raised again when they are recorded.
---@param options? spreetail.outbox_run_options
---@return spreetail.outbox_counts? counts
---@return spreetail.error? err
---@return spreetail.outbox_counts? recorded # the counts up to the error
function worker:run(options) end

---Takes no more orders, and gives back those that were not begun. `step` goes on with those that were, until `is_idle`.
function worker:stop() end

---Whether nothing is in flight, nor to be recorded.
---@return boolean idle
function worker:is_idle() end

return spreetail
