#include "session.h"

#include "header.h"
#include "memory.h"

void session_open(struct session *session) {
    const struct spreetail_options options = {
        .client_id = "channel-7",
        .client_secret = SESSION_SECRET,
        .base_url = "https://api.example.test/v1",
        .retries = 3,
        .events = true,
    };
    struct spreetail_error error;
    fake_init(&session->fake);
    session->client = client_open(&options, fake_platform(&session->fake, 1), &error);
    must(session->client, "no client: %s", error.message);
}

void session_close(struct session *session) {
    session_check_events(session);
    spreetail_release(session->client);
}

void session_step(struct session *session) {
    memory_watch(1);
    do
        spreetail_step(session->client);
    while (session->client->more || !TAILQ_EMPTY(&session->fake.done));
    memory_watch(0);
    session_check_events(session);
}

void session_wait(struct session *session, double most) {
    double seconds = spreetail_next_timeout(session->client);
    /* A microsecond more: seconds are rounded. */
    fake_advance(&session->fake, (seconds >= 0 && seconds < most ? seconds : most) + 1e-6);
    session_step(session);
}

void session_answer(struct session *session, struct exchange *exchange, int status,
                    struct input headers, struct input body) {
    while (headers.left) {
        struct input line = input_until(&headers, '\n');
        header_add(&exchange->headers_received, line.at, line.left);
    }
    buffer_add(&exchange->body_received, body.at, body.left);
    fake_answer(&session->fake, exchange, status, "");
    session_step(session);
}

void session_log_in(struct session *session) {
    static const char answer[] = "{\"data\":{\"access_token\":\"token-1\",\"expires_in\":86400}}";
    session_step(session);
    struct exchange *login = fake_login(&session->fake);
    must(login, "a call without a token has not led to a login");
    session_answer(session, login, 200, (struct input){0},
                   (struct input){answer, sizeof answer - 1});
}

static void check_secret(const char *text) {
    static const char most[] = "open-sesame-0"; /* of the secret */
    must(!strstr(text, most), "the secret is told: %s", text);
}

void session_check_text(const char *text) {
    if (!text)
        return;
    check_secret(text);
    for (; *text; text++)
        must((unsigned char)*text >= ' ' && *text != 0x7f, "a control character in a text");
}

void session_check_error(const struct spreetail_error *error) {
    session_check_text(error->message);
    char *details = error->details ? json_dumps(error->details, JSON_ENCODE_ANY) : NULL;
    if (details)
        check_secret(details);
    free(details);
}

void session_check_events(struct session *session) {
    struct spreetail_event event;
    while (spreetail_next_event(session->client, &event)) {
        session_check_text(event.message);
        session_check_text(event.path);
        spreetail_event_clear(&event);
    }
}
