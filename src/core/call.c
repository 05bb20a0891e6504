#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "error.h"
#include "judge.h"
#include "request.h"

/*
 * Making one.
 */

/* Copies strings one behind the other into a room that was measured before. */
static const char *pack(char **room, const char *text) {
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*room, text, size);
    *room += size;
    return copy;
}

static const char *pack_joined(char **room, const char *first, const char *second) {
    const char *start = pack(room, first);
    (*room)--;
    pack(room, second);
    return start;
}

static size_t room_for(const char *text) {
    return text ? strlen(text) + 1 : 0;
}

spreetail_call *call_new(spreetail_client *client, const struct spreetail_request *request) {
    static const char json[] = "application/json", type_name[] = "Content-Type: ";
    const struct settings *settings = &client->settings;
    const char *type = !request->body ? NULL : request->content_type ? request->content_type : json;
    size_t count = 0, size = sizeof(spreetail_call);
    while (request->headers && request->headers[count])
        size += room_for(request->headers[count++]);
    size += (count + 1) * sizeof(char *);
    size += room_for(request->method) + room_for(request->path) + room_for(request->reference);
    size += room_for(settings->base_url) + room_for(request->path);
    size += room_for(type) + sizeof type_name;
    if (request->body_size > SIZE_MAX / 4)
        return NULL;
    size += request->body_size;

    spreetail_call *call = malloc(size);
    if (!call)
        return NULL;
    const char **headers = (const char **)(call + 1);
    char *room = (char *)(headers + count + 1);
    double timeout = request->timeout, attempt_timeout = request->attempt_timeout;
    *call = (spreetail_call){
        .references = 1,
        .client = client,
        .id = ++client->last_call_id,
        .method = pack(&room, request->method),
        .path = pack(&room, request->path),
        .reference = pack(&room, request->reference),
        .reads = request_only_reads(request->method),
        .idempotent = request->idempotent || request_only_reads(request->method),
        .settling = request->reference ? request->settling : SPREETAIL_SETTLE_NOTHING,
        .from_clock = request->from_clock,
        .return_duplicate = request->return_duplicate,
        .retries = request->retries < 0 ? settings->retries : (unsigned)request->retries,
        .started = client_now(client),
        .attempt_timeout =
            attempt_timeout > 0 ? usec_from_seconds(attempt_timeout) : settings->attempt_timeout,
    };
    call->deadline = call->started + (timeout > 0 ? usec_from_seconds(timeout) : settings->timeout);
    for (size_t i = 0; i < count; i++)
        headers[i] = pack(&room, request->headers[i]);
    headers[count] = NULL;
    call->exchange.method = call->method;
    call->exchange.url = pack_joined(&room, settings->base_url, request->path);
    call->exchange.content_type = type ? pack_joined(&room, type_name, type) : NULL;
    call->exchange.headers = count ? headers : NULL;
    call->exchange.connect_timeout = settings->connect_timeout;
    if (request->body) {
        call->body = call->exchange.body = memcpy(room, request->body, request->body_size);
        call->body_size = call->exchange.body_size = request->body_size;
    }
    client_hold(client);
    return call;
}

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

/* Whether the next login has to wait for longer than the call can. One that the program asks for
 * is tried before it waits. */
static bool waits_in_vain(const spreetail_call *call) {
    const spreetail_client *client = call->client;
    const struct token_source *tokens = &client->tokens;
    usec now = client_boot_now(client);
    if (tokens->logging_in || client->login_permitted)
        return false;
    if (call->state == CALL_LOGIN ? call->login_failures == 0
                                  : token_is_usable(token_state(tokens, now)))
        return false;
    usec wait = token_next_login(tokens) - now;
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
    case CALL_LOGIN:
        return &client->login_waiters;
    case CALL_DECIDED:
        return &client->decided;
    default:
        return &client->settled;
    }
}

void call_enter(spreetail_call *call, enum call_state state) {
    call->state = state;
    TAILQ_INSERT_TAIL(list_of(call), call, link);
    if (state == CALL_QUEUED || state == CALL_REPEATING)
        call->client->queued++;
    else if (state == CALL_SENDING)
        call->client->in_flight++;
    if (state == CALL_QUEUED || state == CALL_REPEATING)
        call_give_up_waiting(call);
}

void call_leave(spreetail_call *call) {
    TAILQ_REMOVE(list_of(call), call, link);
    if (call->state == CALL_QUEUED || call->state == CALL_REPEATING)
        call->client->queued--;
    else if (call->state == CALL_SENDING)
        call->client->in_flight--;
}

/*
 * Settling.
 */

enum { MOST_DETAILS = 64 * 1024 /* bytes of an answer whose details are passed on */ };

