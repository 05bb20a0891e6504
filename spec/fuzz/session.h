/* session.h: a client on the fake platform of spec/core, and the server's side of it. */
#ifndef SPREETAIL_FUZZ_SESSION_H
#define SPREETAIL_FUZZ_SESSION_H

#include "fake.h"
#include "input.h"

#define SESSION_SECRET "open-sesame-0123456789"

struct session {
    struct fake fake;
    spreetail_client *client;
};

void session_open(struct session *session);
void session_close(struct session *session);

/* Steps until nothing more is to be done at once. Memory may run out meanwhile. */
void session_step(struct session *session);

/* Lets time pass until something is due, at most `most` seconds, and steps. */
void session_wait(struct session *session, double most);

/* Ends a login or a call with a whole answer: `headers` are lines, as they come. */
void session_answer(struct session *session, struct exchange *exchange, int status,
                    struct input headers, struct input body);

/* Steps, answers the login that runs with a good token, and steps. */
void session_log_in(struct session *session);

/* Nothing that people read may hold the secret, or so much of it that it could be guessed, or a
 * character that breaks a line. NULL is fine. */
void session_check_text(const char *text);

/* The same for an error, and for the events so far, which are taken. */
void session_check_error(const struct spreetail_error *error);
void session_check_events(struct session *session);

#endif
