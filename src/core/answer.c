#include "answer.h"

#include <ctype.h>
#include <curl/curl.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "document.h"
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

static const struct spreetail_value *member(const struct answer *answer, const char *name) {
    return document_member(answer->root, name);
}

static bool is_null(const struct spreetail_value *value) {
    return document_is(value, SPREETAIL_NULL);
}

/* Whether an object that came with a 2xx leaves open whether it is a success: an envelope whose
 * `success` is neither true nor false, an `error` in no envelope. */
static bool is_ambiguous(const struct answer *answer, const struct spreetail_value *success,
                         const struct spreetail_value *data) {
    if (success)
        return success->type != SPREETAIL_TRUE && success->type != SPREETAIL_FALSE;
    const struct spreetail_value *error = member(answer, "error");
    return error && !is_null(error) && !data;
}

static void read_success(struct answer *answer) {
    const struct spreetail_value *success = member(answer, "success"),
                                 *data = member(answer, "data");
    if (is_ambiguous(answer, success, data)) {
        answer->kind = SPREETAIL_PROTOCOL;
        answer->nonsense = "an answer that is neither a success nor a failure";
    } else if (document_is(success, SPREETAIL_FALSE)) {
        answer->kind = SPREETAIL_REJECTED;
    } else if (data) {
        answer->data = is_null(data) ? NULL : data;
    } else if (!success) {
        answer->data = answer->root; /* no envelope: the whole is the data */
    }
}

static const char *first_text(const struct spreetail_value *object, const char *const *names,
                              size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *text = document_text(document_member(object, names[i]));
        if (text && *text)
            return text;
    }
    return NULL;
}

static void read_failure(struct answer *answer) {
    static const char *const names[] = {"error", "message", "title"};
    const size_t count = sizeof names / sizeof *names;
    answer->words = first_text(answer->root, names, count);
    if (!answer->words) /* {"error": {"message": "..."}} */
        answer->words = first_text(member(answer, "error"), names, count);
    answer->details = member(answer, "details");
    if (is_null(answer->details))
        answer->details = NULL;
}

/* The body is read; `fault`: or can't be. */
static void judge_root(struct answer *answer, const char *fault) {
    if (answer->kind != SPREETAIL_OK) {
        read_failure(answer);
    } else if (document_is(answer->root, SPREETAIL_OBJECT)) {
        read_success(answer);
        if (answer->kind != SPREETAIL_OK)
            read_failure(answer);
    } else if (answer->status != 204 && answer->status != 205) {
        answer->kind = SPREETAIL_PROTOCOL;
        answer->nonsense = answer->root ? "a JSON list where an object was due" : fault;
    }
}

void answer_begin(struct answer *answer, int status, char *body, size_t size, bool wants_json) {
    *answer =
        (struct answer){.status = status, .kind = kind_of_status(status), .wants_json = wants_json};
    if (answer->kind == SPREETAIL_PROTOCOL) {
        answer->nonsense = status >= 300 && status < 400 ? "a redirect, which is never followed"
                                                         : "a status that means nothing here";
        return;
    }
    if (size == 0) {
        judge_root(answer, "an empty answer");
        return;
    }
    answer->stage = ANSWER_READING;
    reader_begin(&answer->reader, body, size);
}

static const char no_memory[] = "memory ran out while it was read";

static void read_on(struct answer *answer, size_t bytes) {
    static const char *const faults[] = {
        [READER_DONE] = NULL,
        [READER_BROKEN] = "something that is not JSON",
        [READER_TOO_MUCH] = "absurdly many values for its size",
        [READER_NO_MEMORY] = no_memory,
    };
    enum reader_state state = reader_continue(&answer->reader, bytes);
    if (state == READER_GOES_ON)
        return;
    answer->stage = ANSWER_READ;
    answer->root = state == READER_DONE ? answer->reader.values : NULL;
    judge_root(answer, faults[state]);
    if (answer->wants_json && answer->data) {
        answer->stage = ANSWER_BUILDING;
        tree_begin(&answer->tree, answer->data);
    }
}

static void build_on(struct answer *answer, size_t bytes) {
    enum tree_state state = tree_continue(&answer->tree, bytes / sizeof *answer->data + 1);
    if (state == TREE_GOES_ON)
        return;
    answer->stage = ANSWER_READ;
    answer->json = answer->tree.root;
    if (state == TREE_NO_MEMORY) {
        answer->kind = SPREETAIL_PROTOCOL;
        answer->nonsense = no_memory;
        answer->data = NULL;
        answer->json = NULL;
    }
}

bool answer_continue(struct answer *answer, size_t bytes) {
    if (answer->stage == ANSWER_READING)
        read_on(answer, bytes);
    if (answer->stage == ANSWER_BUILDING)
        build_on(answer, bytes);
    return answer->stage == ANSWER_READ;
}

void answer_read(struct answer *answer, int status, char *body, size_t size) {
    answer_begin(answer, status, body, size, false);
    answer_continue(answer, SIZE_MAX);
}

bool answer_shows_cancelled(const struct answer *answer) {
    static const char *const words[] = {"cancelled", "canceled"};
    const char *status = document_text(document_member(answer->data, "Status"));
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

void answer_keep_json(struct answer *answer) {
    reader_clear(&answer->reader);
    answer->root = answer->data = answer->details = NULL;
    answer->words = NULL;
}

void answer_clear(struct answer *answer) {
    reader_clear(&answer->reader);
    tree_clear(&answer->tree);
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

/* Decodes the payload of a JWT (RFC 7519) into memory that is secret; NULL: the token is something
 * else. */
static char *jwt_payload(const char *token, size_t *size) {
    const char *start = strchr(token, '.');
    const char *end = start ? strchr(start + 1, '.') : NULL;
    if (!end)
        return NULL;
    start++;
    char *decoded = secret_alloc((size_t)(end - start) + 1);
    if (!decoded)
        return NULL;
    *size = 0;
    unsigned bits = 0, pending = 0;
    for (; start < end && base64url_digit(*start) >= 0; start++) {
        bits = (bits << 6 | (unsigned)base64url_digit(*start)) & 0xffff;
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            decoded[(*size)++] = (char)(bits >> pending & 0xff);
        }
    }
    decoded[*size] = '\0';
    return decoded;
}

/* A positive, finite number of seconds, given as a number or in digits; else 0. */
static double positive(const struct spreetail_value *value) {
    const char *text = document_text(value);
    double seconds = text ? number_of_seconds(text) : document_number(value);
    return isfinite(seconds) && seconds > 0 ? seconds : 0;
}

/* Between `iat` and `exp` of a JWT; 0 or less: it does not say. */
static double jwt_life(const char *token) {
    size_t size;
    char *payload = jwt_payload(token, &size);
    double life = 0;
    if (!payload)
        return 0;
    struct reader reader;
    reader_begin(&reader, payload, size);
    if (reader_continue(&reader, SIZE_MAX) == READER_DONE) {
        double issued = positive(document_member(reader.values, "iat"));
        life = issued > 0 ? positive(document_member(reader.values, "exp")) - issued : 0;
    }
    reader_clear(&reader);
    secret_free(payload);
    return life;
}

static double token_life(const struct spreetail_value *data, const char *token) {
    const double a_day = 24 * 60 * 60;
    double life = positive(document_member(data, "expires_in"));
    if (life == 0)
        life = jwt_life(token);
    return life > 0 ? life : a_day;
}

const char *answer_token(const struct answer *answer, size_t *size, usec *life) {
    const struct spreetail_value *value = document_member(answer->data, "access_token");
    const char *token = document_text(value);
    *size = token ? value->size : 0;
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
