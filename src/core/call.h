/* call.h: one API call, from start to settlement. */
#ifndef SPREETAIL_CALL_H
#define SPREETAIL_CALL_H

#include <sys/queue.h>

#include "answer.h"
#include "exchange.h"
#include "spreetail.h"
#include "timers.h"
#include "token.h"

enum call_state {
    CALL_QUEUED,    /* in client->queue */
    CALL_REPEATING, /* in client->repeats */
    CALL_SENDING,   /* in client->sending */
    CALL_LOGIN,     /* in client->login_waiters */
    CALL_SETTLED    /* in client->settled while somebody is to be told */
};

struct spreetail_call {
    struct exchange exchange; /* first, so that an exchange of a call leads to the call */
    unsigned references;      /* the holder's, and the client's while pending or to be told */
    spreetail_client *client; /* held */
    uint64_t id;
    enum call_state state;
    TAILQ_ENTRY(spreetail_call) link;
    struct timer deadline;
    bool watched; /* whoever asks spreetail_next_settled() is to be told */

    const char *method, *path, *reference; /* in this allocation, behind the struct */
    bool reads;                            /* changes nothing */
    bool idempotent;
    unsigned retries;
    usec started, attempt_timeout;

    struct token *token;     /* held while sending */
    unsigned renewals;       /* tokens refused under this call */
    unsigned login_failures; /* logins that failed while it waited */
    unsigned attempts;       /* requests that left, one under way not counted */
    bool in_doubt;           /* one of them may have taken effect */

    struct answer answer; /* holds the data of the result */
    struct spreetail_result result;
};

TAILQ_HEAD(call_list, spreetail_call);

/* A call that is in no list yet, or NULL when memory runs out. */
spreetail_call *call_new(spreetail_client *client, const struct spreetail_request *request);

/* Why the request can't be sent as it is, or NULL. */
const char *request_fault(const struct spreetail_request *request);

/* Hands the call to the transport, with the current token. */
void call_send(spreetail_call *call);

/* Its exchange is over: settles the call or has it repeated. */
void call_finish_exchange(spreetail_call *call);

/* Settles a pending call with an error; `format` goes on where "POST /outbound for 'R-1': " ends.
 */
void call_fail(spreetail_call *call, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Settles it as a success, with what its answer holds. */
void call_succeed(spreetail_call *call);

/* Settles it with the error of the login that it waited for. */
void call_fail_login(spreetail_call *call);

/* Stops it, wherever it is, and settles it with an error. */
void call_abort(spreetail_call *call, enum spreetail_kind kind, const char *why);

/* Its deadline has come. */
void call_time_out(spreetail_call *call);

/* Puts a call that is in no list into the one of `state`. */
void call_enter(spreetail_call *call, enum call_state state);

/* Takes it out of its list. */
void call_leave(spreetail_call *call);

void call_release(spreetail_call *call);

#endif
