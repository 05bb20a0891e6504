#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curl.h"
#include "error.h"
#include "poller.h"
#include "request.h"
#include "scrub.h"
#include "secret.h"

static const usec step_budget = 2000;

/*
 * Life cycle.
 */

static struct transport *open_curl(void *context, const struct transport_settings *settings) {
    (void)context;
    return curl_open(settings);
}

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
    client->process = getpid();
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

spreetail_client *spreetail_open(const struct spreetail_options *options,
                                 struct spreetail_error *error) {
    struct platform platform = {
        .clock = &system_clock, .open_transport = open_curl, .random = random_seeded()};
    spreetail_client *client = client_open(options, platform, error);
    if (client && !settings_read_trust(&client->settings, error)) {
        spreetail_release(client);
        return NULL;
    }
    return client;
}

/* `in_doubt`: somebody else goes on with them, so here nobody can say what becomes of any. */
static void close_pending(spreetail_client *client, const char *why, bool in_doubt) {
    struct call_list *const lists[] = {&client->sending, &client->pausing,       &client->repeats,
                                       &client->queue,   &client->login_waiters, &client->decided};
    spreetail_call *call;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        while ((call = TAILQ_FIRST(lists[i])) != NULL) {
            call->in_doubt |= in_doubt;
            call_abort(call, SPREETAIL_CLOSED, why);
        }
    }
}

void client_notice_fork(spreetail_client *client) {
    pid_t process = getpid();
    if (client->process == process)
        return;
    client->process = process;
    client->platform.random = random_seeded();
    client->tokens.jitter = random_unit(&client->platform.random);
    if (client->transport)
        client->transport->abandon(client->transport);
    client->transport = NULL;
    close_pending(client, "it is the parent process's: this one is a child, forked meanwhile",
                  true);
    login_stop(client);
}

