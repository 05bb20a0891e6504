/*
 * call.h: one API call, from start to settlement. Here alone calls go from list to list, and here
 * what was judged of them is carried out.
 */
#ifndef SPREETAIL_CALL_H
#define SPREETAIL_CALL_H

#include <sys/queue.h>

#include "answer.h"
#include "client.h"
#include "judge.h"

/* Where it is: a list of the client's. */
enum call_state {
    CALL_QUEUED,    /* in client->queue */
    CALL_PAUSING,   /* in client->pausing, until its timer fires */
    CALL_REPEATING, /* in client->repeats */
    CALL_SENDING,   /* in client->sending */
    CALL_READING,   /* in client->reading */
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

    const char *method, *path; /* in this allocation, behind the struct */
    usec started, attempt_timeout;
    struct standing standing;

    struct token *token;     /* held while it is under way */
    usec sent_at;            /* when the last attempt began */
    unsigned login_failures; /* logins that failed while it waited */
    unsigned attempts;       /* requests that left, one under way not counted */

    char *look_up_url;              /* owned; NULL before the second phase */
    struct answer answer;           /* holds the data of the result; its text is the exchange's */
    bool as_values;                 /* how that is wanted */
    struct spreetail_result result; /* its error is set while looking up: what led there */
};

/* Takes a new call in: it is pending from now on, and the client holds it, too. Room among its
 * timers was reserved before. */
void call_admit(spreetail_call *call, enum call_state state);
void call_release(spreetail_call *call);

/* Hands the call to the transport, with the current token. */
void call_send(spreetail_call *call, usec now);

/* Its exchange is over: the answer, if there is one, is to be read. */
void call_answered(spreetail_call *call);

/* Reads on in it, about so many bytes. When that was all, the call settles, is repeated, or begins
 * to look up. */
void call_read_answer(spreetail_call *call, size_t bytes);

/* Its timer has fired: the deadline has come, or a pause is over, or it waits in vain. */
void call_fire_timer(spreetail_call *call);
spreetail_call *call_of_timer(struct timer *timer);

/* A call that waits for a login, which may begin only when the call's time is over, fails soon. */
void call_give_up_waiting(spreetail_call *call);

/* A login has ended: decides the calls that waited for it, and can do nothing but settle now. */
void calls_decide(spreetail_client *client);

/* Settles one of those. */
void call_settle_decided(spreetail_call *call);

/* Settles it with the error of the login that it waited for. */
void call_fail_login(spreetail_call *call);

/* Settles it with an error; `format` goes on where "POST /outbound for 'R-1': " ends. */
void call_fail(spreetail_call *call, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Stops it, wherever it is, and settles it with an error. */
void call_abort(spreetail_call *call, enum spreetail_kind kind, const char *why);

/* All that are pending. `in_doubt`: somebody else goes on with them, so here nobody can say what
 * becomes of any. */
void calls_abort(spreetail_client *client, const char *why, bool in_doubt);

/* Asks that it be told when the call has settled; tells of one that has, 0: of none. */
void call_watch(spreetail_call *call);
uint64_t calls_next_settled(spreetail_client *client);

#endif
