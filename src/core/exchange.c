#include "exchange.h"

#include <stdio.h>
#include <string.h>

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

/* "https://api.example:8443/v1" -> "api.example:8443"; without a port, that of the scheme. */
void exchange_host(const struct exchange *exchange, char host[EXCHANGE_HOST_ROOM]) {
    static const char separator[] = "://", plain[] = "http:";
    const char *url = exchange->url, *start = strstr(url, separator);
    start = start ? start + sizeof separator - 1 : url;
    size_t size = strcspn(start, "/?");
    const char *bracket = memchr(start, ']', size); /* of an IPv6 address, full of colons */
    const char *address_end = bracket ? bracket : start;
    bool has_port = memchr(address_end, ':', size - (size_t)(address_end - start));
    const char *port = has_port ? "" : strncmp(url, plain, sizeof plain - 1) == 0 ? ":80" : ":443";
    snprintf(host, EXCHANGE_HOST_ROOM, "%.*s%s", size < 280 ? (int)size : 280, start, port);
}
