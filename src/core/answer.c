#include "answer.h"

#include <ctype.h>
#include <curl/curl.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "number.h"
#include "secret.h"
#include "token.h"

static enum spreetail_kind kind_of_status(int status) {
    switch (status) {
    case 408: /* these speak of the connection, not of what was asked for */
    case 421:
    case 425:
    case 460: /* what nginx calls 499, as Amazon's load balancers do */
    case 499:
        return SPREETAIL_SERVER;
    case 401:
        return SPREETAIL_AUTH;
    case 403:
        return SPREETAIL_FORBIDDEN;
    case 404:
        return SPREETAIL_NOT_FOUND;
    case 409:
        return SPREETAIL_CONFLICT;
    case 429:
        return SPREETAIL_RATE_LIMIT;
    }
    if (status >= 200 && status < 300)
        return SPREETAIL_OK;
    if (status >= 400 && status < 500)
        return SPREETAIL_REJECTED;
    if (status >= 500 && status < 600)
        return SPREETAIL_SERVER;
    return SPREETAIL_PROTOCOL;
}

/* Whether an object that came with a 2xx leaves open whether it is a success: an envelope whose
 * `success` is neither true nor false, an `error` in no envelope. */
static bool is_ambiguous(const json_t *root) {
    const json_t *success = json_object_get(root, "success");
    const json_t *error = json_object_get(root, "error");
    if (success)
        return !json_is_boolean(success);
    return error && !json_is_null(error) && !json_object_get(root, "data");
}

static void read_success(struct answer *answer) {
    const json_t *success = json_object_get(answer->root, "success");
    if (is_ambiguous(answer->root)) {
        answer->kind = SPREETAIL_PROTOCOL;
        answer->nonsense = "an answer that is neither a success nor a failure";
        return;
    }
    if (json_is_false(success)) {
        answer->kind = SPREETAIL_REJECTED;
        return;
    }
    const json_t *data = json_object_get(answer->root, "data");
    if (data)
        answer->data = json_is_null(data) ? NULL : data;
    else if (!success)
        answer->data = answer->root; /* no envelope: the whole is the data */
}

static const char *first_string(const json_t *object, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_object_get(object, names[i]));
        if (text && *text)
            return text;
    }
    return NULL;
}

static void read_failure(struct answer *answer) {
    static const char *const names[] = {"error", "message", "title"};
    const size_t count = sizeof names / sizeof *names;
    answer->words = first_string(answer->root, names, count);
    if (!answer->words) /* {"error": {"message": "..."}} */
        answer->words = first_string(json_object_get(answer->root, "error"), names, count);
    answer->details = json_object_get(answer->root, "details");
    if (json_is_null(answer->details))
        answer->details = NULL;
}

/* The body is read; `fault`: or can't be. */
static void judge_root(struct answer *answer, const char *fault) {
    if (answer->kind != SPREETAIL_OK) {
        read_failure(answer);
    } else if (json_is_object(answer->root)) {
        read_success(answer);
        if (answer->kind != SPREETAIL_OK)
            read_failure(answer);
    } else if (answer->status != 204 && answer->status != 205) {
        answer->kind = SPREETAIL_PROTOCOL;
        answer->nonsense = answer->root ? "a JSON list where an object was due" : fault;
    }
}

void answer_begin(struct answer *answer, int status, const char *body, size_t size) {
    *answer = (struct answer){.status = status, .kind = kind_of_status(status)};
    if (answer->kind == SPREETAIL_PROTOCOL) {
        answer->nonsense = status >= 300 && status < 400 ? "a redirect, which is never followed"
                                                         : "a status that means nothing here";
        return;
    }
    answer->reading = size > 0;
    if (size)
        reader_begin(&answer->reader, body, size);
    else
        judge_root(answer, "an empty answer");
}

bool answer_continue(struct answer *answer, size_t bytes) {
    static const char *const faults[] = {
        [READER_DONE] = NULL,
        [READER_BROKEN] = "something that is not JSON",
        [READER_TOO_MUCH] = "absurdly many values for its size",
        [READER_NO_MEMORY] = "memory ran out while it was read",
    };
    if (!answer->reading)
        return true;
    enum reader_state state = reader_continue(&answer->reader, bytes);
    if (state == READER_GOES_ON)
        return false;
    answer->root = reader_take(&answer->reader);
    answer->reading = false;
    reader_clear(&answer->reader);
    judge_root(answer, faults[state]);
    return true;
}

