#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "login.h"
#include "tree.h"

/*
 * Holding one.
 */

void call_release(spreetail_call *call) {
    if (--call->references)
        return;
    spreetail_client *client = call->client;
    exchange_clear(&call->exchange);
    token_release(call->token);
    answer_clear(&call->answer);
    spreetail_error_clear(&call->result.error);
    free(call->look_up_url);
    free(call);
    client_drop_reference(client);
}

/*
 * The lists.
 */

/* Calls that are under way, or over, have no need of one. */
static bool waits_for_login(const spreetail_call *call) {
    const struct token_source *tokens = &call->client->tokens;
    switch (call->state) {
    case CALL_LOGIN:
        return call->login_failures > 0; /* a first one is tried whatever the pause */
    case CALL_QUEUED:
    case CALL_REPEATING:
        return !token_is_usable(token_state(tokens, client_boot_now(call->client)));
    default:
        return false;
    }
}

/* Whether the next login has to wait for longer than the call can. */
static bool waits_in_vain(const spreetail_call *call) {
    const spreetail_client *client = call->client;
    const struct token_source *tokens = &client->tokens;
    usec next_login = token_next_login(tokens);
    if (next_login == 0 || tokens->logging_in || client->login_permitted || !waits_for_login(call))
        return false;
    usec wait = next_login - client_boot_now(client);
    return wait > 0 && call->deadline <= client_now(client) + wait;
}

void call_give_up_waiting(spreetail_call *call) {
    if (waits_in_vain(call))
        timers_set(&call->client->timers, &call->timer, client_now(call->client));
}

static struct call_list *list_of(spreetail_call *call) {
    spreetail_client *client = call->client;
    switch (call->state) {
    case CALL_QUEUED:
        return &client->queue;
    case CALL_PAUSING:
        return &client->pausing;
    case CALL_REPEATING:
        return &client->repeats;
    case CALL_SENDING:
        return &client->sending;
    case CALL_READING:
        return &client->reading;
    case CALL_LOGIN:
        return &client->login_waiters;
    case CALL_DECIDED:
        return &client->decided;
    default:
        return &client->settled;
    }
}

/* How many calls are in states like this one; NULL: nobody counts them. */
static size_t *counter_of(spreetail_call *call) {
    switch (call->state) {
    case CALL_QUEUED:
    case CALL_REPEATING:
        return &call->client->queued;
    case CALL_SENDING:
    case CALL_READING:
        return &call->client->in_flight;
    default:
        return NULL;
    }
}

/* Puts a call that is in no list into the one of `state`. */
static void enter(spreetail_call *call, enum call_state state) {
    call->state = state;
    TAILQ_INSERT_TAIL(list_of(call), call, link);
    size_t *counter = counter_of(call);
    if (counter)
        ++*counter;
    call_give_up_waiting(call);
}

static void leave(spreetail_call *call) {
    TAILQ_REMOVE(list_of(call), call, link);
    size_t *counter = counter_of(call);
    if (counter)
        --*counter;
}

static void move(spreetail_call *call, enum call_state state) {
    leave(call);
    enter(call, state);
}

void call_admit(spreetail_call *call, enum call_state state) {
    spreetail_client *client = call->client;
    call->references++;
    client->pending++;
    client->stats.calls++;
    timers_set(&client->timers, &call->timer, call->deadline);
    enter(call, state);
}

/*
 * Settling.
 */

enum { MOST_DETAILS = 64 * 1024 /* bytes of an answer whose details are passed on */ };

/* Adds an event about the call. */
static void tell(const spreetail_call *call, enum spreetail_event_type type, int status,
                 usec pause) {
    const struct spreetail_error *error = &call->result.error;
    if (!call->client->settings.events)
        return;
    usec elapsed = client_now(call->client) - call->started;
    client_add_event(call->client, &(struct spreetail_event){
                                       .type = type,
                                       .kind = error->kind,
                                       .method = (char *)call->method,
                                       .path = (char *)call->path,
                                       .reference = (char *)call->standing.reference,
                                       .message = (char *)error->message,
                                       .status = status,
                                       .attempts = call->attempts,
                                       .elapsed = usec_to_seconds(elapsed),
                                       .pause = usec_to_seconds(pause),
                                   });
}

