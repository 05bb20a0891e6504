#include "scrub.h"

#include <stdlib.h>
#include <string.h>

static const char mask[] = "***";

/* Puts the mask at `to` instead of the `removed` bytes there; returns how many bytes it has. */
static size_t put_mask(char *to, size_t removed) {
    size_t size = sizeof mask - 1 < removed ? sizeof mask - 1 : removed;
    memcpy(to, mask, size);
    return size;
}

/* How many bytes stand for the character `c` at `at` within a JSON string; 0: another one does. */
static size_t escaped_length(const char *at, const char *end, char c) {
    if (*at != '\\')
        return *at == c;
    if (end - at >= 2 && at[1] == c && strchr("\"\\/", c))
        return 2;
    char digits[5] = "";
    if (end - at < 6 || at[1] != 'u')
        return 0;
    memcpy(digits, at + 2, 4);
    char *stop;
    return strtoul(digits, &stop, 16) == (unsigned char)c && *stop == '\0' ? 6 : 0;
}

/* How many bytes of the text at `at` are the secret, or the beginning of it if enough to tell. */
static size_t secret_length(const char *at, const char *end, const char *secret, size_t secret_size,
                            bool escaped) {
    const size_t telling = 8;
    const char *from = at;
    size_t matched = 0;
    while (matched < secret_size && at < end) {
        size_t length = escaped ? escaped_length(at, end, secret[matched]) : *at == secret[matched];
        if (length == 0)
            break;
        at += length;
        matched++;
    }
    if (matched < secret_size && matched < telling)
        return 0;
    while (at < end && (*at & 0xc0) == 0x80)
        at++; /* the rest of a character of UTF-8 */
    return (size_t)(at - from);
}

size_t scrub_secret(char *text, size_t size, const char *secret, size_t secret_size) {
    char *from = text, *to = text, *end = text + size;
    if (!secret || secret_size == 0)
        return size;
    while (from < end) {
        size_t plain = secret_length(from, end, secret, secret_size, false);
        size_t escaped = secret_length(from, end, secret, secret_size, true);
        size_t length = plain > escaped ? plain : escaped;
        if (length == 0) {
            *to++ = *from++;
            continue;
        }
        to += put_mask(to, length);
        from += length;
    }
    return (size_t)(to - text);
}

/* The characters of RFC 6750's b64token. */
static bool is_token_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~+/=", c));
}

static size_t token_length(const char *text, const char *end) {
    const char *at = text;
    while (at < end && is_token_character(*at))
        at++;
    return (size_t)(at - text);
}

/* How much of the text at `at` announces a token or credentials. */
static size_t announcement_length(const char *at, size_t left) {
    static const char *const announcements[] = {"bearer ", "authorization: basic "};
    for (size_t i = 0; i < sizeof announcements / sizeof *announcements; i++) {
        size_t size = strlen(announcements[i]);
        if (left >= size && strncasecmp(at, announcements[i], size) == 0)
            return size;
    }
    return 0;
}

size_t scrub_tokens(char *text, size_t size) {
    static const char jwt[] = "eyJ"; /* a JSON object in base64 */
    const size_t shortest_jwt = 16;
    char *from = text, *to = text, *end = text + size;
    while (from < end) {
        size_t left = (size_t)(end - from), keep = announcement_length(from, left), length = 0;
        if (keep) {
            length = token_length(from + keep, end);
        } else if (left >= shortest_jwt && memcmp(from, jwt, sizeof jwt - 1) == 0) {
            length = token_length(from, end);
            if (length < shortest_jwt)
                length = 0;
        }
        if (length == 0) {
            *to++ = *from++;
            continue;
        }
        memmove(to, from, keep);
        to += keep;
        to += put_mask(to, length);
        from += keep + length;
    }
    return (size_t)(to - text);
}

/*
 * All that a client has to hide.
 */

static size_t scrub(const struct settings *settings, const struct token_source *tokens, char *text,
                    size_t size) {
    const char *proxy_password = settings->transport.proxy.password;
    const struct token *token;
    size = scrub_secret(text, size, settings->client_secret, settings->client_secret_size);
    size = scrub_secret(text, size, proxy_password, proxy_password ? strlen(proxy_password) : 0);
    /* What is answered now may have been sent with a token that was replaced or refused since. */
    LIST_FOREACH (token, &tokens->live, link)
        size = scrub_secret(text, size, token->value, token->value_size);
    return scrub_tokens(text, size);
}

void scrub_text(const struct settings *settings, const struct token_source *tokens, char *text) {
    text[scrub(settings, tokens, text, strlen(text))] = '\0';
}

/* Renames the key if there is a secret in it, or removes it when memory runs out. */
static void scrub_key(const struct settings *settings, const struct token_source *tokens,
                      json_t *object, const char *key, size_t size, json_t *child) {
    char *copy = malloc(size + 1); /* there may be a NUL in it */
    size_t left = copy ? scrub(settings, tokens, memcpy(copy, key, size), size) : 0;
    if (!copy || left != size || memcmp(copy, key, size) != 0) {
        if (copy)
            json_object_setn_nocheck(object, copy, left, child);
        json_object_deln(object, key, size);
    }
    free(copy);
}

void scrub_json(const struct settings *settings, const struct token_source *tokens, json_t *value) {
    size_t index, size;
    const char *key;
    json_t *child;
    void *next;
    if (json_is_string(value)) {
        char *text = (char *)json_string_value(value);
        size = json_string_length(value);
        size_t left = scrub(settings, tokens, text, size);
        memset(text + left, ' ', size - left); /* it can only have become shorter */
    } else if (json_is_array(value)) {
        json_array_foreach (value, index, child)
            scrub_json(settings, tokens, child);
    } else if (json_is_object(value)) {
        json_object_keylen_foreach_safe(value, next, key, size, child) {
            scrub_json(settings, tokens, child);
            scrub_key(settings, tokens, value, key, size, child);
        }
    }
}