void call_settle(spreetail_call *call) {
    spreetail_client *client = call->client;
    struct spreetail_result *result = &call->result;
    token_release(call->token);
    call->token = NULL;
    buffer_free(&call->exchange.body_received);
    result->reference = call->reference;
    result->attempts = call->attempts;
    result->elapsed = usec_to_seconds(client_now(client) - call->started);
    result->headers = call->exchange.headers_received.data;
    result->headers_size = call->exchange.headers_received.size;
    call_tell(call, SPREETAIL_EVENT_CALL, 0);
    timers_unset(&client->timers, &call->timer);
    call_leave(call);
    client->pending--;
    call->state = CALL_SETTLED;
    if (call->watched)
        call_enter(call, CALL_SETTLED); /* which keeps the client's reference */
    else
        call_release(call);
}

void call_tell(const spreetail_call *call, enum spreetail_event_type type, usec pause) {
    const struct spreetail_error *error = &call->result.error;
    usec elapsed = client_now(call->client) - call->started;
    client_add_event(call->client, &(struct spreetail_event){
                                       .type = type,
                                       .kind = error->kind,
                                       .method = (char *)call->exchange.method,
                                       .path = (char *)call->path,
                                       .reference = (char *)call->reference,
                                       .message = (char *)error->message,
                                       .status = call->result.status,
                                       .attempts = call->attempts,
                                       .elapsed = usec_to_seconds(elapsed),
                                       .pause = usec_to_seconds(pause),
                                   });
}

/* What is known about the change that the call was to make, when it ends without success. */
static enum spreetail_outcome outcome_of(const spreetail_call *call) {
    if (call->reads)
        return SPREETAIL_NO_OUTCOME;
    if (call->in_doubt)
        return SPREETAIL_UNKNOWN;
    return call->attempts ? SPREETAIL_REFUSED : SPREETAIL_NOT_SENT;
}

/* What to do about an unknown outcome. */
static const char *advice(const spreetail_call *call, enum spreetail_kind kind) {
    if (call->settling == SPREETAIL_SETTLE_DELIVERY)
        return ". It may have been announced: ask the warehouse before you send it again";
    if (call->settling == SPREETAIL_SETTLE_NOTHING)
        return call->reference
                   ? ". It may have taken effect: look with get_order before you send it again"
                   : ". It may have taken effect: look before you send it again";
    if (call->return_duplicate && kind != SPREETAIL_CONFLICT)
        return ". It may have been created; send it again: that is safe";
    return ". It may have been created: look with get_order before you send it again";
}

static void write_message(const spreetail_call *call, struct buffer *text, enum spreetail_kind kind,
                          const char *format, va_list arguments) {
    bool whole = buffer_printf(text, "%s %s", call->method, call->path);
    if (call->reference)
        whole = whole && buffer_printf(text, " for '%.200s'", call->reference);
    whole = whole && buffer_add_text(text, ": ") && buffer_vprintf(text, format, arguments);
    if (whole && outcome_of(call) == SPREETAIL_UNKNOWN)
        whole = buffer_add_text(text, advice(call, kind));
    if (!whole)
        buffer_free(text);
}