/* Frees what nobody will ask for of what came. */
static void trim_answer(spreetail_call *call) {
    if (call->result.values)
        return;
    if (call->result.data)
        answer_keep_json(&call->answer);
    else
        answer_clear(&call->answer);
    buffer_free(&call->exchange.body_received);
}

/* With what its result says by now. */
static void settle(spreetail_call *call) {
    spreetail_client *client = call->client;
    struct spreetail_result *result = &call->result;
    token_release(call->token);
    call->token = NULL;
    trim_answer(call);
    result->reference = call->standing.reference;
    result->attempts = call->attempts;
    result->elapsed = usec_to_seconds(client_now(client) - call->started);
    result->headers = call->exchange.headers_received.data;
    result->headers_size = call->exchange.headers_received.size;
    tell(call, SPREETAIL_EVENT_CALL, result->status, 0);
    timers_unset(&client->timers, &call->timer);
    leave(call);
    client->pending--;
    call->state = CALL_SETTLED;
    if (call->watched) {
        client->to_be_told++;
        enter(call, CALL_SETTLED); /* which keeps the client's reference */
    } else {
        call_release(call);
    }
}

static void succeed(spreetail_call *call) {
    spreetail_error_clear(&call->result.error);
    call->result.values = call->as_values ? call->answer.data : NULL;
    call->result.data = call->as_values ? NULL : call->answer.json;
    call->result.cancelled = answer_shows_cancelled(&call->answer);
    settle(call);
}

static enum spreetail_outcome outcome_of(const spreetail_call *call) {
    return judge_outcome(&call->standing, call->attempts);
}

/* What to do about an unknown outcome. */
static const char *settle_doubt_by(const spreetail_call *call, enum spreetail_kind kind) {
    if (call->standing.settling == SPREETAIL_SETTLE_DELIVERY)
        return ". It may have been announced: ask the warehouse before you send it again";
    if (call->standing.settling == SPREETAIL_SETTLE_NOTHING)
        return call->standing.reference
                   ? ". It may have taken effect: look with get_order before you send it again"
                   : ". It may have taken effect: look before you send it again";
    if (call->standing.return_duplicate && kind != SPREETAIL_CONFLICT)
        return ". It may have been created; send it again: that is safe";
    return ". It may have been created: look with get_order before you send it again";
}

static void write_message(const spreetail_call *call, struct buffer *text, enum spreetail_kind kind,
                          const char *what) {
    bool whole = buffer_printf(text, "%s %s", call->method, call->path);
    if (call->standing.reference)
        whole = whole && buffer_printf(text, " for '%.200s'", call->standing.reference);
    whole = whole && buffer_add_text(text, ": ") && buffer_add_text(text, what);
    if (whole && outcome_of(call) == SPREETAIL_UNKNOWN)
        whole = buffer_add_text(text, settle_doubt_by(call, kind));
    if (!whole)
        buffer_free(text);
}

/* Sets the error with which the call is going to settle, unless something better comes. `details`,
 * which may be NULL, are the error's from now on. */
static void set_error(spreetail_call *call, enum spreetail_kind kind, const char *what,
                      json_t *details) {
    struct spreetail_error *error = &call->result.error;
    const struct buffer *headers = &call->exchange.headers_received;
    struct buffer text = {0};
    spreetail_error_clear(error);
    write_message(call, &text, kind, what ? what : "memory ran out");
    error_say(error, kind, "%s", text.data ? text.data : "memory ran out");
    buffer_free(&text);
    if (error->message_memory)
        client_scrub(call->client, error->message_memory);
    error->outcome = outcome_of(call);
    if (error->outcome == SPREETAIL_UNKNOWN && !call->standing.idempotent)
        error->retryable = false;
    error->status = call->result.status;
    error->retry_after = answer_retry_after(headers->data, headers->size);
    error->details = details;
    if (details)
        client_scrub_json(call->client, details);
}

void call_fail(spreetail_call *call, enum spreetail_kind kind, const char *format, ...) {
    struct buffer what = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&what, format, arguments);
    va_end(arguments);
    set_error(call, kind, what.data, NULL);
    buffer_free(&what);
    settle(call);
}

