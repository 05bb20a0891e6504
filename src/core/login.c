#include "login.h"

#include "answer.h"
#include "error.h"

static const size_t most_of_an_answer = 256 * 1024;
static const usec longest_pause = 300 * USEC_PER_SEC; /* whatever the server asks for */

/* Appends `text` as a JSON string. Control characters were refused with the options. */
static bool add_json_string(struct buffer *buffer, const char *text) {
    bool added = buffer_add(buffer, "\"", 1);
    for (; *text && added; text++) {
        if (*text == '"' || *text == '\\')
            added = buffer_add(buffer, "\\", 1);
        added = added && buffer_add(buffer, text, 1);
    }
    return added && buffer_add(buffer, "\"", 1);
}

static bool write_request(struct buffer *request, const struct settings *settings) {
    request->secret = true;
    return buffer_add_text(request, "{\"client_id\":") &&
           add_json_string(request, settings->client_id) &&
           buffer_add_text(request, ",\"client_secret\":") &&
           add_json_string(request, settings->client_secret) && buffer_add(request, "}", 1);
}

static void tell(spreetail_client *client, enum spreetail_event_type type) {
    struct login *login = &client->login;
    bool failed = type == SPREETAIL_EVENT_LOGIN_FAILED;
    client_add_event(client, &(struct spreetail_event){
                                 .type = type,
                                 .kind = failed ? login->error.kind : SPREETAIL_OK,
                                 .message = failed ? (char *)login->error.message : NULL,
                                 .status = failed ? login->error.status : login->exchange.status,
                                 .elapsed = usec_to_seconds(client_now(client) - login->started),
                             });
}

static void remember_error(spreetail_client *client, enum spreetail_kind kind, const char *format,
                           ...) __attribute__((format(printf, 3, 4)));

/* `format` goes on where "login at https://... " ends. */
static void remember_error(spreetail_client *client, enum spreetail_kind kind, const char *format,
                           ...) {
    struct spreetail_error *error = &client->login.error;
    struct buffer text = {0};
    va_list arguments;
    va_start(arguments, format);
    bool whole = buffer_printf(&text, "login at %.200s ", client->settings.login_url) &&
                 buffer_vprintf(&text, format, arguments);
    va_end(arguments);
    spreetail_error_clear(error);
    error_say(error, kind, "%s", whole ? text.data : "login failed: memory ran out");
    buffer_free(&text);
    if (error->message_memory)
        client_scrub(client, error->message_memory);
    error->status = client->login.exchange.status;
}

/* One more failure that may pass: the next login waits, and the longer the more there were. */
static void pause_logins(spreetail_client *client) {
    struct spreetail_error *error = &client->login.error;
    usec pause = retry_login_pause(client->tokens.failures + 1, &client->platform.random);
    usec asked = error->retry_after > 0 ? usec_from_seconds(error->retry_after) : 0;
    if (asked > longest_pause)
        asked = longest_pause;
    client->stats.logins_failed++;
    token_failed(&client->tokens, client_boot_now(client), asked > pause ? asked : pause);
    tell(client, SPREETAIL_EVENT_LOGIN_FAILED);
}

void login_start(spreetail_client *client, usec timeout) {
    struct login *login = &client->login;
    usec now = client_boot_now(client);
    login->early = token_state(&client->tokens, now) == TOKEN_AGEING;
    login->started = client_now(client);
    token_login_sent(&client->tokens, now);
    client->login_permitted = false;
    client->pause_noticed = 0;
    client->stats.logins++;
    if (!write_request(&login->request, &client->settings)) {
        buffer_free(&login->request);
        remember_error(client, SPREETAIL_NETWORK, "failed: memory ran out");
        pause_logins(client);
        return;
    }
    login->exchange = (struct exchange){
        .method = "POST",
        .url = client->settings.login_url,
        .content_type = "Content-Type: application/json",
        .body = login->request.data,
        .body_size = login->request.size,
        .connect_timeout = client->settings.connect_timeout,
        .timeout = timeout,
        .login = true,
    };
    client_start_exchange(client, &login->exchange);
}

static void describe_lost(spreetail_client *client) {
    struct exchange *exchange = &client->login.exchange;
    struct buffer text = {0};
    bool described = describe_failure(&text, exchange);
    remember_error(client, kind_of_failure(exchange->failure), "failed: %s",
                   described ? text.data : "memory ran out");
    buffer_free(&text);
}

/* What a refused login means for the calls that wait: nothing is known of what they are about, so
 * it is never `not_found` or `conflict`. */
static enum spreetail_kind kind_of_refusal(enum spreetail_kind kind, int status) {
    switch (kind) {
    case SPREETAIL_FORBIDDEN:
        return SPREETAIL_AUTH;
    case SPREETAIL_CONFLICT:
        return SPREETAIL_SERVER; /* says nothing against what was sent */
    case SPREETAIL_NOT_FOUND:
        return SPREETAIL_CONFIG;
    case SPREETAIL_REJECTED: /* in so many words, or by what knows no such login */
        return status < 300 ? SPREETAIL_AUTH : SPREETAIL_CONFIG;
    default:
        return kind;
    }
}

