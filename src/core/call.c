#include "call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "error.h"

enum { MOST_RENEWALS = 3 };

/*
 * Making one.
 */

static bool is_token(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-.^_`|~", text[i]))
            return false;
    return size > 0;
}

/* RFC 9110: visible characters, spaces and tabs. */
static bool is_header_value(const char *text) {
    for (; *text; text++)
        if (iscntrl((unsigned char)*text) && *text != '\t')
            return false;
    return true;
}

static bool is_path(const char *text) {
    if (*text != '/')
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '#')
            return false;
    return true;
}

/* Headers that are this library's, or the connection's, alone. */
static bool is_reserved(const char *line, size_t name_size) {
    static const char *const reserved[] = {
        "authorization", "proxy-authorization", "host",    "content-length",  "content-type",
        "connection",    "transfer-encoding",   "expect",  "accept-encoding", "te",
        "upgrade",       "keep-alive",          "trailer",
    };
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i]) == name_size && strncasecmp(line, reserved[i], name_size) == 0)
            return true;
    return false;
}

const char *request_fault(const struct spreetail_request *request) {
    if (!is_token(request->method, strlen(request->method)))
        return "the method must be a word such as GET";
    if (!is_path(request->path))
        return "the path must begin with '/' and be percent-encoded";
    if (request->content_type && !is_header_value(request->content_type))
        return "the content type has a control character in it";
    for (size_t i = 0; request->headers && request->headers[i]; i++) {
        const char *line = request->headers[i], *colon = strchr(line, ':');
        if (!colon || !is_token(line, (size_t)(colon - line)))
            return "a header's name is not a word";
        if (!is_header_value(colon))
            return "a header's value has a control character in it";
        if (is_reserved(line, (size_t)(colon - line)))
            return "a header is named that can't be set here (Authorization, Host, "
                   "Content-Type, ...)";
    }
    return NULL;
}

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

static bool only_reads(const char *method) {
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
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
    size += room_for(type) + sizeof type_name + request->body_size;
    if (size < request->body_size)
        return NULL;

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
        .reads = only_reads(request->method),
        .idempotent = request->idempotent || only_reads(request->method),
        .retries = request->retries < 0 ? settings->retries : (unsigned)request->retries,
        .started = client_now(client),
        .attempt_timeout =
            attempt_timeout > 0 ? usec_from_seconds(attempt_timeout) : settings->attempt_timeout,
    };
    call->deadline.due =
        call->started + (timeout > 0 ? usec_from_seconds(timeout) : settings->timeout);
    for (size_t i = 0; i < count; i++)
        headers[i] = pack(&room, request->headers[i]);
    headers[count] = NULL;
    call->exchange.method = call->method;
    call->exchange.url = pack_joined(&room, settings->base_url, request->path);
    call->exchange.content_type = type ? pack_joined(&room, type_name, type) : NULL;
    call->exchange.headers = count ? headers : NULL;
    call->exchange.connect_timeout = settings->connect_timeout;
    if (request->body) {
        call->exchange.body = memcpy(room, request->body, request->body_size);
        call->exchange.body_size = request->body_size;
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
    free(call);
    client_drop_reference(client);
}

/*
 * The lists.
 */

static struct call_list *list_of(spreetail_call *call) {
    spreetail_client *client = call->client;
    switch (call->state) {
    case CALL_QUEUED:
        return &client->queue;
    case CALL_REPEATING:
        return &client->repeats;
    case CALL_SENDING:
        return &client->sending;
    case CALL_LOGIN:
        return &client->login_waiters;
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

static void settle(spreetail_call *call) {
    spreetail_client *client = call->client;
    struct spreetail_result *result = &call->result;
    token_release(call->token);
    call->token = NULL;
    buffer_free(&call->exchange.body_received);
    result->reference = call->reference;
    result->attempts = call->attempts;
    if (call->attempts > call->renewals + 1)
        client->stats.retries += call->attempts - call->renewals - 1;
    result->elapsed = usec_to_seconds(client_now(client) - call->started);
    result->headers = call->exchange.headers_received.data;
    result->headers_size = call->exchange.headers_received.size;
    client_add_event(client, &(struct spreetail_event){
                                 .type = SPREETAIL_EVENT_CALL,
                                 .kind = result->error.kind,
                                 .method = (char *)call->method,
                                 .path = (char *)call->path,
                                 .reference = (char *)call->reference,
                                 .message = (char *)result->error.message,
                                 .status = result->status,
                                 .attempts = result->attempts,
                                 .elapsed = result->elapsed,
                             });
    timers_unset(&client->timers, &call->deadline);
    call_leave(call);
    client->pending--;
    call->state = CALL_SETTLED;
    if (call->watched)
        call_enter(call, CALL_SETTLED); /* which keeps the client's reference */
    else
        call_release(call);
}

/* What is known about the change that the call was to make, when it ends without success. */
static enum spreetail_outcome outcome_of(const spreetail_call *call) {
    if (call->reads)
        return SPREETAIL_NO_OUTCOME;
    if (call->in_doubt)
        return SPREETAIL_UNKNOWN;
    return call->attempts ? SPREETAIL_REFUSED : SPREETAIL_NOT_SENT;
}

static void describe_call(const spreetail_call *call, struct buffer *text) {
    buffer_printf(text, "%s %s", call->method, call->path);
    if (call->reference)
        buffer_printf(text, " for '%.200s'", call->reference);
    buffer_add_text(text, ": ");
}

static void set_error(spreetail_call *call, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set_error(spreetail_call *call, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set(&call->result.error, kind, format, arguments);
    va_end(arguments);
}

static void fail_with(spreetail_call *call, enum spreetail_kind kind, const char *format,
                      va_list arguments) {
    struct spreetail_error *error = &call->result.error;
    enum spreetail_outcome outcome = outcome_of(call);
    struct buffer text = {0};
    describe_call(call, &text);
    bool whole = buffer_vprintf(&text, format, arguments);
    if (outcome == SPREETAIL_UNKNOWN)
        buffer_add_text(&text, ". It may have taken effect: look before you send it again");
    set_error(call, kind, "%s", whole ? text.data : "memory ran out");
    buffer_free(&text);
    if (error->message_memory)
        client_scrub(call->client, error->message_memory);
    error->outcome = outcome;
    error->status = call->result.status;
    error->retry_after = answer_retry_after(call->exchange.headers_received.data,
                                            call->exchange.headers_received.size);
    if (call->answer.details) {
        error->details = json_incref((json_t *)call->answer.details);
        client_scrub_json(call->client, error->details);
    }
    if (outcome == SPREETAIL_UNKNOWN && !call->idempotent)
        error->retryable = false;
}

void call_fail(spreetail_call *call, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fail_with(call, kind, format, arguments);
    va_end(arguments);
    settle(call);
}

void call_succeed(spreetail_call *call) {
    call->result.data = call->answer.data;
    settle(call);
}

void call_fail_login(spreetail_call *call) {
    const struct spreetail_error *cause = &call->client->login.error;
    struct spreetail_error *error = &call->result.error;
    usec now = client_boot_now(call->client), until = call->client->tokens.refused_until;
    error_copy(error, cause);
    error->outcome = outcome_of(call);
    if (cause->kind == SPREETAIL_AUTH && until > now)
        error->retry_after = usec_to_seconds(until - now);
    settle(call);
}

/* Takes a call that is under way back from the transport; what had left may arrive. */
static void stop_sending(spreetail_call *call) {
    if (call->state != CALL_SENDING)
        return;
    spreetail_client *client = call->client;
    if (client->transport)
        client->transport->cancel(client->transport, &call->exchange);
    call->attempts += call->exchange.sent;
    call->in_doubt |= call->exchange.sent;
    client_count_exchange(client, &call->exchange);
    exchange_clear(&call->exchange);
}

void call_abort(spreetail_call *call, enum spreetail_kind kind, const char *why) {
    stop_sending(call);
    call_fail(call, kind, "%s", why);
}

void call_time_out(spreetail_call *call) {
    static const char *const doings[] = {
        [CALL_QUEUED] = "it was waiting to be sent",
        [CALL_REPEATING] = "it was waiting to be sent once more",
        [CALL_SENDING] = "it was waiting for the answer",
        [CALL_LOGIN] = "it was logging in",
    };
    const char *doing = doings[call->state];
    const struct spreetail_error *login = &call->client->login.error;
    bool waits_for_login = call->state != CALL_SENDING && login->kind != SPREETAIL_OK &&
                           call->client->tokens.failures > 0;
    double after = usec_to_seconds(call->deadline.due - call->started);
    stop_sending(call);
    call_fail(call, SPREETAIL_TIMEOUT, "no result after %g s; %s%s%s", after, doing,
              waits_for_login ? "; " : "", waits_for_login ? login->message : "");
}

/*
 * Sending, and judging what came back.
 */

void call_send(spreetail_call *call) {
    spreetail_client *client = call->client;
    usec left = call->deadline.due - client_now(client);
    call_leave(call);
    call_enter(call, CALL_SENDING);
    call->token = token_hold(client->tokens.current);
    call->exchange.authorization = call->token->authorization;
    call->exchange.timeout = left < call->attempt_timeout ? left : call->attempt_timeout;
    client->transport->start(client->transport, &call->exchange);
}

static void repeat(spreetail_call *call) {
    call_leave(call);
    token_release(call->token);
    call->token = NULL;
    exchange_clear(&call->exchange);
    call_enter(call, CALL_REPEATING);
}

/* A 401 says that the token was of no use, not that the call was. */
static void judge_unauthorized(spreetail_call *call) {
    token_reject(&call->client->tokens, call->token->generation);
    if (call->renewals++ < MOST_RENEWALS) {
        repeat(call);
        return;
    }
    call_fail(call, SPREETAIL_AUTH,
              "token refused again and again, %u new ones included (HTTP 401): %.500s",
              MOST_RENEWALS, call->answer.words ? call->answer.words : "no reason given");
}

static void judge_refusal(spreetail_call *call) {
    const struct answer *answer = &call->answer;
    int status = call->result.status;
    call->in_doubt |= answer->kind == SPREETAIL_SERVER || answer->kind == SPREETAIL_PROTOCOL;
    if (answer->kind == SPREETAIL_PROTOCOL)
        call_fail(call, answer->kind, "what came makes no sense (HTTP %d): %s", status,
                  answer->nonsense);
    else
        call_fail(call, answer->kind, "%.1000s (HTTP %d)",
                  answer->words ? answer->words : "the server gave no reason", status);
}

static void judge_answer(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    call->result.status = exchange->status;
    answer_clear(&call->answer);
    answer_read(&call->answer, exchange->status, exchange->body_received.data,
                exchange->body_received.size);
    if (call->answer.kind == SPREETAIL_OK)
        call_succeed(call);
    else if (exchange->status == 401)
        judge_unauthorized(call);
    else
        judge_refusal(call);
}

static void judge_loss(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    struct buffer text = {0};
    call->result.status = exchange->status;
    call->in_doubt |= exchange->sent;
    bool described = describe_failure(&text, exchange);
    call_fail(call, kind_of_failure(exchange->failure), "%s",
              described ? text.data : "memory ran out");
    buffer_free(&text);
}

void call_finish_exchange(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    call->attempts += exchange->sent;
    client_count_exchange(call->client, exchange);
    if (exchange->failure == EXCHANGE_COMPLETE)
        judge_answer(call);
    else
        judge_loss(call);
}