void call_fail_login(spreetail_call *call) {
    const struct spreetail_error *cause = &call->client->login.error;
    struct spreetail_error *error = &call->result.error;
    const struct token_source *tokens = &call->client->tokens;
    usec wait = tokens->logging_in ? 0 : token_next_login(tokens) - client_boot_now(call->client);
    if (!call->standing.looking_up) {                /* else what led there says more */
        if (outcome_of(call) == SPREETAIL_UNKNOWN) { /* which the message has to say */
            set_error(call, cause->kind, cause->message, NULL);
            error->status = cause->status;
            error->retry_after = cause->retry_after;
        } else {
            spreetail_error_clear(error);
            error_copy(error, cause);
            error->outcome = outcome_of(call);
        }
        if (wait > 0)
            error->retry_after = usec_to_seconds(wait);
    }
    settle(call);
}

void call_settle_decided(spreetail_call *call) {
    if (call->client->login.accepted)
        succeed(call);
    else
        call_fail_login(call);
}

/* A failed login decides calls that could do nothing but wait for another, and no longer can. */
static void decide_waiting(spreetail_client *client, struct call_list *waiting) {
    bool hopeless = !kind_may_pass(client->login.error.kind);
    spreetail_call *call, *next;
    for (call = TAILQ_FIRST(waiting); call; call = next) {
        next = TAILQ_NEXT(call, link);
        if (hopeless || call->login_failures++ >= call->standing.retries)
            move(call, CALL_DECIDED);
        else
            call_give_up_waiting(call);
    }
}

void calls_decide(spreetail_client *client) {
    if (client->login.accepted) {
        while (!TAILQ_EMPTY(&client->login_waiters))
            move(TAILQ_FIRST(&client->login_waiters), CALL_DECIDED);
        return;
    }
    decide_waiting(client, &client->login_waiters);
    if (token_is_usable(token_state(&client->tokens, client_boot_now(client))))
        return; /* the others don't need it yet */
    decide_waiting(client, &client->repeats);
    decide_waiting(client, &client->queue);
}

void call_watch(spreetail_call *call) {
    if (call->watched || call->client->released)
        return;
    call->watched = true;
    if (call->state == CALL_SETTLED) {
        call->references++;
        enter(call, CALL_SETTLED);
    }
}

uint64_t calls_next_settled(spreetail_client *client) {
    spreetail_call *call = TAILQ_FIRST(&client->settled);
    if (!call)
        return 0;
    uint64_t id = call->id;
    call->watched = false; /* and may be again */
    leave(call);
    call_release(call);
    return id;
}

/*
 * Stopping.
 */

static bool is_under_way(const spreetail_call *call) {
    return call->state == CALL_SENDING || call->state == CALL_READING;
}

/* Takes a call that is under way back from the transport; what had left may arrive. */
static void stop_sending(spreetail_call *call) {
    if (!is_under_way(call))
        return;
    if (call->state == CALL_SENDING)
        client_cancel_exchange(call->client, &call->exchange);
    call->attempts += call->exchange.sent;
    call->standing.in_doubt |= call->exchange.sent && !call->standing.looking_up;
    client_count_exchange(call->client, &call->exchange);
    exchange_clear(&call->exchange);
}

void call_abort(spreetail_call *call, enum spreetail_kind kind, const char *why) {
    stop_sending(call);
    call_fail(call, kind, "%s", why);
}

void calls_abort(spreetail_client *client, const char *why, bool in_doubt) {
    struct call_list *const lists[] = {&client->sending, &client->reading, &client->pausing,
                                       &client->repeats, &client->queue,   &client->login_waiters,
                                       &client->decided};
    spreetail_call *call;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        while ((call = TAILQ_FIRST(lists[i])) != NULL) {
            call->standing.in_doubt |= in_doubt;
            call_abort(call, SPREETAIL_CLOSED, why);
        }
    }
}

/* What a call was doing when its time ran out, and what may help. */
static bool describe_wait(struct buffer *text, const spreetail_call *call) {
    const struct token_source *tokens = &call->client->tokens;
    bool needs_login = call->state == CALL_LOGIN ||
                       token_state(tokens, client_boot_now(call->client)) == TOKEN_MISSING;
    char host[ERROR_HOST_ROOM];
    error_host(&call->exchange, host);
    if (is_under_way(call) && call->exchange.sent)
        return buffer_printf(text,
                             "it was waiting for the answer of %s: give it more timeout, or ask "
                             "whether the server is slow",
                             host);
    if (is_under_way(call))
        return buffer_printf(text,
                             "it was connecting to %s (name look-up, TCP, TLS): check base_url and "
                             "the network",
                             host);
    if (needs_login && tokens->logging_in)
        return buffer_printf(text,
                             "it was waiting for the login, which %s had not answered: give it "
                             "more timeout, or ask whether the server is slow",
                             host);
    if (needs_login && (tokens->failures || tokens->wasted))
        return buffer_add_text(text, call->client->login.error.message);
    return buffer_add_text(text, "it was waiting to be sent: give it more timeout, or send less at "
                                 "one time");
}

