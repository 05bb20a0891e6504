#include "carrier.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "transfer.h"

enum { MOST_STREAMS = 100 /* that libcurl opens on one HTTP/2 connection */ };

usec carrier_now(const struct carrier *carrier) {
    return carrier->settings.clock->monotonic(carrier->settings.clock->context);
}

static void limit_connections(struct carrier *carrier, bool login) {
    connections_limit(TAILQ_FIRST(&carrier->connections),
                      carrier->settings.max_connections + (login ? 1 : 0));
}

static bool open_connections(struct carrier *carrier) {
    struct connections *connections = connections_open(carrier->settings.clock, carrier->poller,
                                                       carrier->settings.max_connections);
    if (connections)
        TAILQ_INSERT_HEAD(&carrier->connections, connections, link);
    return connections;
}

static void close_connections(struct carrier *carrier, struct connections *connections) {
    TAILQ_REMOVE(&carrier->connections, connections, link);
    connections_close(connections);
}

/*
 * The end of a transfer.
 */

static void finish(struct carrier *carrier, struct exchange *exchange,
                   enum exchange_failure failure) {
    exchange->failure = failure;
    exchange->transfer = NULL;
    TAILQ_INSERT_TAIL(&carrier->done, exchange, link);
}

/* Whether nothing at all has come since the request left, until its time was up (libcurl's timers
 * may be a moment early). Over HTTP/1.1 libcurl then closes the connection; over HTTP/2 it would go
 * on using it. */
static bool has_fallen_silent(const struct transfer *transfer) {
    const struct exchange *exchange = transfer->exchange;
    const usec moment = 5000;
    return transfer->carrier->protocol != HTTP_1 && !exchange->login && exchange->sent &&
           transfer->connections->heard_at <= transfer->sent_at &&
           carrier_now(transfer->carrier) >= transfer->started + exchange->timeout - moment;
}

/* Hands the transfer to libcurl; false when memory runs out. */
static bool attach(struct carrier *carrier, struct transfer *transfer) {
    struct connections *connections = TAILQ_FIRST(&carrier->connections);
    if (curl_multi_add_handle(connections->multi, transfer->easy) != CURLM_OK)
        return false;
    transfer->connections = connections;
    connections->transfers++;
    return true;
}

/* Takes it out again. */
static void detach(struct carrier *carrier, struct transfer *transfer) {
    struct connections *connections = transfer->connections;
    long opened = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &opened);
    transfer->exchange->connections_opened += opened;
    curl_multi_remove_handle(connections->multi, transfer->easy);
    if (--connections->transfers == 0 && connections != TAILQ_FIRST(&carrier->connections))
        close_connections(carrier, connections);
}

/* From here on the exchange holds a place, until leave(). */
static void enter(struct carrier *carrier, struct transfer *transfer) {
    transfer->exchange->transfer = transfer;
    TAILQ_INSERT_TAIL(&carrier->running, transfer, link);
    if (transfer->exchange->login)
        limit_connections(carrier, true);
    else
        carrier->active++;
}

/* The exchange is its caller's again. */
static void leave(struct carrier *carrier, struct transfer *transfer) {
    struct exchange *exchange = transfer->exchange;
    TAILQ_REMOVE(&carrier->running, transfer, link);
    if (exchange->login) {
        limit_connections(carrier, false);
    } else {
        carrier->active--;
        carrier->sending -= exchange->sent;
    }
    exchange->transfer = NULL;
    transfer_give(transfer);
}

static void end_transfer(struct carrier *carrier, struct transfer *transfer) {
    if (transfer->connections == TAILQ_FIRST(&carrier->connections) && has_fallen_silent(transfer))
        open_connections(carrier); /* or, without memory, goes on with the old ones */
    detach(carrier, transfer);
    leave(carrier, transfer);
}

static void cancel(struct transport *transport, struct exchange *exchange) {
    struct carrier *carrier = (struct carrier *)transport;
    if (exchange->transfer)
        end_transfer(carrier, exchange->transfer);
    else
        TAILQ_REMOVE(&carrier->done, exchange, link);
}

static CURLMsg *next_message(struct carrier *carrier) {
    struct connections *connections;
    int left;
    TAILQ_FOREACH (connections, &carrier->connections, link) {
        CURLMsg *message = curl_multi_info_read(connections->multi, &left);
        if (message)
            return message; /* that a transfer is done: there are no others */
    }
    return NULL;
}

/* Gives the transfer to libcurl and lets it begin; it may be over already. */
static void begin(struct carrier *carrier, struct transfer *transfer, bool configured) {
    struct exchange *exchange = transfer->exchange;
    if (configured && attach(carrier, transfer)) {
        connections_run_timer(transfer->connections);
    } else {
        leave(carrier, transfer);
        finish(carrier, exchange, EXCHANGE_MEMORY);
    }
}

