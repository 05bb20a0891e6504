#include "client.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "scrub.h"

/*
 * Events.
 */

enum { MOST_EVENTS_KEPT = 10000 };

struct queued_event {
    struct spreetail_event event;
    STAILQ_ENTRY(queued_event) link;
};

void event_queue_init(struct event_queue *queue) {
    STAILQ_INIT(&queue->events);
    queue->count = 0;
    queue->dropped = 0;
}

static bool copy_text(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

void event_queue_add(struct event_queue *queue, const struct spreetail_event *event) {
    struct queued_event *kept = queue->count < MOST_EVENTS_KEPT ? malloc(sizeof *kept) : NULL;
    if (!kept) {
        queue->dropped++;
        return;
    }
    kept->event = *event;
    bool whole = copy_text(&kept->event.method, event->method);
    whole &= copy_text(&kept->event.path, event->path);
    whole &= copy_text(&kept->event.reference, event->reference);
    whole &= copy_text(&kept->event.message, event->message);
    if (!whole) {
        spreetail_event_clear(&kept->event);
        free(kept);
        queue->dropped++;
        return;
    }
    STAILQ_INSERT_TAIL(&queue->events, kept, link);
    queue->count++;
}

bool event_queue_take(struct event_queue *queue, struct spreetail_event *event) {
    struct queued_event *oldest = STAILQ_FIRST(&queue->events);
    if (!oldest)
        return false;
    STAILQ_REMOVE_HEAD(&queue->events, link);
    queue->count--;
    *event = oldest->event;
    free(oldest);
    return true;
}

void event_queue_clear(struct event_queue *queue) {
    struct spreetail_event event;
    while (event_queue_take(queue, &event))
        spreetail_event_clear(&event);
}

void spreetail_event_clear(struct spreetail_event *event) {
    free(event->method);
    free(event->path);
    free(event->reference);
    free(event->message);
    *event = (struct spreetail_event){0};
}

const char *spreetail_event_name(enum spreetail_event_type type) {
    static const char *const names[] = {
        [SPREETAIL_EVENT_LOGIN] = "login",
        [SPREETAIL_EVENT_RENEWAL] = "renewal",
        [SPREETAIL_EVENT_LOGIN_FAILED] = "login_failed",
        [SPREETAIL_EVENT_RETRY] = "retry",
        [SPREETAIL_EVENT_RECONCILE] = "reconcile",
        [SPREETAIL_EVENT_CALL] = "call",
        [SPREETAIL_EVENT_TRACE] = "trace",
    };
    return names[type];
}

/*
 * Life cycle.
 */

spreetail_client *client_open(const struct spreetail_options *options, struct platform platform,
                              struct spreetail_error *error) {
    spreetail_client *client = calloc(1, sizeof *client);
    *error = (struct spreetail_error){.retry_after = -1};
    if (!client) {
        error->kind = SPREETAIL_CONFIG;
        error->message = "memory ran out while the client was made";
        return NULL;
    }
    if (!settings_read(&client->settings, options, error)) {
        free(client);
        return NULL;
    }
    client->references = 1;
    client->process = process_number();
    client->platform = platform;
    client->settings.transport.clock = platform.clock;
    client->tokens.margin = client->settings.refresh_margin;
    client->tokens.jitter = random_unit(&client->platform.random);
    client->login.error.retry_after = -1;
    client->flow = flow_of(client->settings.max_in_flight);
    TAILQ_INIT(&client->queue);
    TAILQ_INIT(&client->pausing);
    TAILQ_INIT(&client->repeats);
    TAILQ_INIT(&client->sending);
    TAILQ_INIT(&client->login_waiters);
    TAILQ_INIT(&client->decided);
    TAILQ_INIT(&client->settled);
    TAILQ_INIT(&client->reading);
    event_queue_init(&client->events);
    return client;
}

void client_hold(spreetail_client *client) {
    client->references++;
}

void client_drop_reference(spreetail_client *client) {
    if (--client->references)
        return;
    event_queue_clear(&client->events);
    timers_free(&client->timers);
    settings_clear(&client->settings);
    free(client);
}

/*
 * What the parts share.
 */

usec client_now(const spreetail_client *client) {
    return client->platform.clock->monotonic(client->platform.clock->context);
}

usec client_boot_now(const spreetail_client *client) {
    return client->platform.clock->boottime(client->platform.clock->context);
}

void client_add_event(spreetail_client *client, const struct spreetail_event *event) {
    if (client->settings.events)
        event_queue_add(&client->events, event);
}

void client_count_exchange(spreetail_client *client, const struct exchange *exchange) {
    struct spreetail_stats *stats = &client->stats;
    if (!exchange->login)
        stats->attempts += exchange->sent;
    stats->connections += (uint64_t)exchange->connections_opened;
    stats->reused += exchange->sent && exchange->connections_opened == 0;
    stats->bytes_sent += exchange->sent ? exchange->body_size : 0;
    stats->bytes_received += exchange->body_received.size;
}

void client_scrub(const spreetail_client *client, char *text) {
    scrub_text(&client->settings, &client->tokens, text);
}

void client_scrub_json(const spreetail_client *client, json_t *value) {
    scrub_json(&client->settings, &client->tokens, value);
}

/* Keeps what libcurl has said and heard since, without the secrets in it. */
static void tell_traced(spreetail_client *client) {
    char *line = client->traced.data, *end;
    for (; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        client_scrub(client, line);
        client_add_event(client,
                         &(struct spreetail_event){.type = SPREETAIL_EVENT_TRACE, .message = line});
    }
    buffer_free(&client->traced);
}

bool client_open_transport(spreetail_client *client) {
    if (client->transport)
        return true;
    struct transport_settings settings = client->settings.transport;
    client->traced.secret = true;
    settings.trace = client->settings.trace ? &client->traced : NULL;
    client->transport = client->platform.open_transport(client->platform.context, &settings);
    return client->transport;
}

void client_start_exchange(spreetail_client *client, struct exchange *exchange) {
    client->transport->start(client->transport, exchange);
    tell_traced(client);
}

void client_cancel_exchange(spreetail_client *client, struct exchange *exchange) {
    if (!client->transport)
        return;
    client->transport->cancel(client->transport, exchange);
    tell_traced(client);
}

bool client_step_transport(spreetail_client *client, usec now, usec until) {
    bool more = client->transport->step(client->transport, now, until);
    tell_traced(client);
    return more;
}

struct exchange *client_next_done(spreetail_client *client) {
    struct exchange *exchange = client->transport->next_done(client->transport);
    tell_traced(client);
    return exchange;
}

void client_close_transport(spreetail_client *client) {
    if (client->transport)
        client->transport->close(client->transport);
    client->transport = NULL;
    tell_traced(client);
}

bool client_has_news(const spreetail_client *client) {
    return !TAILQ_EMPTY(&client->settled) || client->events.count > 0;
}
