/*
 * judge.h: what becomes of a call when one of its attempts has ended.
 *
 * Pure: what is known goes in, a verdict comes out. Acting on it is call.c's.
 *
 * A call asks for what it is about, in one attempt or more. When that leaves in doubt whether an
 * order was created, its second phase looks the order up and compares.
 */
#ifndef SPREETAIL_JUDGE_H
#define SPREETAIL_JUDGE_H

#include "answer.h"
#include "retry.h"
#include "transport.h"

/* How a call stands. What is pointed to belongs to the call. */
struct standing {
    /* What was asked for. */
    const char *reference; /* what it is about, or NULL */
    const void *body;      /* which a stored order is compared with; empty: with nothing */
    size_t body_size;
    enum spreetail_settling settling;
    bool reads;      /* changes nothing */
    bool idempotent; /* sending it twice does no harm */
    bool from_clock; /* the body's ReceivedDate is: it is not compared */
    bool return_duplicate;
    unsigned retries;

    /* What has come of it so far. */
    bool in_doubt;     /* one of the attempts may have taken effect */
    bool looking_up;   /* the second phase */
    unsigned failures; /* of the current phase's attempts, that were to be repeated */
    unsigned renewals; /* tokens refused under this call */
};

enum verdict_action {
    VERDICT_SUCCEED, /* settle, as a success */
    VERDICT_FAIL,    /* settle, with the error */
    VERDICT_RENEW,   /* again at once, with another token */
    VERDICT_REPEAT,  /* it came to nothing: again, if judge_may_repeat() and all else allow it */
    VERDICT_LOOK_UP, /* see what is stored */
};

struct verdict {
    enum verdict_action action;
    enum retry_rule rule; /* for VERDICT_REPEAT */
    bool counts, failed;  /* whether the retry budget counts it, and as what */
    bool in_doubt;        /* from now on */
    bool looked;          /* it was seen what is stored, or that nothing is */
    bool reconciled;      /* for VERDICT_SUCCEED: because of what is stored */

    /* The call's error from now on, unless something better comes; SPREETAIL_OK: it stays as it
     * is. In the second phase what led there says more than what stops it. */
    enum spreetail_kind kind;
    bool hopeless;       /* the same again would fail, whatever its kind */
    struct buffer words; /* what happened; empty when memory ran out */
    json_t *details;     /* its own ones, or NULL: the answer's */
};

/* Of an exchange that has ended; the answer counts when that is EXCHANGE_COMPLETE. */
struct verdict judge(const struct standing *standing, const struct exchange *exchange,
                     const struct answer *answer);

void verdict_clear(struct verdict *verdict);

/* Whether an attempt that came to nothing may be made again, as far as the call goes; and, when it
 * is not, whether what is left in doubt is looked up. */
bool judge_may_repeat(const struct standing *standing, enum retry_rule rule);
bool judge_may_look_up(const struct standing *standing);

/* What is known about the change that the call was to make, when it ends without success after so
 * many attempts. */
enum spreetail_outcome judge_outcome(const struct standing *standing, unsigned attempts);

#endif
