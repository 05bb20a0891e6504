#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char *const kind_names[] = {
    [SPREETAIL_OK] = "ok",
    [SPREETAIL_CONFIG] = "config",
    [SPREETAIL_VALIDATION] = "validation",
    [SPREETAIL_AUTH] = "auth",
    [SPREETAIL_FORBIDDEN] = "forbidden",
    [SPREETAIL_NOT_FOUND] = "not_found",
    [SPREETAIL_CONFLICT] = "conflict",
    [SPREETAIL_RATE_LIMIT] = "rate_limit",
    [SPREETAIL_REJECTED] = "rejected",
    [SPREETAIL_SERVER] = "server",
    [SPREETAIL_NETWORK] = "network",
    [SPREETAIL_TLS] = "tls",
    [SPREETAIL_TIMEOUT] = "timeout",
    [SPREETAIL_PROTOCOL] = "protocol",
    [SPREETAIL_CANCELLED] = "cancelled",
    [SPREETAIL_CLOSED] = "closed",
};

const char *spreetail_kind_name(enum spreetail_kind kind) {
    return kind_names[kind];
}

const char *spreetail_outcome_name(enum spreetail_outcome outcome) {
    static const char *const names[] = {
        [SPREETAIL_NO_OUTCOME] = NULL,
        [SPREETAIL_NOT_SENT] = "not_sent",
        [SPREETAIL_REFUSED] = "refused",
        [SPREETAIL_UNKNOWN] = "unknown",
    };
    return names[outcome];
}

bool kind_may_pass(enum spreetail_kind kind) {
    switch (kind) {
    case SPREETAIL_RATE_LIMIT:
    case SPREETAIL_SERVER:
    case SPREETAIL_NETWORK:
    case SPREETAIL_TIMEOUT:
    case SPREETAIL_PROTOCOL:
        return true;
    default:
        return false;
    }
}

void error_set(struct spreetail_error *error, enum spreetail_kind kind, const char *format,
               va_list arguments) {
    struct buffer text = {0};
    *error =
        (struct spreetail_error){.kind = kind, .retryable = kind_may_pass(kind), .retry_after = -1};
    if (!buffer_vprintf(&text, format, arguments)) {
        error->message = "memory ran out while this error was described";
        return;
    }
    text_make_readable(text.data, text.size);
    error->message = error->message_memory = text.data;
}

void error_say(struct spreetail_error *error, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set(error, kind, format, arguments);
    va_end(arguments);
}

void error_copy(struct spreetail_error *to, const struct spreetail_error *from) {
    *to = *from;
    to->details = json_incref(from->details);
    if (from->message_memory) {
        to->message = to->message_memory = strdup(from->message_memory);
        if (!to->message)
            to->message = "memory ran out while this error was described";
    }
}

void spreetail_error_clear(struct spreetail_error *error) {
    free(error->message_memory);
    json_decref(error->details);
    *error = (struct spreetail_error){.retry_after = -1};
}

enum spreetail_kind kind_of_failure(enum exchange_failure failure) {
    static const enum spreetail_kind kinds[EXCHANGE_FAILURES] = {
        [EXCHANGE_COMPLETE] = SPREETAIL_OK,        [EXCHANGE_RESOLVE] = SPREETAIL_NETWORK,
        [EXCHANGE_CONNECT] = SPREETAIL_NETWORK,    [EXCHANGE_TLS] = SPREETAIL_TLS,
        [EXCHANGE_TIMEOUT] = SPREETAIL_TIMEOUT,    [EXCHANGE_LOST] = SPREETAIL_NETWORK,
        [EXCHANGE_CUT] = SPREETAIL_PROTOCOL,       [EXCHANGE_NONSENSE] = SPREETAIL_PROTOCOL,
        [EXCHANGE_TOO_LARGE] = SPREETAIL_PROTOCOL, [EXCHANGE_MEMORY] = SPREETAIL_NETWORK,
    };
    return kinds[failure];
}

/* OpenSSL's X509_V_ERR_* that users meet; libcurl passes them on as numbers. */
static const char *describe_certificate(const struct exchange *exchange) {
    switch (exchange->verify_result) {
    case 9:
        return "the server's certificate is not valid yet: check this machine's clock";
    case 10:
        return "the server's certificate has expired: its owner has to renew it, unless it is this "
               "machine's clock that is wrong";
    case 2:
    case 18:
    case 19:
    case 20:
    case 21:
        return "the server's certificate is not signed by a CA that is trusted here: set ca_file "
               "to a PEM file with that CA (and the system's bundle is in ca-certificates)";
    }
    if (strstr(exchange->detail, "subject name") || strstr(exchange->detail, "does not match"))
        return "the server's certificate is for another host: base_url must name the host that "
               "the certificate was made for";
    if (strstr(exchange->detail, "error setting certificate"))
        return "the CA certificates can't be used: ca_file must hold at least one, in PEM";
    if (strstr(exchange->detail, "protocol version") ||
        strstr(exchange->detail, "unsupported protocol"))
        return "the server speaks no TLS 1.2 or later, and nothing older is accepted";
    return "the handshake failed: check base_url, and what stands between here and the server";
}