/* Moves one finished transfer's exchange to the done ones, or lets it begin anew, on a connection
 * that nobody has used; false: none has finished. */
static bool collect_one(struct carrier *carrier) {
    CURLMsg *message = next_message(carrier);
    if (!message)
        return false;
    CURLcode code = message->data.result;
    struct transfer *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    if (transfer->unfit) {
        detach(carrier, transfer);
        begin(carrier, transfer, transfer_refresh(transfer));
        return true;
    }
    struct exchange *exchange = transfer->exchange;
    struct curl_failure end = transfer_failure(transfer, code);
    snprintf(exchange->detail, sizeof exchange->detail, "%s", end.why);
    curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &exchange->verify_result);
    end_transfer(carrier, transfer);
    finish(carrier, exchange, end.failure);
    return true;
}

static void start(struct transport *transport, struct exchange *exchange) {
    struct carrier *carrier = (struct carrier *)transport;
    struct transfer *transfer = transfer_take(carrier);
    exchange_clear(exchange);
    exchange->body_received.secret = exchange->login;
    if (!transfer) {
        finish(carrier, exchange, EXCHANGE_MEMORY);
        return;
    }
    transfer->exchange = exchange;
    transfer->started = carrier_now(carrier);
    transfer->detail[0] = '\0';
    enter(carrier, transfer);
    /* Now, one at a time, so that the caller can stop between two. */
    begin(carrier, transfer, transfer_configure(transfer));
    while (collect_one(carrier))
        continue;
}

static struct exchange *next_done(struct transport *transport) {
    struct carrier *carrier = (struct carrier *)transport;
    while (TAILQ_EMPTY(&carrier->done) && collect_one(carrier))
        continue;
    struct exchange *exchange = TAILQ_FIRST(&carrier->done);
    if (exchange)
        TAILQ_REMOVE(&carrier->done, exchange, link);
    return exchange;
}

/*
 * Driving.
 */

static void run_timers(struct carrier *carrier) {
    struct connections *connections;
    TAILQ_FOREACH (connections, &carrier->connections, link)
        if (connections->due <= carrier_now(carrier))
            connections_run_timer(connections);
}

/* One that an event is not about takes no notice of it. */
static void run(struct carrier *carrier, const struct poller_event *event) {
    struct connections *connections;
    TAILQ_FOREACH (connections, &carrier->connections, link)
        connections_run(connections, event);
}

static bool step(struct transport *transport, usec until) {
    struct carrier *carrier = (struct carrier *)transport;
    struct poller_event events[8];
    const int most = sizeof events / sizeof *events;
    int count;
    run_timers(carrier);
    do {
        count = poller_events(carrier->poller, events, most);
        for (int i = 0; i < count; i++) {
            run(carrier, &events[i]);
            /* What is left is still there for the next time: epoll tells levels, not edges. */
            if (carrier_now(carrier) >= until)
                return true;
        }
    } while (count == most);
    return false;
}

/*
 * HTTP/2 carries many calls on few connections, HTTP/1.1 one on each. Before the first answer it
 * is as for HTTP/1.1. So no call waits inside libcurl for a connection that is in use, unless the
 * server allows fewer streams than libcurl opens.
 */
static bool ready(const struct transport *transport) {
    const struct carrier *carrier = (const struct carrier *)transport;
    size_t connections = carrier->settings.max_connections;
    return carrier->active <
           (carrier->protocol == HTTP_2 ? connections * MOST_STREAMS : connections);
}

static usec due(const struct transport *transport) {
    const struct carrier *carrier = (const struct carrier *)transport;
    const struct connections *connections;
    usec first = TAILQ_EMPTY(&carrier->done) ? USEC_NEVER : 0;
    TAILQ_FOREACH (connections, &carrier->connections, link)
        first = connections->due < first ? connections->due : first;
    return first;
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
        transfer_free(transfer);
    }
    while (!TAILQ_EMPTY(&carrier->connections))
        close_connections(carrier, TAILQ_FIRST(&carrier->connections));
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
        transfer->exchange->transfer = NULL;
    carrier->next_abandoned = atomic_load(&abandoned);
    while (!atomic_compare_exchange_weak(&abandoned, &carrier->next_abandoned, carrier))
        continue;
}

struct transport *carrier_open(const struct transport_settings *settings) {
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
    carrier->own_tls = trust_is_ours();
    carrier->protocol = settings->plain ? HTTP_1 : UNKNOWN_PROTOCOL;
    TAILQ_INIT(&carrier->running);
    TAILQ_INIT(&carrier->pool);
    TAILQ_INIT(&carrier->done);
    TAILQ_INIT(&carrier->connections);
    carrier->poller = poller_open();
    if (carrier->poller < 0 || !open_connections(carrier)) {
        int reason = carrier->poller < 0 ? errno : ENOMEM;
        close_carrier(&carrier->transport);
        errno = reason;
        return NULL;
    }
    return &carrier->transport;
}
