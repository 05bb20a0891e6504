#include "scrub.h"

#include <stdlib.h>
#include <string.h>

#include "secret.h"

static size_t scrub_token(char *text, size_t size, const struct token *token) {
    return token ? scrub_secret(text, size, token->value, token->value_size) : size;
}

static size_t scrub(const spreetail_client *client, char *text, size_t size) {
    const struct token *current = client->tokens.current, *last = current;
    const spreetail_call *call;
    size = scrub_secret(text, size, client->settings.client_secret,
                        client->settings.client_secret_size);
    const char *proxy_password = client->settings.transport.proxy.password;
    size = scrub_secret(text, size, proxy_password, proxy_password ? strlen(proxy_password) : 0);
    size = scrub_token(text, size, current);
    /* What is answered now may have been sent with a token that was replaced or refused since. */
    TAILQ_FOREACH (call, &client->sending, link) {
        if (call->token != current && call->token != last)
            size = scrub_token(text, size, call->token);
        last = call->token;
    }
    return scrub_tokens(text, size);
}

void client_scrub(const spreetail_client *client, char *text) {
    text[scrub(client, text, strlen(text))] = '\0';
}

/* Renames the key if there is a secret in it, or removes it when memory runs out. */
static void scrub_key(const spreetail_client *client, json_t *object, const char *key,
                      json_t *child) {
    char *copy = strdup(key);
    if (copy)
        client_scrub(client, copy);
    if (!copy || strcmp(copy, key) != 0) {
        if (copy)
            json_object_set(object, copy, child);
        json_object_del(object, key);
    }
    free(copy);
}

void client_scrub_json(const spreetail_client *client, json_t *value) {
    size_t index;
    const char *key;
    json_t *child;
    void *next;
    if (json_is_string(value)) {
        char *text = (char *)json_string_value(value);
        size_t size = json_string_length(value), left = scrub(client, text, size);
        memset(text + left, ' ', size - left); /* it can only have become shorter */
    } else if (json_is_array(value)) {
        json_array_foreach (value, index, child)
            client_scrub_json(client, child);
    } else if (json_is_object(value)) {
        json_object_foreach_safe (value, next, key, child) {
            client_scrub_json(client, child);
            scrub_key(client, value, key, child);
        }
    }
}