/* What to do when there is no connection; libcurl's words tell whether a proxy is to blame. */
static const char *advise_connection(const char *detail) {
    if (strstr(detail, "too many files"))
        return "close some, or raise the limit on them (ulimit -n)";
    if (strstr(detail, "response 407"))
        return "the proxy wants other credentials: check the option proxy";
    if (strstr(detail, "CONNECT") || strstr(detail, "proxy") || strstr(detail, "SOCKS"))
        return "the proxy does not connect us: check the option proxy, and what the proxy permits";
    return "check base_url (and the option proxy, if it is set), and whether a firewall forbids it";
}

static bool describe_timeout(struct buffer *message, const struct exchange *exchange,
                             const char *host) {
    usec limit = exchange->timeout;
    if (exchange->sent)
        return buffer_printf(message,
                             "no complete answer from %s within %.3g s: give it more "
                             "time (attempt_timeout, timeout), or ask whether the server is slow",
                             host, usec_to_seconds(limit));
    bool by_connecting = exchange->connect_timeout < limit;
    return buffer_printf(message,
                         "no connection to %s within %.3g s (%s): %s, or give it more time (%s)",
                         host, usec_to_seconds(by_connecting ? exchange->connect_timeout : limit),
                         exchange->detail, advise_connection(exchange->detail),
                         by_connecting ? "connect_timeout" : "attempt_timeout, timeout");
}

bool describe_failure(struct buffer *message, const struct exchange *exchange) {
    const char *detail = exchange->detail;
    char host[ERROR_HOST_ROOM];
    char status[24] = ""; /* none may have been seen */
    if (exchange->status)
        snprintf(status, sizeof status, " (HTTP %d)", exchange->status);
    error_host(exchange, host);
    switch (exchange->failure) {
    case EXCHANGE_RESOLVE:
        return buffer_printf(message,
                             "no address for %s (%s): check base_url (and the option proxy, if it "
                             "is set), and the network",
                             host, detail);
    case EXCHANGE_CONNECT:
        return buffer_printf(message, "no connection to %s (%s): %s", host, detail,
                             advise_connection(detail));
    case EXCHANGE_TLS:
        return buffer_printf(message, "no TLS with %s (%s): %s", host, detail,
                             describe_certificate(exchange));
    case EXCHANGE_TIMEOUT:
        return describe_timeout(message, exchange, host);
    case EXCHANGE_LOST:
        return buffer_printf(message,
                             "the connection to %s was lost before an answer came (%s), which may "
                             "pass by itself",
                             host, detail);
    case EXCHANGE_CUT:
        return buffer_printf(message,
                             "the answer of %s%s was cut short (%s), which may pass by itself",
                             host, status, detail);
    case EXCHANGE_NONSENSE:
        return buffer_printf(message,
                             "what came from %s is no HTTP answer (%s): check base_url, and what "
                             "stands between here and the server",
                             host, detail);
    case EXCHANGE_TOO_LARGE:
        return buffer_printf(message, "the answer of %s%s %s", host, status, detail);
    default:
        return buffer_printf(message, "memory ran out");
    }
}

/* "https://api.example:8443/v1" -> "api.example:8443"; without a port, that of the scheme. */
void error_host(const struct exchange *exchange, char host[ERROR_HOST_ROOM]) {
    static const char separator[] = "://", plain[] = "http:";
    const char *url = exchange->url, *start = strstr(url, separator);
    start = start ? start + sizeof separator - 1 : url;
    size_t size = strcspn(start, "/?");
    const char *bracket = memchr(start, ']', size); /* of an IPv6 address, full of colons */
    const char *address_end = bracket ? bracket : start;
    bool has_port = memchr(address_end, ':', size - (size_t)(address_end - start));
    const char *port = has_port ? "" : strncmp(url, plain, sizeof plain - 1) == 0 ? ":80" : ":443";
    snprintf(host, ERROR_HOST_ROOM, "%.*s%s", size < 280 ? (int)size : 280, start, port);
}