static const char *advice_on_refusal(enum spreetail_kind kind) {
    switch (kind) {
    case SPREETAIL_AUTH:
        return ": check client_id and client_secret, and that they are active";
    case SPREETAIL_CONFIG:
    case SPREETAIL_PROTOCOL:
        return ": check that base_url is the API's";
    default:
        return ": try again later";
    }
}

static void note_refusal(spreetail_client *client, const struct answer *answer) {
    struct exchange *exchange = &client->login.exchange;
    const char *words = answer->words      ? answer->words
                        : answer->nonsense ? answer->nonsense
                                           : "the server did not say why";
    enum spreetail_kind kind = kind_of_refusal(answer->kind, exchange->status);
    remember_error(client, kind, "%s: %.500s (HTTP %d)%s",
                   kind == SPREETAIL_AUTH ? "was refused" : "failed", words, exchange->status,
                   advice_on_refusal(kind));
    if (kind == SPREETAIL_AUTH) {
        client->stats.logins_failed++;
        token_refused(&client->tokens, client_boot_now(client));
        tell(client, SPREETAIL_EVENT_LOGIN_FAILED);
        return;
    }
    client->login.error.retry_after =
        answer_retry_after(exchange->headers_received.data, exchange->headers_received.size);
    pause_logins(client);
}

static bool keep_answer(spreetail_client *client) {
    struct exchange *exchange = &client->login.exchange;
    struct answer answer;
    size_t size;
    usec life;
    bool accepted = false;
    if (exchange->body_received.size > most_of_an_answer) { /* it would be read in one go */
        remember_error(client, SPREETAIL_PROTOCOL, "failed: an answer of %zu bytes is no login's%s",
                       exchange->body_received.size, advice_on_refusal(SPREETAIL_PROTOCOL));
        pause_logins(client);
        return false;
    }
    answer_read(&answer, exchange->status, exchange->body_received.data,
                exchange->body_received.size);
    const char *token = answer.kind == SPREETAIL_OK ? answer_token(&answer, &size, &life) : NULL;
    if (answer.kind != SPREETAIL_OK) {
        note_refusal(client, &answer);
    } else if (!token) {
        remember_error(client, SPREETAIL_PROTOCOL,
                       "failed: the answer holds no access_token that could be used%s",
                       advice_on_refusal(SPREETAIL_PROTOCOL));
        pause_logins(client);
    } else if (client->tokens.sent_at + life <= client_boot_now(client)) {
        /* Else logins would follow each other without a pause. */
        remember_error(client, SPREETAIL_PROTOCOL,
                       "failed: the token had expired when it arrived (expires_in: %g s): the "
                       "server has to give tokens that live longer than a login takes",
                       usec_to_seconds(life));
        pause_logins(client);
    } else if (!token_accept(&client->tokens, token, size, life)) {
        remember_error(client, SPREETAIL_NETWORK, "failed: memory ran out");
        pause_logins(client);
    } else {
        accepted = true;
        tell(client, client->login.early ? SPREETAIL_EVENT_RENEWAL : SPREETAIL_EVENT_LOGIN);
    }
    answer_clear(&answer);
    return accepted;
}

bool login_finish(spreetail_client *client) {
    struct login *login = &client->login;
    bool accepted = false;
    client_count_exchange(client, &login->exchange);
    buffer_free(&login->request);
    if (login->exchange.failure == EXCHANGE_COMPLETE) {
        accepted = keep_answer(client);
    } else {
        describe_lost(client);
        pause_logins(client);
    }
    exchange_clear(&login->exchange);
    return accepted;
}

void login_reject(spreetail_client *client, uint64_t generation, const char *words) {
    struct token_source *tokens = &client->tokens;
    if (!token_reject(tokens, generation))
        return;
    remember_error(client, SPREETAIL_AUTH,
                   "brought a token that the server refused at once (HTTP 401): %.500s: check that "
                   "these credentials may use this API",
                   words ? words : "the server did not say why");
    client->login.error.status = 401;
    token_delay(tokens, client_boot_now(client),
                retry_login_pause(tokens->wasted, &client->platform.random));
    tell(client, SPREETAIL_EVENT_LOGIN_FAILED);
}

void login_stop(spreetail_client *client) {
    struct login *login = &client->login;
    if (client->tokens.logging_in)
        client_cancel_exchange(client, &login->exchange);
    client->tokens.logging_in = false;
    client->token_wanted = client->login_permitted = false;
    exchange_clear(&login->exchange);
    buffer_free(&login->request);
}

void login_clear(spreetail_client *client) {
    login_stop(client);
    spreetail_error_clear(&client->login.error);
}
