#include "transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curl_failure.h"
#include "header.h"
#include "poller.h"
#include "sockets.h"
#include "trace.h"

enum {
    MOST_STREAMS = 100,            /* that libcurl opens on one HTTP/2 connection */
    MOST_POOLED = 128,             /* easy handles kept for later */
    MOST_HEADER_BYTES = 256 * 1024 /* of one answer */
};

/* One exchange being carried out by one easy handle. */
struct transfer {
    CURL *easy;
    struct exchange *exchange;
    struct carrier *carrier;
    struct curl_slist *nodes; /* the header list: an array, its strings borrowed */
    size_t nodes_capacity;
    bool head_ended; /* the empty line after the headers was seen */
    bool too_large, no_memory;
    char detail[CURL_ERROR_SIZE];
    TAILQ_ENTRY(transfer) link;
};

TAILQ_HEAD(transfer_list, transfer);

enum protocol { UNKNOWN_PROTOCOL, HTTP_1, HTTP_2 };

/* The transport over libcurl. */
struct carrier {
    struct transport transport; /* first, so that one pointer is the other */
    struct transfer_settings settings;
    CURLM *multi;
    int poller;
    usec due; /* when libcurl's timer fires */
    struct sockets sockets;
    enum protocol protocol; /* of the connections to the API, as far as seen */
    size_t active;          /* transfers of calls */
    size_t sending;         /* of these, that hold a connection or stream */
    struct transfer_list running, pool;
    size_t pooled;
    struct exchange_list done;
    struct carrier *next_abandoned;
};

/*
 * What libcurl calls. None of these does more than note what happened.
 */

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
    struct carrier *carrier = context;
    (void)purpose;
    return sockets_open(&carrier->sockets, address->family, address->socktype, address->protocol);
}

static int close_socket(void *context, curl_socket_t fd) {
    struct carrier *carrier = context;
    return sockets_close(&carrier->sockets, fd);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused) {
    struct carrier *carrier = context;
    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE)
        poller_forget(carrier->poller, fd);
    else
        poller_watch(carrier->poller, fd, what & CURL_POLL_IN, what & CURL_POLL_OUT);
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *context) {
    struct carrier *carrier = context;
    const struct clock *clock = carrier->settings.clock;
    (void)multi;
    carrier->due = milliseconds < 0 ? USEC_NEVER
                                    : clock->monotonic(clock->context) + (usec)milliseconds * 1000;
    return 0;
}

/*
 * Called when the connection stands and the request is about to go out. A second time within one
 * transfer means that libcurl is about to repeat a request that may have arrived: stop it.
 */
static int about_to_send(void *context, char *remote_ip, char *local_ip, int remote_port,
                         int local_port) {
    struct transfer *transfer = context;
    struct carrier *carrier = transfer->carrier;
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    if (transfer->exchange->sent)
        return CURL_PREREQFUNC_ABORT;
    transfer->exchange->sent = true;
    if (!transfer->exchange->login) {
        carrier->sending++;
        /* More requests under way than there are sockets: some share one. */
        if (carrier->protocol == UNKNOWN_PROTOCOL && carrier->sending > carrier->sockets.count)
            carrier->protocol = HTTP_2;
    }
    return CURL_PREREQFUNC_OK;
}

static bool add_header(struct transfer *transfer, const char *line, size_t size) {
    struct buffer *headers = &transfer->exchange->headers_received;
    if (headers->size + size > MOST_HEADER_BYTES)
        transfer->too_large = true;
    else if (!header_add(headers, line, size))
        transfer->no_memory = true;
    else
        return true;
    return false;
}

static void begin_answer(struct transfer *transfer, const char *line, size_t size) {
    struct exchange *exchange = transfer->exchange;
    int major, status;
    buffer_cut(&exchange->headers_received, 0); /* of an interim answer before it */
    transfer->head_ended = false;
    if (!header_read_status(line, size, &major, &status))
        return;
    if (!exchange->login)
        transfer->carrier->protocol = major >= 2 ? HTTP_2 : HTTP_1;
    if (status >= 200)
        exchange->status = status;
}

