#include "exchange.h"

void exchange_clear(struct exchange *exchange) {
    buffer_free(&exchange->headers_received);
    buffer_free(&exchange->body_received);
    exchange->sent = false;
    exchange->failure = EXCHANGE_COMPLETE;
    exchange->status = 0;
    exchange->connections_opened = 0;
    exchange->verify_result = 0;
    exchange->detail[0] = '\0';
}