static void time_out(spreetail_call *call) {
    double after = usec_to_seconds(call->deadline - call->started);
    struct buffer text = {0};
    bool described = describe_wait(&text, call);
    stop_sending(call);
    if (call->standing.looking_up) /* what led there says more */
        settle(call);
    else
        call_fail(call, SPREETAIL_TIMEOUT, "no result after %.3g s: %s", after,
                  described ? text.data : "memory ran out");
    buffer_free(&text);
}

spreetail_call *call_of_timer(struct timer *timer) {
    return (spreetail_call *)((char *)timer - offsetof(spreetail_call, timer));
}

void call_fire_timer(spreetail_call *call) {
    bool pausing = call->state == CALL_PAUSING;
    if (call->state == CALL_READING) { /* it is a matter of milliseconds */
        call_read_answer(call, SIZE_MAX);
        return;
    }
    if (call->state == CALL_DECIDED) { /* in time */
        call_settle_decided(call);
        return;
    }
    timers_set(&call->client->timers, &call->timer, call->deadline);
    if (pausing)
        move(call, CALL_REPEATING);
    else if (call->deadline <= client_now(call->client))
        time_out(call);
    else if (waits_in_vain(call))
        call_fail_login(call);
}

/*
 * Once more.
 */

/* Makes the call ready for another exchange and puts it where it waits for that. */
static void requeue(spreetail_call *call, enum call_state state) {
    token_release(call->token);
    call->token = NULL;
    exchange_clear(&call->exchange);
    answer_clear(&call->answer);
    if (!call->standing.looking_up)
        call->result.status = 0; /* what comes next may end without one */
    move(call, state);
}

static void pause_call(spreetail_call *call, usec pause) {
    spreetail_client *client = call->client;
    call->standing.failures++;
    client->stats.retries++;
    tell(call, SPREETAIL_EVENT_RETRY, call->result.status, pause);
    requeue(call, CALL_PAUSING);
    timers_set(&client->timers, &call->timer, client_now(client) + pause);
}

static usec pause_before_repeat(const spreetail_call *call) {
    const struct buffer *headers = &call->exchange.headers_received;
    double asked = answer_retry_after(headers->data, headers->size);
    usec pause = retry_pause(call->standing.failures + 1, &call->client->platform.random);
    return pause + (asked > 0 ? usec_from_seconds(asked) : 0);
}

static char *order_url(const spreetail_call *call) {
    static const char path[] = "/order/";
    const char *base = call->client->settings.base_url;
    size_t base_size = strlen(base), size = strlen(call->standing.reference);
    char *url = malloc(base_size + sizeof path + size * 3);
    if (!url)
        return NULL;
    memcpy(url, base, base_size);
    memcpy(url + base_size, path, sizeof path - 1);
    char *segment = url + base_size + sizeof path - 1;
    segment[spreetail_encode_segment(call->standing.reference, size, segment)] = '\0';
    return url;
}

/* Begins the second phase; the call's error is set to what led here. */
static void look_up(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    call->look_up_url = order_url(call);
    if (!call->look_up_url) {
        settle(call);
        return;
    }
    call->standing.looking_up = true;
    call->standing.failures = 0;
    requeue(call, CALL_REPEATING);
    exchange->method = "GET";
    exchange->url = call->look_up_url;
    exchange->content_type = NULL;
    exchange->headers = NULL;
    exchange->body = NULL;
    exchange->body_size = 0;
}

/* An attempt came to nothing. In the first phase the call's error says why. */
static void repeat(spreetail_call *call, enum retry_rule rule) {
    spreetail_client *client = call->client;
    bool affordable = retry_budget_allows(&client->budget);
    if (affordable && judge_may_repeat(&call->standing, rule)) {
        usec pause = pause_before_repeat(call);
        if (client_now(client) + pause < call->deadline) {
            pause_call(call, pause);
            return;
        }
    }
    if (affordable && judge_may_look_up(&call->standing))
        look_up(call);
    else
        settle(call);
}