static size_t receive_header(char *line, size_t one, size_t size, void *context) {
    struct transfer *transfer = context;
    (void)one;
    if (size && (*line == '\r' || *line == '\n'))
        transfer->head_ended = true;
    if (!header_is_status(line, size))
        return add_header(transfer, line, size) ? size : 0;
    begin_answer(transfer, line, size);
    return size;
}

static size_t receive_body(char *bytes, size_t one, size_t size, void *context) {
    struct transfer *transfer = context;
    struct buffer *body = &transfer->exchange->body_received;
    (void)one;
    if (size > transfer->carrier->settings.max_response - body->size)
        transfer->too_large = true;
    else if (!buffer_add(body, bytes, size))
        transfer->no_memory = true;
    else
        return size;
    return CURL_WRITEFUNC_ERROR;
}

static int trace(CURL *easy, curl_infotype type, char *bytes, size_t size, void *context) {
    struct carrier *carrier = context;
    (void)easy;
    trace_lines(type, bytes, size, carrier->settings.trace, carrier->settings.trace_context);
    return 0;
}

/*
 * From an exchange to a transfer.
 */

static void free_transfer(struct transfer *transfer) {
    curl_easy_cleanup(transfer->easy);
    free(transfer->nodes);
    free(transfer);
}

static struct transfer *take_transfer(struct carrier *carrier) {
    struct transfer *transfer = TAILQ_FIRST(&carrier->pool);
    if (transfer) {
        TAILQ_REMOVE(&carrier->pool, transfer, link);
        carrier->pooled--;
        return transfer;
    }
    transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->carrier = carrier;
    transfer->easy = curl_easy_init();
    if (!transfer->easy) {
        free(transfer);
        return NULL;
    }
    return transfer;
}

/* Login handles are not kept: libcurl's buffers in them have held the secret. */
static void give_transfer(struct carrier *carrier, struct transfer *transfer) {
    if (transfer->exchange->login || carrier->pooled >= MOST_POOLED) {
        free_transfer(transfer);
        return;
    }
    curl_easy_reset(transfer->easy);
    transfer->exchange = NULL;
    transfer->head_ended = transfer->too_large = transfer->no_memory = false;
    TAILQ_INSERT_HEAD(&carrier->pool, transfer, link);
    carrier->pooled++;
}

/* The header list as an array of nodes whose strings are the exchange's: nothing is copied. */
static struct curl_slist *list_headers(struct transfer *transfer) {
    const struct exchange *exchange = transfer->exchange;
    size_t more = 0, count = 0;
    while (exchange->headers && exchange->headers[more])
        more++;
    if (more + 4 > transfer->nodes_capacity) {
        struct curl_slist *nodes = realloc(transfer->nodes, (more + 4) * sizeof *nodes);
        if (!nodes)
            return NULL;
        transfer->nodes = nodes;
        transfer->nodes_capacity = more + 4;
    }
    /* libcurl only reads these strings, whatever its type says. */
    struct curl_slist *nodes = transfer->nodes;
    nodes[count++].data = (char *)"Accept: application/json";
    nodes[count++].data = (char *)"Expect:"; /* never wait for "100 Continue" */
    if (exchange->authorization)
        nodes[count++].data = (char *)exchange->authorization;
    if (exchange->content_type)
        nodes[count++].data = (char *)exchange->content_type;
    for (size_t i = 0; i < more; i++)
        nodes[count++].data = (char *)exchange->headers[i];
    for (size_t i = 0; i < count; i++)
        nodes[i].next = i + 1 < count ? &nodes[i + 1] : NULL;
    return nodes;
}

static long in_milliseconds(usec duration) {
    return duration < 1000                ? 1
           : duration / 1000 > 1000000000 ? 1000000000
                                          : (long)(duration / 1000);
}

