/*
 * Guards the login against its server: a status, header lines, an empty line and a body, through
 * the client with a call waiting, which then goes on with the token or without.
 *
 * Every login gets this answer, so a client that logs in again and again without a pause is found.
 */
#include "memory.h"
#include "session.h"

static const int statuses[] = {200, 201, 204, 0,   99,  101, 302, 400, 401, 403,
                               404, 409, 418, 429, 500, 502, 503, 504, 600, 999};

enum { MOST_LOGINS = 20 };

static void check_token(const struct token *token) {
    must(token->value_size > 0, "an empty token");
    must(strlen(token->value) == token->value_size, "a NUL in the token");
    for (size_t i = 0; i < token->value_size; i++)
        must(token->value[i] > ' ' && token->value[i] <= '~', "a token that breaks its header");
}

/* The call is refused by a server that tells all it knows. */
static void refuse(struct session *session, struct exchange *exchange) {
    static const char format[] = "{\"success\":false,\"error\":\"no: %s\"}";
    must(exchange->authorization, "a call without a token");
    must(!strpbrk(exchange->authorization, "\r\n"), "a line break in a header");
    char body[sizeof format + sizeof SESSION_SECRET];
    int size = snprintf(body, sizeof body, format, SESSION_SECRET);
    session_answer(session, exchange, 400, (struct input){0}, (struct input){body, (size_t)size});
}

/* The header lines before an empty one. */
static struct input take_headers(struct input *input) {
    const char *end = input->left ? memmem(input->at, input->left, "\n\n", 2) : NULL;
    struct input headers = input_take(input, end ? (size_t)(end - input->at) : 0);
    input_take(input, end ? 2 : 0);
    return headers;
}

static void drive(struct session *session, const spreetail_call *call, struct input input) {
    const double on_the_way = 0.01;
    int status = statuses[input_byte(&input) % (sizeof statuses / sizeof *statuses)];
    const struct input headers = take_headers(&input);
    while (!spreetail_done(call)) {
        struct exchange *login = fake_login(&session->fake);
        struct exchange *exchange = fake_running(&session->fake, 0);
        must(session->fake.logins <= MOST_LOGINS, "it logs in again and again");
        fake_advance(&session->fake, on_the_way);
        if (exchange)
            refuse(session, exchange);
        else if (login)
            session_answer(session, login, status, headers, input);
        else
            session_wait(session, 60);
        if (session->client->tokens.current)
            check_token(session->client->tokens.current);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input input = input_of(bytes, size);
    struct session session;
    session_open(&session);
    memory_fail(input_byte(&input));
    const struct spreetail_request request = {.method = "GET", .path = "/inventory", .retries = 2};
    spreetail_call *call = spreetail_start(session.client, &request);
    must(call, "no call");
    session_step(&session);
    drive(&session, call, input);
    memory_fail(0);
    const struct spreetail_result *result = spreetail_result(call);
    must(result->error.kind != SPREETAIL_OK, "a call that was refused has succeeded");
    session_check_error(&result->error);
    spreetail_drop(call);
    session_close(&session);
    return 0;
}