/*
 * Verdicts.
 */

/* Those before and above may come from somebody who has not looked at it. */
static bool says_token_is_good(int status) {
    return status / 100 == 2 || status == 404 || status == 409 || status == 422;
}

/* What an answer tells about the server and the token, whatever it means for the call. */
static void learn(const spreetail_call *call) {
    spreetail_client *client = call->client;
    int status = call->exchange.status;
    if (call->exchange.failure != EXCHANGE_COMPLETE)
        return;
    if (status == 429)
        flow_limited(&client->flow, client->in_flight, call->sent_at, client_now(client));
    else if (status < 500)
        flow_answered(&client->flow);
    if (says_token_is_good(status))
        token_serve(&client->tokens, call->token);
    else if (status == 401)
        login_reject(client, call->token->generation, call->answer.words);
}

/* What the server said beyond its message, or NULL. Longer answers' details are for nobody to read,
 * and scrubbing them would be a long step. */
static json_t *details_of(const spreetail_call *call) {
    bool readable = call->exchange.body_received.size <= MOST_DETAILS;
    return readable && call->answer.details ? tree_of(call->answer.details) : NULL;
}

static void take_error(spreetail_call *call, const struct verdict *verdict) {
    set_error(call, verdict->kind, verdict->words.data,
              verdict->details ? json_incref(verdict->details) : details_of(call));
    if (verdict->hopeless)
        call->result.error.retryable = false;
}

/* How many calls may fail together because they share a connection. */
static size_t parallel(const spreetail_client *client) {
    size_t most = client->settings.max_in_flight;
    return client->pending < most ? client->pending : most;
}

static void carry_out(spreetail_call *call, const struct verdict *verdict) {
    spreetail_client *client = call->client;
    struct standing *standing = &call->standing;
    int status = call->exchange.status;
    standing->in_doubt = verdict->in_doubt;
    if (!standing->looking_up || verdict->action == VERDICT_SUCCEED)
        call->result.status = status;
    if (verdict->looked)
        tell(call, SPREETAIL_EVENT_RECONCILE, status, 0);
    if (verdict->kind != SPREETAIL_OK)
        take_error(call, verdict);
    if (verdict->counts)
        retry_budget_count(&client->budget, verdict->failed, parallel(client));
    switch (verdict->action) {
    case VERDICT_SUCCEED:
        call->result.reconciled = verdict->reconciled;
        client->stats.reconciled += verdict->reconciled;
        succeed(call);
        break;
    case VERDICT_FAIL:
        settle(call);
        break;
    case VERDICT_RENEW:
        standing->renewals++;
        requeue(call, CALL_REPEATING);
        break;
    case VERDICT_REPEAT:
        repeat(call, verdict->rule);
        break;
    case VERDICT_LOOK_UP:
        look_up(call);
        break;
    }
}

/*
 * Sending, and what comes back.
 */

void call_send(spreetail_call *call, usec now) {
    spreetail_client *client = call->client;
    usec left = call->deadline - now;
    move(call, CALL_SENDING);
    call->sent_at = now;
    call->token = token_hold(client->tokens.current);
    call->exchange.authorization = call->token->authorization;
    call->exchange.timeout = left < call->attempt_timeout ? left : call->attempt_timeout;
    client_start_exchange(client, &call->exchange);
}

void call_answered(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    struct buffer *body = &exchange->body_received;
    /* A stored order is compared as jansson's values, whoever will ask for it. */
    if (exchange->failure == EXCHANGE_COMPLETE)
        answer_begin(&call->answer, exchange->status, body->data, body->size,
                     call->standing.looking_up || !call->as_values);
    move(call, CALL_READING);
}

void call_read_answer(spreetail_call *call, size_t bytes) {
    if (!answer_continue(&call->answer, bytes)) {
        move(call, CALL_READING); /* behind the others, whose turn it is */
        return;
    }
    call->attempts += call->exchange.sent;
    client_count_exchange(call->client, &call->exchange);
    learn(call);
    struct verdict verdict = judge(&call->standing, &call->exchange, &call->answer);
    carry_out(call, &verdict);
    verdict_clear(&verdict);
}