/* Sets every option that a transfer needs; false when memory runs out or libcurl lacks one. */
static bool configure(struct transfer *transfer, struct curl_slist *headers) {
    const struct exchange *exchange = transfer->exchange;
    struct carrier *carrier = transfer->carrier;
    const struct transfer_settings *settings = &carrier->settings;
    CURL *easy = transfer->easy;
    bool ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK

    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_URL, exchange->url);
    SET(CURLOPT_PROTOCOLS_STR, settings->plain ? "http" : "https");
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, settings->user_agent);
    SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl understands */
    SET(CURLOPT_HTTPHEADER, headers);
    if (strcmp(exchange->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (exchange->body || strcmp(exchange->method, "POST") == 0) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_size);
        SET(CURLOPT_POSTFIELDS, exchange->body ? exchange->body : "");
        SET(CURLOPT_CUSTOMREQUEST, exchange->method);
    } else {
        SET(CURLOPT_HTTPGET, 1L);
        SET(CURLOPT_CUSTOMREQUEST, exchange->method);
    }

    SET(CURLOPT_HEADERFUNCTION, receive_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, receive_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_PREREQFUNCTION, about_to_send);
    SET(CURLOPT_PREREQDATA, transfer);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, carrier);
    SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    SET(CURLOPT_CLOSESOCKETDATA, carrier);
    SET(CURLOPT_ERRORBUFFER, transfer->detail);
    if (settings->trace) {
        SET(CURLOPT_VERBOSE, 1L);
        SET(CURLOPT_DEBUGFUNCTION, trace);
        SET(CURLOPT_DEBUGDATA, carrier);
    }

    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a name look-up that is stuck is left behind, not waited for */
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, in_milliseconds(exchange->connect_timeout));
    SET(CURLOPT_TIMEOUT_MS, in_milliseconds(exchange->timeout));
    if (exchange->login) {
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_FORBID_REUSE, 1L);
    } else {
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        /* Rather share a connection than open another. Not without TLS: that is HTTP/1.1, and a
         * call would only wait until another's answer says so. */
        SET(CURLOPT_PIPEWAIT, settings->plain ? 0L : 1L);
    }

    if (settings->plain || !settings->proxy)
        SET(CURLOPT_PROXY, ""); /* whatever the environment says */
    else if (strcmp(settings->proxy, "environment") != 0)
        SET(CURLOPT_PROXY, settings->proxy);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's status is not the API's */

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (settings->trusted) {
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_SSL_CTX_FUNCTION, trust_install);
        SET(CURLOPT_SSL_CTX_DATA, settings->trusted);
    } else {
        if (settings->ca_file || settings->ca_path)
            SET(CURLOPT_CAINFO, settings->ca_file);
        SET(CURLOPT_CAPATH,
            settings->ca_path); /* NULL: libcurl reads CAINFO once, then caches it */
    }
    if (settings->client_cert)
        SET(CURLOPT_SSLCERT, settings->client_cert);
    if (settings->client_key)
        SET(CURLOPT_SSLKEY, settings->client_key);
#undef SET
    return ok;
}

static void limit_connections(struct carrier *carrier, bool login) {
    curl_multi_setopt(carrier->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      (long)carrier->settings.max_connections + (login ? 1 : 0));
}