void answer_read(struct answer *answer, int status, const char *body, size_t size) {
    answer_begin(answer, status, body, size);
    answer_continue(answer, SIZE_MAX);
}

bool answer_shows_cancelled(const struct answer *answer) {
    static const char *const words[] = {"cancelled", "canceled"};
    const char *status = json_string_value(json_object_get(answer->data, "Status"));
    if (!status)
        return false;
    status += strspn(status, " \t\r\n");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);
        if (strncasecmp(status, words[i], size) == 0 && !isalpha((unsigned char)status[size]))
            return true;
    }
    return false;
}

void answer_clear(struct answer *answer) {
    if (answer->reading)
        reader_clear(&answer->reader);
    json_decref(answer->root);
    *answer = (struct answer){0};
}

/*
 * The login's answer.
 */

static int base64url_digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *digit = c ? strchr(digits, c) : NULL;
    return digit ? (int)(digit - digits) : -1;
}

/* The payload of a JWT (RFC 7519), or NULL when the token is something else. */
static json_t *jwt_payload(const char *token) {
    const char *start = strchr(token, '.');
    const char *end = start ? strchr(start + 1, '.') : NULL;
    if (!end)
        return NULL;
    start++;
    char *decoded = secret_alloc((size_t)(end - start));
    if (!decoded)
        return NULL;
    size_t size = 0;
    unsigned bits = 0, pending = 0;
    for (; start < end && base64url_digit(*start) >= 0; start++) {
        bits = (bits << 6 | (unsigned)base64url_digit(*start)) & 0xffff;
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            decoded[size++] = (char)(bits >> pending & 0xff);
        }
    }
    json_t *payload = reader_read(decoded, size);
    secret_free(decoded);
    return payload;
}

/* A positive, finite number of seconds, given as a number or in digits; else 0. */
static double positive(const json_t *value) {
    double seconds = json_is_string(value) ? number_of_seconds(json_string_value(value))
                                           : json_number_value(value);
    return isfinite(seconds) && seconds > 0 ? seconds : 0;
}

static double token_life(const json_t *data, const char *token) {
    const double a_day = 24 * 60 * 60;
    double life = positive(json_object_get(data, "expires_in"));
    if (life == 0) {
        json_t *payload = jwt_payload(token);
        double issued = positive(json_object_get(payload, "iat"));
        if (issued > 0)
            life = positive(json_object_get(payload, "exp")) - issued;
        json_decref(payload);
    }
    return life > 0 ? life : a_day;
}

const char *answer_token(const struct answer *answer, size_t *size, usec *life) {
    const json_t *value = json_object_get(answer->data, "access_token");
    const char *token = json_string_value(value);
    *size = json_string_length(value);
    if (!token_is_sendable(token, *size))
        return NULL;
    *life = usec_from_seconds(token_life(answer->data, token));
    return token;
}

/*
 * Headers.
 */

const char *answer_header(const char *headers, size_t size, const char *name) {
    size_t at = 0;
    while (at < size) {
        const char *key = headers + at;
        at += strlen(key) + 1;
        if (at >= size)
            break;
        const char *value = headers + at;
        if (strcmp(key, name) == 0)
            return value;
        at += strlen(value) + 1;
    }
    return NULL;
}

double answer_retry_after(const char *headers, size_t size) {
    const char *value = answer_header(headers, size, "retry-after");
    if (!value)
        return -1;
    double seconds = number_of_seconds(value);
    if (seconds >= 0)
        return isfinite(seconds) ? seconds : -1;
    /* A date; the server's own clock, told by its Date, is the one that it is about. */
    const char *date = answer_header(headers, size, "date");
    time_t then = curl_getdate(value, NULL), now = date ? curl_getdate(date, NULL) : -1;
    if (then < 0)
        return -1;
    seconds = difftime(then, now >= 0 ? now : time(NULL));
    return seconds > 0 ? seconds : 0;
}
