#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is wrong with one.
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

/* Whether it stays what it is as a segment of a path. */
static bool is_segment(const char *text) {
    return *text != '\0' && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

const char *request_fault(const struct spreetail_request *request) {
    if (!is_token(request->method, strlen(request->method)))
        return "the method must be a word such as GET";
    if (!is_path(request->path))
        return "the path must begin with '/' and be percent-encoded";
    if (request->settling == SPREETAIL_SETTLE_ORDER && request->reference &&
        !is_segment(request->reference))
        return "an order can't be looked up by this reference: it must not be empty, '.' or '..'";
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

/*
 * Making a call of it.
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

static bool only_reads(const char *method) {
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}

static struct standing standing_of(const struct spreetail_request *request,
                                   const struct settings *settings) {
    bool reads = only_reads(request->method);
    return (struct standing){
        .settling = request->reference ? request->settling : SPREETAIL_SETTLE_NOTHING,
        .reads = reads,
        .idempotent = request->idempotent || reads,
        .from_clock = request->from_clock,
        .return_duplicate = request->return_duplicate,
        .retries = request->retries < 0 ? settings->retries : (unsigned)request->retries,
    };
}

static size_t count_lines(const char *const *lines) {
    size_t count = 0;
    while (lines && lines[count])
        count++;
    return count;
}

static const char type_name[] = "Content-Type: ";

/* Of the body; NULL: there is none. */
static const char *media_type(const struct spreetail_request *request) {
    if (!request->body)
        return NULL;
    return request->content_type ? request->content_type : "application/json";
}

/* What a call takes, with all that is packed behind it; 0: more than there is. */
static size_t size_of_call(const spreetail_client *client,
                           const struct spreetail_request *request) {
    size_t lines = count_lines(request->headers);
    size_t size = sizeof(spreetail_call) + (lines + 1) * sizeof(char *);
    for (size_t i = 0; i < lines; i++)
        size += room_for(request->headers[i]);
    size += room_for(request->method) + room_for(request->path) + room_for(request->reference);
    size += room_for(client->settings.base_url) + room_for(request->path);
    size += room_for(media_type(request)) + sizeof type_name;
    return request->body_size > SIZE_MAX / 4 ? 0 : size + request->body_size;
}

/* The call's first exchange. */
static void pack_exchange(spreetail_call *call, const struct spreetail_request *request,
                          const char **headers, char *room) {
    const struct settings *settings = &call->client->settings;
    const char *type = media_type(request);
    size_t lines = count_lines(request->headers);
    for (size_t i = 0; i < lines; i++)
        headers[i] = pack(&room, request->headers[i]);
    headers[lines] = NULL;
    call->exchange = (struct exchange){
        .method = call->method,
        .url = pack_joined(&room, settings->base_url, request->path),
        .content_type = type ? pack_joined(&room, type_name, type) : NULL,
        .headers = lines ? headers : NULL,
        .connect_timeout = settings->connect_timeout,
    };
    if (request->body) {
        call->exchange.body = memcpy(room, request->body, request->body_size);
        call->exchange.body_size = request->body_size;
    }
}

static spreetail_call *make_call(spreetail_client *client,
                                 const struct spreetail_request *request) {
    const struct settings *settings = &client->settings;
    size_t size = size_of_call(client, request);
    spreetail_call *call = size ? malloc(size) : NULL;
    if (!call)
        return NULL;
    const char **headers = (const char **)(call + 1);
    char *room = (char *)(headers + count_lines(request->headers) + 1);
    double timeout = request->timeout, attempt_timeout = request->attempt_timeout;
    *call = (spreetail_call){
        .references = 1,
        .client = client,
        .id = ++client->last_call_id,
        .method = pack(&room, request->method),
        .path = pack(&room, request->path),
        .standing = standing_of(request, settings),
        .as_values = request->as_values,
        .started = client_now(client),
        .attempt_timeout =
            attempt_timeout > 0 ? usec_from_seconds(attempt_timeout) : settings->attempt_timeout,
    };
    call->deadline = call->started + (timeout > 0 ? usec_from_seconds(timeout) : settings->timeout);
    call->standing.reference = pack(&room, request->reference);
    pack_exchange(call, request, headers, room);
    call->standing.body = request->body ? call->exchange.body : "";
    call->standing.body_size = call->exchange.body_size;
    client_hold(client);
    return call;
}

spreetail_call *request_start(spreetail_client *client, const struct spreetail_request *request,
                              enum call_state state) {
    if (!timers_reserve(&client->timers, client->pending + 1))
        return NULL;
    spreetail_call *call = make_call(client, request);
    if (!call)
        return NULL;
    call->standing.reads |= state == CALL_LOGIN;
    call_admit(call, state);
    if (client->closed)
        call_abort(call, SPREETAIL_CLOSED, "the client was closed before: make a new one");
    return call;
}