static void run_timers(struct carrier *carrier) {
    int running;
    carrier->due = USEC_NEVER; /* libcurl sets it again when it has another */
    curl_multi_socket_action(carrier->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static void finish(struct carrier *carrier, struct exchange *exchange,
                   enum exchange_failure failure) {
    exchange->failure = failure;
    exchange->carrier = NULL;
    TAILQ_INSERT_TAIL(&carrier->done, exchange, link);
}

/* Takes the transfer out of libcurl; the exchange is its caller's again. */
static void end_transfer(struct carrier *carrier, struct transfer *transfer) {
    struct exchange *exchange = transfer->exchange;
    curl_multi_remove_handle(carrier->multi, transfer->easy);
    TAILQ_REMOVE(&carrier->running, transfer, link);
    if (exchange->login) {
        limit_connections(carrier, false);
    } else {
        carrier->active--;
        carrier->sending -= exchange->sent;
    }
    exchange->carrier = NULL;
    give_transfer(carrier, transfer);
}

static void cancel(struct transport *transport, struct exchange *exchange) {
    struct carrier *carrier = (struct carrier *)transport;
    if (exchange->carrier)
        end_transfer(carrier, exchange->carrier);
    else
        TAILQ_REMOVE(&carrier->done, exchange, link);
}

/*
 * From a transfer back to the exchange.
 */

/* Whether a status was seen says more than libcurl's code, so it is asked first. */
static enum exchange_failure judge(const struct transfer *transfer, CURLcode code) {
    if (code == CURLE_OK && transfer->head_ended) /* libcurl doesn't mind a head that is cut */
        return EXCHANGE_COMPLETE;
    if (transfer->too_large)
        return EXCHANGE_TOO_LARGE;
    if (transfer->no_memory || code == CURLE_OUT_OF_MEMORY)
        return EXCHANGE_MEMORY;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return EXCHANGE_TIMEOUT;
    if (code == CURLE_BAD_CONTENT_ENCODING)
        return EXCHANGE_NONSENSE;
    if (transfer->exchange->status)
        return EXCHANGE_CUT;
    return curl_failure(code, transfer->detail);
}

/* Moves one finished transfer's exchange to the done ones; false: there is none. */
static bool collect_one(struct carrier *carrier) {
    CURLMsg *message;
    int left;
    do {
        message = curl_multi_info_read(carrier->multi, &left);
        if (!message)
            return false;
    } while (message->msg != CURLMSG_DONE);
    CURLcode code = message->data.result;
    struct transfer *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    struct exchange *exchange = transfer->exchange;
    enum exchange_failure failure = judge(transfer, code);
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &exchange->connections_opened);
    if (failure != EXCHANGE_COMPLETE) {
        curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &exchange->verify_result);
        snprintf(exchange->detail, sizeof exchange->detail, "%s",
                 transfer->detail[0] ? transfer->detail
                 : code == CURLE_OK  ? "within its headers"
                                     : curl_easy_strerror(code));
    }
    end_transfer(carrier, transfer);
    finish(carrier, exchange, failure);
    return true;
}

static void start(struct transport *transport, struct exchange *exchange) {
    struct carrier *carrier = (struct carrier *)transport;
    struct transfer *transfer = take_transfer(carrier);
    exchange_clear(exchange);
    exchange->body_received.secret = exchange->login;
    if (!transfer) {
        finish(carrier, exchange, EXCHANGE_MEMORY);
        return;
    }
    transfer->exchange = exchange;
    transfer->detail[0] = '\0';
    struct curl_slist *headers = list_headers(transfer);
    if (exchange->login)
        limit_connections(carrier, true);
    if (!headers || !configure(transfer, headers) ||
        curl_multi_add_handle(carrier->multi, transfer->easy) != CURLM_OK) {
        give_transfer(carrier, transfer);
        finish(carrier, exchange, EXCHANGE_MEMORY);
        return;
    }
    exchange->carrier = transfer;
    if (!exchange->login)
        carrier->active++;
    TAILQ_INSERT_TAIL(&carrier->running, transfer, link);
    /* Now, one at a time, so that the caller can stop between two. It may be over already. */
    run_timers(carrier);
    while (collect_one(carrier))
        continue;
}

static struct exchange *next_done(struct transport *transport) {
    struct carrier *carrier = (struct carrier *)transport;
    if (TAILQ_EMPTY(&carrier->done))
        collect_one(carrier);
    struct exchange *exchange = TAILQ_FIRST(&carrier->done);
    if (exchange)
        TAILQ_REMOVE(&carrier->done, exchange, link);
    return exchange;
}

/*
 * Driving.
 */

static bool step(struct transport *transport, usec until) {
    struct carrier *carrier = (struct carrier *)transport;
    const struct clock *clock = carrier->settings.clock;
    struct poller_event events[8];
    const int most = sizeof events / sizeof *events;
    int count, running;
    if (carrier->due <= clock->monotonic(clock->context))
        run_timers(carrier);
    do {
        count = poller_events(carrier->poller, events, most);
        for (int i = 0; i < count; i++) {
            int what = (events[i].readable ? CURL_CSELECT_IN : 0) |
                       (events[i].writable ? CURL_CSELECT_OUT : 0) |
                       (events[i].failed ? CURL_CSELECT_ERR : 0);
            curl_multi_socket_action(carrier->multi, events[i].fd, what, &running);
            /* What is left is still there for the next time: epoll tells levels, not edges. */
            if (clock->monotonic(clock->context) >= until)
                return true;
        }
    } while (count == most);
    return false;
}