void spreetail_close(spreetail_client *client) {
    client_notice_fork(client);
    if (client->closed)
        return;
    client->closed = true;
    client->token_wanted = client->login_permitted = false;
    close_pending(client, "the client was closed meanwhile: make a new one", false);
    login_clear(client);
    client_close_transport(client);
    token_source_clear(&client->tokens);
    settings_forget_credentials(&client->settings);
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

void spreetail_release(spreetail_client *client) {
    spreetail_close(client);
    client->released = true;
    while (spreetail_next_settled(client))
        continue;
    client_drop_reference(client);
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

bool client_step_transport(spreetail_client *client, usec until) {
    bool more = client->transport->step(client->transport, until);
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

/*
 * Calls, from the outside.
 */

/* Takes a new call in; it is pending from now on, and the client holds it too. */
static void admit(spreetail_client *client, spreetail_call *call, enum call_state state) {
    call->references++;
    client->pending++;
    client->stats.calls++;
    timers_set(&client->timers, &call->timer, call->deadline);
    call_enter(call, state);
    if (client->closed)
        call_abort(call, SPREETAIL_CLOSED, "the client was closed before: make a new one");
}

spreetail_call *spreetail_start(spreetail_client *client, const struct spreetail_request *request) {
    client_notice_fork(client);
    if (!timers_reserve(&client->timers, client->pending + 1))
        return NULL;
    spreetail_call *call = call_new(client, request);
    if (!call)
        return NULL;
    admit(client, call, CALL_QUEUED);
    const char *fault = request_fault(request);
    if (fault && call->state != CALL_SETTLED)
        call_fail(call, SPREETAIL_VALIDATION, "%s", fault);
    return call;
}

spreetail_call *spreetail_login(spreetail_client *client, double timeout, double attempt_timeout,
                                int retries) {
    client_notice_fork(client);
    const struct spreetail_request request = {
        .method = "POST",
        .path = "/auth/login",
        .timeout = timeout,
        .attempt_timeout = attempt_timeout,
        .retries = retries,
        .idempotent = true,
    };
    if (!timers_reserve(&client->timers, client->pending + 1))
        return NULL;
    spreetail_call *call = call_new(client, &request);
    if (!call)
        return NULL;
    call->reads = true;
    admit(client, call, CALL_LOGIN);
    return call;
}

void spreetail_cancel(spreetail_call *call) {
    client_notice_fork(call->client);
    if (call->state != CALL_SETTLED)
        call_abort(call, SPREETAIL_CANCELLED, "cancelled by the program");
}

void spreetail_drop(spreetail_call *call) {
    call_release(call);
}

bool spreetail_done(const spreetail_call *call) {
    client_notice_fork(call->client);
    return call->state == CALL_SETTLED;
}

const struct spreetail_result *spreetail_result(const spreetail_call *call) {
    return spreetail_done(call) ? &call->result : NULL;
}

uint64_t spreetail_call_id(const spreetail_call *call) {
    return call->id;
}

void spreetail_watch(spreetail_call *call) {
    if (call->watched || call->client->released)
        return;
    call->watched = true;
    if (call->state == CALL_SETTLED) {
        call->references++;
        call_enter(call, CALL_SETTLED);
    }
}

uint64_t spreetail_next_settled(spreetail_client *client) {
    spreetail_call *call = TAILQ_FIRST(&client->settled);
    if (!call)
        return 0;
    uint64_t id = call->id;
    call->watched = false; /* and may be again */
    call_leave(call);
    call_release(call);
    return id;
}

/*
 * The step.
 */

static bool budget_spent(const spreetail_client *client, usec until) {
    return client_now(client) >= until;
}

static void decide(spreetail_call *call) {
    call_leave(call);
    call_enter(call, CALL_DECIDED);
}

/* A failed login decides calls that could do nothing but wait for another, and no longer can. */
static void decide_waiting(spreetail_client *client, struct call_list *waiting) {
    bool hopeless = !kind_may_pass(client->login.error.kind);
    spreetail_call *call, *next;
    for (call = TAILQ_FIRST(waiting); call; call = next) {
        next = TAILQ_NEXT(call, link);
        if (hopeless || call->login_failures++ >= call->retries)
            decide(call);
    }
}

static void finish_login(spreetail_client *client) {
    client->login.accepted = login_finish(client);
    if (client->login.accepted) {
        while (!TAILQ_EMPTY(&client->login_waiters))
            decide(TAILQ_FIRST(&client->login_waiters));
        return;
    }
    decide_waiting(client, &client->login_waiters);
    if (token_is_usable(token_state(&client->tokens, client_boot_now(client))))
        return; /* the others don't need it yet */
    decide_waiting(client, &client->repeats);
    decide_waiting(client, &client->queue);
}

static bool settle_decided(spreetail_client *client, usec until) {
    spreetail_call *call;
    while ((call = TAILQ_FIRST(&client->decided)) != NULL) {
        if (client->login.accepted)
            call_succeed(call);
        else
            call_fail_login(call);
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

/* Exchanges that are over, one by one; true: the budget is spent before they are all dealt with. */
static bool finish_exchanges(spreetail_client *client, usec until) {
    struct exchange *exchange;
    while ((exchange = client_next_done(client)) != NULL) {
        if (exchange->login)
            finish_login(client);
        else
            call_finish_exchange((spreetail_call *)exchange);
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

/* Reads their answers, each a piece at a time: a long one holds nobody up. */
static bool read_answers(spreetail_client *client, usec until) {
    const size_t piece = 64 * 1024;
    struct exchange *exchange;
    while ((exchange = TAILQ_FIRST(&client->reading)) != NULL) {
        call_read_answer((spreetail_call *)exchange, piece);
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

/* Calls whose time would be over before a pause between logins is: those that wait already are
 * looked at once for each pause, those that come later look by themselves. */
static void notice_pause(spreetail_client *client) {
    struct call_list *const waiting[] = {&client->login_waiters, &client->repeats, &client->queue};
    usec now = client_boot_now(client), pause = token_next_login(&client->tokens);
    spreetail_call *call;
    if (pause <= now || pause == client->pause_noticed || client->tokens.logging_in ||
        token_is_usable(token_state(&client->tokens, now)))
        return;
    client->pause_noticed = pause;
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
        TAILQ_FOREACH (call, waiting[i], link)
            call_give_up_waiting(call);
}

static spreetail_call *call_of(struct timer *timer) {
    return (spreetail_call *)((char *)timer - offsetof(spreetail_call, timer));
}

static bool fire_timers(spreetail_client *client, usec until) {
    struct timer *first;
    while ((first = timers_first(&client->timers)) != NULL && first->due <= client_now(client)) {
        call_fire_timer(call_of(first));
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

static spreetail_call *next_to_send(const spreetail_client *client) {
    spreetail_call *call = TAILQ_FIRST(&client->repeats);
    return call ? call : TAILQ_FIRST(&client->queue);
}

/* Whether anybody has use for a login now, be it ahead of time. */
static bool wants_login(const spreetail_client *client) {
    if (!TAILQ_EMPTY(&client->login_waiters) || client->login_permitted)
        return true;
    return next_to_send(client) &&
           token_state(&client->tokens, client_boot_now(client)) != TOKEN_GOOD;
}

/* One that the program asks for is made once without regard to the pause that others left. */
static usec next_login(const spreetail_client *client) {
    const spreetail_call *newest = TAILQ_LAST(&client->login_waiters, call_list);
    if (newest && newest->login_failures == 0 && !client->tokens.logging_in)
        return client->tokens.refused_until;
    return token_next_login(&client->tokens);
}

/* Calls that need a login while a refusal is remembered: they fail without one. */
static bool must_fail(const spreetail_client *client, usec now) {
    if (client->tokens.logging_in || now >= client->tokens.refused_until)
        return false;
    return !TAILQ_EMPTY(&client->login_waiters) ||
           (next_to_send(client) && token_state(&client->tokens, now) == TOKEN_REFUSED);
}

static void fail_refused(spreetail_client *client, usec until) {
    usec now = client_boot_now(client);
    do {
        spreetail_call *waiting = TAILQ_FIRST(&client->login_waiters);
        call_fail_login(waiting ? waiting : next_to_send(client));
    } while (must_fail(client, now) && !budget_spent(client, until));
}

/* With shared tokens a login needs permission, unless the program has asked for one. */
static bool may_login(const spreetail_client *client) {
    return !client->settings.shared_tokens || client->login_permitted ||
           !TAILQ_EMPTY(&client->login_waiters) || !token_trusts_others(&client->tokens);
}

bool spreetail_wants_token(const spreetail_client *client) {
    return !client->closed && client->token_wanted && !spreetail_logging_in(client) &&
           token_state(&client->tokens, client_boot_now(client)) != TOKEN_GOOD;
}

static void start_login(spreetail_client *client, usec until) {
    usec now = client_boot_now(client);
    if (!TAILQ_EMPTY(&client->decided))
        return; /* their error is that of the last one */
    if (must_fail(client, now))
        fail_refused(client, until);
    else if (!wants_login(client) || now < next_login(client))
        return;
    else if (may_login(client))
        login_start(client);
    else
        client->token_wanted = true;
}

static bool can_send(const spreetail_client *client) {
    enum token_state state = token_state(&client->tokens, client_boot_now(client));
    return next_to_send(client) && token_is_usable(state) &&
           client->in_flight < flow_limit(&client->flow) &&
           client->transport->ready(client->transport);
}

/* Sends what may be sent; true: the budget is spent before that is all. */
static bool send_calls(spreetail_client *client, usec until) {
    while (can_send(client)) {
        spreetail_call *call = next_to_send(client);
        if (call->deadline <= client_now(client))
            call_fire_timer(call); /* time has passed since its timer was looked at */
        else
            call_send(call);
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

static void fail_without_transport(spreetail_client *client, usec until) {
    const char *reason = strerror(errno);
    struct call_list *const waiting[] = {&client->login_waiters, &client->repeats, &client->queue};
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
        while (!TAILQ_EMPTY(waiting[i]) && !budget_spent(client, until))
            call_fail(TAILQ_FIRST(waiting[i]), SPREETAIL_NETWORK,
                      "no descriptor could be opened: %s", reason);
}

size_t spreetail_step(spreetail_client *client) {
    client_notice_fork(client);
    client->more = false;
    if (client->closed || (!client->transport && client->pending == 0))
        return client->pending;
    usec until = client_now(client) + step_budget;
    if (!client_open_transport(client)) {
        fail_without_transport(client, until);
        return client->pending;
    }
    bool more = client_step_transport(client, until);
    more |= finish_exchanges(client, until);
    more |= read_answers(client, until);
    more |= settle_decided(client, until);
    notice_pause(client);
    more |= fire_timers(client, until);
    start_login(client, until);
    more |= send_calls(client, until);
    client->more = more;
    return client->pending;
}

size_t spreetail_pending(const spreetail_client *client) {
    return client->pending;
}

/*
 * For whoever drives.
 */

int spreetail_pollfd(spreetail_client *client) {
    client_notice_fork(client);
    if (client->closed || !client_open_transport(client))
        return -1;
    return client->transport->pollfd(client->transport);
}

static usec next_due(const spreetail_client *client) {
    usec now = client_now(client), boot_now = client_boot_now(client);
    if (client->more || spreetail_has_news(client) || (client->pending && !client->transport))
        return now;
    if (!client->transport)
        return USEC_NEVER;
    if (can_send(client) || must_fail(client, boot_now))
        return now;
    usec due = client->transport->due(client->transport);
    const struct timer *first = timers_first(&client->timers);
    if (first && first->due < due)
        due = first->due;
    bool is_asked = client->token_wanted && !may_login(client); /* the driver, who knows by now */
    if (wants_login(client) && !client->tokens.logging_in && !is_asked) {
        usec login = now + next_login(client) - boot_now;
        due = login < due ? login : due;
    }
    return due;
}

double spreetail_next_timeout(spreetail_client *client) {
    client_notice_fork(client);
    usec due = next_due(client), now = client_now(client);
    if (due == USEC_NEVER)
        return -1;
    return due > now ? usec_to_seconds(due - now) : 0;
}

void spreetail_wait(spreetail_client *client, double seconds) {
    double timeout = spreetail_next_timeout(client);
    if (timeout < 0 || timeout > seconds)
        timeout = seconds;
    if (timeout > 0)
        poller_wait(spreetail_pollfd(client), timeout);
}

bool spreetail_next_event(spreetail_client *client, struct spreetail_event *event) {
    return event_queue_take(&client->events, event);
}

void spreetail_stats(const spreetail_client *client, struct spreetail_stats *stats) {
    *stats = client->stats;
    stats->events_dropped = client->events.dropped;
    stats->queued = client->queued;
    stats->in_flight = client->in_flight;
    stats->in_flight_limit = flow_limit(&client->flow);
}

bool spreetail_has_news(const spreetail_client *client) {
    return !TAILQ_EMPTY(&client->settled) || client->events.count > 0;
}

double spreetail_now(void) {
    return usec_to_seconds(system_clock.monotonic(system_clock.context));
}

bool spreetail_wipes_libcurl(void) {
    return secret_libcurl_wipes();
}
