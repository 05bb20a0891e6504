#include "fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_transport {
    struct transport transport; /* first, so that one pointer is the other */
    struct fake *fake;
};

static struct fake *fake_of(const struct transport *transport) {
    return ((const struct fake_transport *)transport)->fake;
}

/* An exchange says with its `transfer` where it is: running, or done. */
static char running_mark, done_mark;

/*
 * The clocks.
 */

static usec monotonic(void *context) {
    struct fake *fake = context;
    fake->monotonic += fake->each_read;
    return fake->monotonic;
}

static usec boottime(void *context) {
    return ((struct fake *)context)->boottime;
}

/* Some day in 2023, and from there on with the boot-time clock. */
static usec wall(void *context) {
    const usec some_day = 1700000000 * USEC_PER_SEC;
    return some_day + boottime(context);
}

void fake_suspend(struct fake *fake, double seconds) {
    fake->boottime += usec_from_seconds(seconds);
}

void fake_advance(struct fake *fake, double seconds) {
    fake->monotonic += usec_from_seconds(seconds);
    fake_suspend(fake, seconds);
}

/*
 * The transport.
 */

static void start(struct transport *transport, struct exchange *exchange) {
    struct fake *fake = fake_of(transport);
    exchange_clear(exchange);
    exchange->body_received.secret = exchange->login;
    exchange->sent = fake->sends;
    exchange->transfer = &running_mark;
    TAILQ_INSERT_TAIL(&fake->running, exchange, link);
    if (exchange->login) {
        fake->logins++;
        return;
    }
    fake->requests++;
    if (fake_running_count(fake) > fake->most_running)
        fake->most_running = fake_running_count(fake);
}

static void cancel(struct transport *transport, struct exchange *exchange) {
    struct fake *fake = fake_of(transport);
    fake->cancelled++;
    TAILQ_REMOVE(exchange->transfer == &done_mark ? &fake->done : &fake->running, exchange, link);
}

static bool ready(const struct transport *transport) {
    const struct fake *fake = fake_of(transport);
    return fake->room == 0 || fake_running_count(fake) < fake->room;
}

static bool step(struct transport *transport, usec now, usec until) {
    (void)transport;
    (void)now;
    (void)until;
    return false;
}

static struct exchange *next_done(struct transport *transport) {
    struct fake *fake = fake_of(transport);
    struct exchange *exchange = TAILQ_FIRST(&fake->done);
    if (exchange)
        TAILQ_REMOVE(&fake->done, exchange, link);
    return exchange;
}

static usec due(const struct transport *transport) {
    return TAILQ_EMPTY(&fake_of(transport)->done) ? USEC_NEVER : 0;
}

static int pollfd(const struct transport *transport) {
    return 1000 + (int)fake_of(transport)->opened; /* never waited on */
}

static void close_fake(struct transport *transport) {
    fake_of(transport)->closed++;
    free(transport);
}

static void abandon(struct transport *transport) {
    fake_of(transport)->abandoned++;
    free(transport);
}

static struct transport *open_fake(void *context, const struct transport_settings *settings) {
    struct fake *fake = context;
    struct fake_transport *fake_transport =
        fake->cannot_open ? NULL : malloc(sizeof *fake_transport);
    (void)settings;
    if (!fake_transport) {
        errno = EMFILE;
        return NULL;
    }
    *fake_transport = (struct fake_transport){
        .transport =
            {
                .start = start,
                .cancel = cancel,
                .ready = ready,
                .step = step,
                .next_done = next_done,
                .due = due,
                .pollfd = pollfd,
                .close = close_fake,
                .abandon = abandon,
            },
        .fake = fake,
    };
    fake->opened++;
    TAILQ_INIT(&fake->running);
    TAILQ_INIT(&fake->done);
    return &fake_transport->transport;
}

void fake_init(struct fake *fake) {
    const usec some_day = 1000 * USEC_PER_SEC;
    *fake = (struct fake){
        .clock = {.monotonic = monotonic, .boottime = boottime, .wall = wall, .context = fake},
        .monotonic = some_day,
        .boottime = 5 * some_day, /* the two clocks have nothing in common */
    };
    TAILQ_INIT(&fake->running);
    TAILQ_INIT(&fake->done);
}

struct platform fake_platform(struct fake *fake, uint64_t seed) {
    return (struct platform){
        .clock = &fake->clock,
        .open_transport = open_fake,
        .context = fake,
        .random = {seed},
    };
}

/*
 * For the test.
 */

struct exchange *fake_running(const struct fake *fake, size_t place) {
    struct exchange *exchange;
    TAILQ_FOREACH (exchange, &fake->running, link)
        if (!exchange->login && place-- == 0)
            return exchange;
    return NULL;
}

size_t fake_running_count(const struct fake *fake) {
    size_t count = 0;
    struct exchange *exchange;
    TAILQ_FOREACH (exchange, &fake->running, link)
        count += !exchange->login;
    return count;
}

struct exchange *fake_login(const struct fake *fake) {
    struct exchange *exchange;
    TAILQ_FOREACH (exchange, &fake->running, link)
        if (exchange->login)
            return exchange;
    return NULL;
}

void fake_send(struct exchange *exchange) {
    exchange->sent = true;
}

static void finish(struct fake *fake, struct exchange *exchange) {
    TAILQ_REMOVE(&fake->running, exchange, link);
    exchange->transfer = &done_mark;
    TAILQ_INSERT_TAIL(&fake->done, exchange, link);
}

/* In the form in which exchanges hold headers: "name\0value\0". */
static void add_header(struct buffer *headers, const char *header) {
    const char *colon = strstr(header, ": ");
    buffer_add(headers, header, (size_t)(colon - header));
    buffer_add(headers, "", 1);
    buffer_add(headers, colon + 2, strlen(colon + 2) + 1);
}

void fake_answer_with(struct fake *fake, struct exchange *exchange, int status, const char *header,
                      const char *body) {
    exchange->sent = true;
    exchange->status = status;
    if (header)
        add_header(&exchange->headers_received, header);
    buffer_add_text(&exchange->body_received, body);
    finish(fake, exchange);
}

void fake_answer(struct fake *fake, struct exchange *exchange, int status, const char *body) {
    fake_answer_with(fake, exchange, status, NULL, body);
}

void fake_fail(struct fake *fake, struct exchange *exchange, enum exchange_failure failure,
               bool sent, int status) {
    exchange->sent = sent;
    exchange->failure = failure;
    exchange->status = status;
    snprintf(exchange->detail, sizeof exchange->detail, "as the test has it");
    finish(fake, exchange);
}