/*
 * HTTP/2 carries many calls on few connections, HTTP/1.1 one on each. Before the first answer it
 * is as for HTTP/1.1. So no call ever waits inside libcurl for a connection that is in use.
 */
static bool ready(const struct transport *transport) {
    const struct carrier *carrier = (const struct carrier *)transport;
    size_t connections = carrier->settings.max_connections;
    return carrier->active <
           (carrier->protocol == HTTP_2 ? connections * MOST_STREAMS : connections);
}

static usec due(const struct transport *transport) {
    const struct carrier *carrier = (const struct carrier *)transport;
    return TAILQ_EMPTY(&carrier->done) ? carrier->due : 0;
}

static int pollfd(const struct transport *transport) {
    return ((const struct carrier *)transport)->poller;
}

static void close_carrier(struct transport *transport) {
    struct carrier *carrier = (struct carrier *)transport;
    struct transfer *transfer;
    while ((transfer = TAILQ_FIRST(&carrier->running)) != NULL)
        end_transfer(carrier, transfer);
    while ((transfer = TAILQ_FIRST(&carrier->pool)) != NULL) {
        TAILQ_REMOVE(&carrier->pool, transfer, link);
        free_transfer(transfer);
    }
    if (carrier->multi)
        curl_multi_cleanup(carrier->multi);
    if (carrier->poller >= 0)
        close(carrier->poller);
    sockets_free(&carrier->sockets);
    free(carrier);
}

/*
 * The handles stay allocated for good, since cleaning them up would say goodbye on connections
 * that are the parent's. They remain reachable from here, for whoever looks for leaks.
 */
static _Atomic(struct carrier *) abandoned;

static void abandon(struct transport *transport) {
    struct carrier *carrier = (struct carrier *)transport;
    struct transfer *transfer;
    sockets_close_all(&carrier->sockets);
    close(carrier->poller);
    TAILQ_FOREACH (transfer, &carrier->running, link)
        transfer->exchange->carrier = NULL;
    carrier->next_abandoned = atomic_load(&abandoned);
    while (!atomic_compare_exchange_weak(&abandoned, &carrier->next_abandoned, carrier))
        continue;
}

struct transport *transfer_open(const struct transfer_settings *settings) {
    struct carrier *carrier = calloc(1, sizeof *carrier);
    if (!carrier)
        return NULL;
    carrier->transport = (struct transport){
        .start = start,
        .cancel = cancel,
        .ready = ready,
        .step = step,
        .next_done = next_done,
        .due = due,
        .pollfd = pollfd,
        .close = close_carrier,
        .abandon = abandon,
    };
    carrier->settings = *settings;
    carrier->due = USEC_NEVER;
    carrier->protocol = settings->plain ? HTTP_1 : UNKNOWN_PROTOCOL;
    TAILQ_INIT(&carrier->running);
    TAILQ_INIT(&carrier->pool);
    TAILQ_INIT(&carrier->done);
    carrier->poller = poller_open();
    carrier->multi = carrier->poller >= 0 ? curl_multi_init() : NULL;
    if (!carrier->multi) {
        int reason = carrier->poller < 0 ? errno : ENOMEM;
        close_carrier(&carrier->transport);
        errno = reason;
        return NULL;
    }
    curl_multi_setopt(carrier->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(carrier->multi, CURLMOPT_SOCKETDATA, carrier);
    curl_multi_setopt(carrier->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(carrier->multi, CURLMOPT_TIMERDATA, carrier);
    curl_multi_setopt(carrier->multi, CURLMOPT_MAXCONNECTS, (long)settings->max_connections + 1);
    limit_connections(carrier, false);
    return &carrier->transport;
}
