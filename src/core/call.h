/*
 * call.h: one API call, from start to settlement.
 *
 * A call asks, as often as the rules of retry.h allow. When the answers leave in doubt whether an
 * order was created, it then looks the order up and compares: that is the second of its two phases.
 */
#ifndef SPREETAIL_CALL_H
#define SPREETAIL_CALL_H

#include <sys/queue.h>

#include "answer.h"
#include "retry.h"
#include "spreetail.h"
#include "timers.h"
#include "token.h"
#include "transport.h"

enum call_state {
    CALL_QUEUED,    /* in client->queue */
    CALL_PAUSING,   /* in client->pausing, until its timer fires */
    CALL_REPEATING, /* in client->repeats */
    CALL_SENDING,   /* in client->sending */
    CALL_LOGIN,     /* in client->login_waiters */
    CALL_DECIDED,   /* in client->decided */
    CALL_SETTLED    /* in client->settled while somebody is to be told */
};

struct spreetail_call {
    struct exchange exchange; /* first, so that an exchange of a call leads to the call */
    unsigned references;      /* the holder's, and the client's while pending or to be told */
    spreetail_client *client; /* held */
    uint64_t id;
    enum call_state state;
    TAILQ_ENTRY(spreetail_call) link;
    struct timer timer; /* the deadline, or the end of a pause before it */
    usec deadline;
    bool watched; /* whoever asks spreetail_next_settled() is to be told */

    const char *method, *path, *reference; /* in this allocation, behind the struct */
    const void *body;                      /* likewise: what a stored order is compared with */
    size_t body_size;
    bool from_clock; /* the body's ReceivedDate is: it is not compared */
    bool reads;      /* changes nothing */
    bool idempotent;
    enum spreetail_settling settling;
    bool return_duplicate;
    unsigned retries;
    usec started, attempt_timeout;

    struct token *token;     /* held while sending */
    usec sent_at;            /* when the last attempt began */
    unsigned renewals;       /* tokens refused under this call */
    unsigned login_failures; /* logins that failed while it waited */
    unsigned attempts;       /* requests that left, one under way not counted */
    unsigned failures;       /* of the current phase's attempts, that were to be repeated */
    bool in_doubt;           /* one of the attempts may have taken effect */
    bool reading;            /* its exchange is over, and in client->reading */

    bool looking_up;                /* the second phase */
    char *look_up_url;              /* owned; NULL before that phase */
    struct answer answer;           /* holds the data of the result */
    struct spreetail_result result; /* its error is set while looking up: what led there */
};

TAILQ_HEAD(call_list, spreetail_call);

/* A call that is in no list yet, or NULL when memory runs out. */
spreetail_call *call_new(spreetail_client *client, const struct spreetail_request *request);

/* Hands the call to the transport, with the current token. */
void call_send(spreetail_call *call);

/* Its exchange is over: the answer, if there is one, is to be read. */
void call_finish_exchange(spreetail_call *call);

/* Reads on in it, about so many bytes. When that was all: settles the call, has it repeated, or
 * begins to look up. */
void call_read_answer(spreetail_call *call, size_t bytes);

/* Its timer has fired: the deadline has come, or a pause is over, or it waits in vain. */
void call_fire_timer(spreetail_call *call);

/* Sets the error with which the call is going to settle, unless something better comes; `format`
 * goes on where "POST /outbound for 'R-1': " ends. */
void call_set_error(spreetail_call *call, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Settles a pending call with what its result says by now. */
void call_settle(spreetail_call *call);

/* Both at once. */
void call_fail(spreetail_call *call, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds an event about the call. */
void call_tell(const spreetail_call *call, enum spreetail_event_type type, usec pause);

/* Settles it as a success, with what its answer holds. */
void call_succeed(spreetail_call *call);

/* Settles it with the error of the login that it waited for. */
void call_fail_login(spreetail_call *call);

/* A call that waits for a login, which may begin only when the call's time is over, fails soon. */
void call_give_up_waiting(spreetail_call *call);

/* Stops it, wherever it is, and settles it with an error. */
void call_abort(spreetail_call *call, enum spreetail_kind kind, const char *why);

/* Puts a call that is in no list into the one of `state`. */
void call_enter(spreetail_call *call, enum call_state state);

/* Takes it out of its list. */
void call_leave(spreetail_call *call);

void call_release(spreetail_call *call);

#endif