static void set_message(struct spreetail_error *error, enum spreetail_kind kind, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

static void set_message(struct spreetail_error *error, enum spreetail_kind kind, const char *format,
                        ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set(error, kind, format, arguments);
    va_end(arguments);
}

static void set_error(spreetail_call *call, enum spreetail_kind kind, const char *format,
                      va_list arguments) {
    struct spreetail_error *error = &call->result.error;
    struct buffer text = {0};
    spreetail_error_clear(error);
    write_message(call, &text, kind, format, arguments);
    set_message(error, kind, "%s", text.data ? text.data : "memory ran out");
    buffer_free(&text);
    if (error->message_memory)
        client_scrub(call->client, error->message_memory);
    error->outcome = outcome_of(call);
    if (error->outcome == SPREETAIL_UNKNOWN && !call->idempotent)
        error->retryable = false;
    error->status = call->result.status;
    error->retry_after = answer_retry_after(call->exchange.headers_received.data,
                                            call->exchange.headers_received.size);
    /* Longer ones are for nobody to read, and scrubbing them would be a long step. */
    if (call->answer.details && call->exchange.body_received.size <= MOST_DETAILS) {
        error->details = json_incref((json_t *)call->answer.details);
        client_scrub_json(call->client, error->details);
    }
}

void call_set_error(spreetail_call *call, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_error(call, kind, format, arguments);
    va_end(arguments);
}

void call_fail(spreetail_call *call, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_error(call, kind, format, arguments);
    va_end(arguments);
    call_settle(call);
}

void call_succeed(spreetail_call *call) {
    spreetail_error_clear(&call->result.error);
    call->result.data = call->answer.data;
    call->result.cancelled = answer_shows_cancelled(&call->answer);
    call_settle(call);
}

/* While an order is being looked up, the error that led there says more than what stops that. */
static bool knows_better(const spreetail_call *call) {
    return call->looking_up;
}

void call_fail_login(spreetail_call *call) {
    const struct spreetail_error *cause = &call->client->login.error;
    struct spreetail_error *error = &call->result.error;
    const struct token_source *tokens = &call->client->tokens;
    usec wait = tokens->logging_in ? 0 : token_next_login(tokens) - client_boot_now(call->client);
    if (!knows_better(call)) {
        if (outcome_of(call) == SPREETAIL_UNKNOWN) { /* which the message has to say */
            call_set_error(call, cause->kind, "%s", cause->message);
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
    call_settle(call);
}

/* Takes a call that is under way back from the transport; what had left may arrive. */
static void stop_sending(spreetail_call *call) {
    if (call->state != CALL_SENDING)
        return;
    spreetail_client *client = call->client;
    if (call->reading)
        TAILQ_REMOVE(&client->reading, &call->exchange, link);
    else
        client_cancel_exchange(client, &call->exchange);
    call->reading = false;
    call->attempts += call->exchange.sent;
    call->in_doubt |= call->exchange.sent && !call->looking_up;
    client_count_exchange(client, &call->exchange);
    exchange_clear(&call->exchange);
}

void call_abort(spreetail_call *call, enum spreetail_kind kind, const char *why) {
    stop_sending(call);
    call_fail(call, kind, "%s", why);
}

/* What a call was doing when its time ran out, and what may help. */
static bool describe_wait(struct buffer *text, const spreetail_call *call) {
    const struct token_source *tokens = &call->client->tokens;
    bool needs_login = call->state == CALL_LOGIN ||
                       token_state(tokens, client_boot_now(call->client)) == TOKEN_MISSING;
    char host[ERROR_HOST_ROOM];
    error_host(&call->exchange, host);
    if (call->state == CALL_SENDING && call->exchange.sent)
        return buffer_printf(text,
                             "it was waiting for the answer of %s: give it more timeout, or ask "
                             "whether the server is slow",
                             host);
    if (call->state == CALL_SENDING)
        return buffer_printf(text,
                             "it was connecting to %s (name look-up, TCP, TLS): check base_url and "
                             "the network",
                             host);
    if (needs_login && tokens->logging_in)
        return buffer_printf(
            text,
            "it was waiting for the login, which %s had not answered: give it more "
            "timeout, or ask whether the server is slow",
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
    if (knows_better(call))
        call_settle(call);
    else
        call_fail(call, SPREETAIL_TIMEOUT, "no result after %.3g s: %s", after,
                  described ? text.data : "memory ran out");
    buffer_free(&text);
}

void call_fire_timer(spreetail_call *call) {
    bool pausing = call->state == CALL_PAUSING;
    if (call->reading) { /* it is a matter of milliseconds */
        call_read_answer(call, SIZE_MAX);
        return;
    }
    timers_set(&call->client->timers, &call->timer, call->deadline);
    if (pausing) {
        call_leave(call);
        call_enter(call, CALL_REPEATING);
    } else if (call->deadline <= client_now(call->client)) {
        time_out(call);
    } else if (waits_in_vain(call)) {
        call_fail_login(call);
    }
}

/*
 * Sending.
 */

void call_send(spreetail_call *call) {
    spreetail_client *client = call->client;
    usec now = client_now(client), left = call->deadline - now;
    call_leave(call);
    call_enter(call, CALL_SENDING);
    call->sent_at = now;
    call->token = token_hold(client->tokens.current);
    call->exchange.authorization = call->token->authorization;
    call->exchange.timeout = left < call->attempt_timeout ? left : call->attempt_timeout;
    client_start_exchange(client, &call->exchange);
}

void call_finish_exchange(spreetail_call *call) {
    const struct exchange *exchange = &call->exchange;
    answer_clear(&call->answer);
    if (exchange->failure == EXCHANGE_COMPLETE)
        answer_begin(&call->answer, exchange->status, exchange->body_received.data,
                     exchange->body_received.size);
    TAILQ_INSERT_TAIL(&call->client->reading, &call->exchange, link);
    call->reading = true;
}

void call_read_answer(spreetail_call *call, size_t bytes) {
    TAILQ_REMOVE(&call->client->reading, &call->exchange, link);
    if (!answer_continue(&call->answer, bytes)) {
        TAILQ_INSERT_TAIL(&call->client->reading, &call->exchange, link); /* the others' turn */
        return;
    }
    call->reading = false;
    call->attempts += call->exchange.sent;
    client_count_exchange(call->client, &call->exchange);
    judge_exchange(call);
}
