/* share.c: tokens from elsewhere, and for elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "seal.h"
#include "secret.h"

/* What is sealed: when the login was sent and how long its token lives, on the wall clock, which is
 * the one that processes share; then the token. */
struct shared_token {
    usec sent_at, life;
    char value[];
};

static usec wall_now(const spreetail_client *client) {
    return client->platform.clock->wall(client->platform.clock->context);
}

static bool derive(const spreetail_client *client, const char *purpose, unsigned char *bytes,
                   size_t size) {
    const struct settings *settings = &client->settings;
    const struct seal_identity identity = {
        .secret = settings->client_secret,
        .secret_size = settings->client_secret_size,
        .base_url = settings->base_url,
        .client_id = settings->client_id,
    };
    return settings->client_secret && seal_derive(&identity, purpose, bytes, size);
}

static bool is_token(const struct token *token, const char *value, size_t size) {
    return token && token->value_size == size && memcmp(token->value, value, size) == 0;
}

static bool adopt(spreetail_client *client, const struct shared_token *shared, size_t size) {
    struct token_source *tokens = &client->tokens;
    usec now = client_boot_now(client), age = wall_now(client) - shared->sent_at;
    if (age < 0) /* clocks that differ a little, or one that was set back */
        age = 0;
    if (shared->life <= age || !token_is_sendable(shared->value, size) ||
        !token_is_worth_a_try(tokens, now - age) ||
        is_token(tokens->current, shared->value, size) ||
        is_token(tokens->rejected, shared->value, size))
        return false;
    usec expires_at = now - age + shared->life;
    if (tokens->current && tokens->current->expires_at >= expires_at)
        return false;
    return token_adopt(tokens, shared->value, size, now - age, shared->life);
}

bool spreetail_offer_token(spreetail_client *client, const void *sealed, size_t size) {
    unsigned char key[SEAL_KEY_SIZE];
    const size_t least = SEAL_OVERHEAD + sizeof(struct shared_token) + 1;
    if (client->closed || size < least || size > least + TOKEN_MOST)
        return false;
    struct shared_token *shared = secret_alloc(size);
    bool adopted = shared && derive(client, "seal", key, sizeof key) &&
                   unseal(key, sealed, size, shared) &&
                   adopt(client, shared, size - SEAL_OVERHEAD - sizeof *shared);
    explicit_bzero(key, sizeof key);
    secret_free(shared);
    if (adopted)
        client->token_wanted = false;
    return adopted;
}

size_t spreetail_seal_token(const spreetail_client *client, void *sealed, size_t room,
                            double *life) {
    const struct token *token = client->tokens.current;
    unsigned char key[SEAL_KEY_SIZE];
    usec now = client_boot_now(client);
    if (!token || token->expires_at <= now)
        return 0;
    size_t size = sizeof(struct shared_token) + token->value_size;
    struct shared_token *shared = size + SEAL_OVERHEAD <= room ? secret_alloc(size) : NULL;
    if (!shared)
        return 0;
    shared->sent_at = wall_now(client) - (now - token->sent_at);
    shared->life = token->expires_at - token->sent_at;
    memcpy(shared->value, token->value, token->value_size);
    bool done = derive(client, "seal", key, sizeof key) && seal(key, shared, size, sealed);
    explicit_bzero(key, sizeof key);
    secret_free(shared);
    *life = usec_to_seconds(token->expires_at - now);
    return done ? size + SEAL_OVERHEAD : 0;
}

void spreetail_permit_login(spreetail_client *client) {
    client->token_wanted = false;
    client->login_permitted = true;
}

bool spreetail_logging_in(const spreetail_client *client) {
    return client->tokens.logging_in || client->login_permitted;
}

uint64_t spreetail_token_generation(const spreetail_client *client) {
    return client->tokens.generation;
}

bool spreetail_store_key(const spreetail_client *client, char key[SPREETAIL_STORE_KEY_SIZE + 1]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[SPREETAIL_STORE_KEY_SIZE / 2];
    if (!derive(client, "store key", bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        key[2 * i] = digits[bytes[i] >> 4];
        key[2 * i + 1] = digits[bytes[i] & 15];
    }
    key[SPREETAIL_STORE_KEY_SIZE] = '\0';
    return true;
}
