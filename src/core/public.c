/* public.c: the public face: each function a few lines over what is below. */
#include "spreetail.h"

#include <string.h>
#include <unistd.h>

#include "call.h"
#include "client.h"
#include "curl.h"
#include "login.h"
#include "poller.h"
#include "process.h"
#include "request.h"
#include "seal.h"
#include "secret.h"
#include "step.h"

/*
 * Life cycle.
 */

static struct transport *open_curl(void *context, const struct transport_settings *settings) {
    (void)context;
    return curl_open(settings);
}

spreetail_client *spreetail_open(const struct spreetail_options *options,
                                 struct spreetail_error *error) {
    struct platform platform = {
        .clock = &system_clock, .open_transport = open_curl, .random = random_seeded()};
    spreetail_client *client = client_open(options, platform, error);
    if (client && !settings_read_trust(&client->settings, error)) {
        spreetail_release(client);
        return NULL;
    }
    return client;
}

/* Notices that this is a child of the process which sent what is under way, and leaves that to the
 * parent. */
static void notice_fork(spreetail_client *client) {
    uint64_t process = process_number();
    if (client->process == process)
        return;
    client->process = process;
    client->platform.random = random_seeded();
    client->tokens.jitter = random_unit(&client->platform.random);
    if (client->transport)
        client->transport->abandon(client->transport);
    client->transport = NULL;
    calls_abort(client, "it is the parent process's: this one is a child, forked meanwhile", true);
    login_stop(client);
}

void spreetail_close(spreetail_client *client) {
    notice_fork(client);
    if (client->closed)
        return;
    client->closed = true;
    calls_abort(client, "the client was closed meanwhile: make a new one", false);
    login_clear(client);
    client_close_transport(client);
    token_source_clear(&client->tokens);
    settings_forget_credentials(&client->settings);
}

void spreetail_release(spreetail_client *client) {
    spreetail_close(client);
    client->released = true;
    while (calls_next_settled(client))
        continue;
    client_drop_reference(client);
}

/*
 * Calls.
 */

spreetail_call *spreetail_start(spreetail_client *client, const struct spreetail_request *request) {
    notice_fork(client);
    spreetail_call *call = request_start(client, request, CALL_QUEUED);
    const char *fault = request_fault(request);
    if (call && fault && call->state != CALL_SETTLED)
        call_fail(call, SPREETAIL_VALIDATION, "%s", fault);
    return call;
}

spreetail_call *spreetail_login(spreetail_client *client, double timeout, double attempt_timeout,
                                int retries) {
    notice_fork(client);
    const struct spreetail_request request = {
        .method = "POST",
        .path = "/auth/login",
        .timeout = timeout,
        .attempt_timeout = attempt_timeout,
        .retries = retries,
        .idempotent = true,
    };
    return request_start(client, &request, CALL_LOGIN);
}

void spreetail_cancel(spreetail_call *call) {
    notice_fork(call->client);
    if (call->state != CALL_SETTLED)
        call_abort(call, SPREETAIL_CANCELLED, "cancelled by the program");
}

void spreetail_drop(spreetail_call *call) {
    call_release(call);
}

bool spreetail_done(const spreetail_call *call) {
    notice_fork(call->client);
    return call->state == CALL_SETTLED;
}

const struct spreetail_result *spreetail_result(const spreetail_call *call) {
    return spreetail_done(call) ? &call->result : NULL;
}

uint64_t spreetail_call_id(const spreetail_call *call) {
    return call->id;
}

void spreetail_watch(spreetail_call *call) {
    call_watch(call);
}

uint64_t spreetail_next_settled(spreetail_client *client) {
    return calls_next_settled(client);
}

/*
 * For whoever drives.
 */

size_t spreetail_step(spreetail_client *client) {
    notice_fork(client);
    step(client);
    return client->pending;
}

size_t spreetail_pending(const spreetail_client *client) {
    return client->pending;
}

int spreetail_pollfd(spreetail_client *client) {
    notice_fork(client);
    if (client->closed || !client_open_transport(client))
        return -1;
    return client->transport->pollfd(client->transport);
}

double spreetail_next_timeout(spreetail_client *client) {
    notice_fork(client);
    usec due = step_due(client);
    if (due == 0 || due == USEC_NEVER)
        return due == 0 ? 0 : -1;
    usec now = client_now(client);
    return due > now ? usec_to_seconds(due - now) : 0;
}

void spreetail_wait(spreetail_client *client, double seconds) {
    double timeout = spreetail_next_timeout(client);
    if (timeout < 0 || timeout > seconds)
        timeout = seconds;
    if (timeout > 0)
        poller_wait(spreetail_pollfd(client), timeout);
}

bool spreetail_next_event(spreetail_client *client, struct spreetail_event *event) {
    return event_queue_take(&client->events, event);
}

void spreetail_stats(const spreetail_client *client, struct spreetail_stats *stats) {
    *stats = client->stats;
    stats->events_dropped = client->events.dropped;
    stats->queued = client->queued;
    stats->in_flight = client->in_flight;
    stats->in_flight_limit = flow_limit(&client->flow);
}

bool spreetail_has_news(const spreetail_client *client) {
    return client_has_news(client);
}

bool spreetail_wipes_libcurl(void) {
    return secret_libcurl_wipes();
}

/*
 * Tokens from elsewhere, and for elsewhere.
 */

bool spreetail_wants_token(const spreetail_client *client) {
    return !client->closed && client->token_wanted && !spreetail_logging_in(client) &&
           token_state(&client->tokens, client_boot_now(client)) != TOKEN_GOOD;
}

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

static bool is_same_token(const struct token *token, const char *value, size_t size) {
    return token && token->value_size == size && memcmp(token->value, value, size) == 0;
}

static bool adopt(spreetail_client *client, const struct shared_token *shared, size_t size) {
    struct token_source *tokens = &client->tokens;
    usec now = client_boot_now(client), age = wall_now(client) - shared->sent_at;
    if (age < 0) /* clocks that differ a little, or one that was set back */
        age = 0;
    if (shared->life <= age || !token_is_sendable(shared->value, size) ||
        !token_is_worth_a_try(tokens, now - age) ||
        is_same_token(tokens->current, shared->value, size) ||
        is_same_token(tokens->rejected, shared->value, size))
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
