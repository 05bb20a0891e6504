#include "token.h"

#include <stdlib.h>
#include <string.h>

#include "secret.h"

static const usec refusal_memory = 60 * USEC_PER_SEC;

enum token_state token_state(const struct token_source *source, usec now) {
    if (source->current && now < source->current->expires_at)
        return now < source->current->renew_at ? TOKEN_GOOD : TOKEN_AGEING;
    return !source->logging_in && now < source->refused_until ? TOKEN_REFUSED : TOKEN_MISSING;
}

bool token_is_usable(enum token_state state) {
    return state == TOKEN_GOOD || state == TOKEN_AGEING;
}

bool token_is_sendable(const char *value, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (value[i] <= ' ' || value[i] > '~')
            return false;
    return size > 0 && size <= TOKEN_MOST;
}

usec token_next_login(const struct token_source *source) {
    if (source->logging_in)
        return USEC_NEVER;
    return source->next_login_at > source->refused_until ? source->next_login_at
                                                         : source->refused_until;
}

void token_login_sent(struct token_source *source, usec now) {
    source->logging_in = true;
    source->sent_at = now;
}

static bool keep(struct token_source *source, const char *value, size_t size, usec sent_at,
                 usec life, bool ours) {
    static const char prefix[] = "Authorization: Bearer ";
    const size_t prefix_size = sizeof prefix - 1;
    struct token *token = calloc(1, sizeof *token);
    char *line = secret_alloc(prefix_size + size + 1);
    if (!token || !line) {
        free(token);
        secret_free(line);
        return false;
    }
    memcpy(line, prefix, prefix_size);
    memcpy(line + prefix_size, value, size);

    usec margin = source->margin < life / 5 ? source->margin : life / 5;
    margin -= (usec)((double)margin * source->jitter / 4);
    *token = (struct token){
        .references = 1,
        .generation = ++source->generation,
        .ours = ours,
        .authorization = line,
        .value = line + prefix_size,
        .value_size = size,
        .sent_at = sent_at,
        .renew_at = sent_at + life - margin,
        .expires_at = sent_at + life,
    };
    LIST_INSERT_HEAD(&source->live, token, link);
    token_release(source->current);
    source->current = token;
    source->failures = 0;
    source->next_login_at = source->refused_until = 0;
    return true;
}

bool token_accept(struct token_source *source, const char *value, size_t size, usec life) {
    if (!keep(source, value, size, source->sent_at, life, true))
        return false;
    source->logging_in = false;
    source->misled = 0;
    return true;
}

bool token_trusts_others(const struct token_source *source) {
    return source->misled < 2;
}

bool token_is_worth_a_try(const struct token_source *source, usec sent_at) {
    const struct token *rejected = source->rejected;
    return token_trusts_others(source) && (!rejected || sent_at > rejected->sent_at);
}

bool token_adopt(struct token_source *source, const char *value, size_t size, usec sent_at,
                 usec life) {
    return keep(source, value, size, sent_at, life, false);
}

void token_failed(struct token_source *source, usec now, usec pause) {
    source->logging_in = false;
    source->failures++;
    source->next_login_at = now + pause;
}

void token_refused(struct token_source *source, usec now) {
    source->logging_in = false;
    source->failures++;
    source->refused_until = now + refusal_memory;
}

void token_serve(struct token_source *source, struct token *token) {
    token->served = true;
    source->wasted = 0;
}

bool token_reject(struct token_source *source, uint64_t generation) {
    struct token *token = source->current;
    if (!token || token->generation != generation)
        return false;
    token_release(source->rejected);
    source->rejected = token;
    source->current = NULL;
    source->misled += !token->ours;
    if (!token->ours || token->served)
        return false;
    source->wasted++;
    return true;
}

void token_delay(struct token_source *source, usec now, usec pause) {
    source->next_login_at = now + pause;
}

struct token *token_hold(struct token *token) {
    token->references++;
    return token;
}

/* nghttp2 copies a request's header fields into one block, and frees it unwiped. Beside the token
 * it holds what calls need: so much at least, and seldom more than that. */
static void wipe_sent_copies(const struct token *token) {
    const size_t least = 448, most = 1472;
    secret_wipe_freed(token->value_size + least, token->value_size + most);
}

void token_release(struct token *token) {
    if (!token || --token->references)
        return;
    LIST_REMOVE(token, link);
    secret_free(token->authorization);
    wipe_sent_copies(token);
    free(token);
}

void token_source_clear(struct token_source *source) {
    token_release(source->current);
    token_release(source->rejected);
    source->current = source->rejected = NULL;
}
