/*
 * retry.h: what is tried again, how long to pause before, and whether we may still.
 *
 * Three small things, each a table or a function without memory, apart from the two numbers that a
 * budget is.
 */
#ifndef SPREETAIL_RETRY_H
#define SPREETAIL_RETRY_H

#include <stdint.h>

#include "spreetail.h"
#include "transport.h"

/* A source of random numbers that tests can repeat: any seed will do. */
struct random {
    uint64_t state;
};

/* Seeded from the system, differently in each process. */
struct random random_seeded(void);

/* At least 0, below 1. */
double random_unit(struct random *random);

/* Whether an attempt that ended in some way is made again. */
enum retry_rule {
    RETRY_NEVER,   /* it would end the same way */
    RETRY_IF_SAFE, /* when sending it twice does no harm */
    RETRY_ALWAYS,  /* it was not sent */
};

/* After a whole answer that is read as a failure. */
enum retry_rule rule_after_answer(int status, enum spreetail_kind kind);

/* After no whole answer. */
enum retry_rule rule_after_failure(enum exchange_failure failure, bool sent);

/* The pause of a call after `tries` failures (1 and up): anywhere between nothing and a bound that
 * doubles each time. This "full jitter" spreads clients that failed together. */
usec retry_pause(unsigned tries, struct random *random);

/* The pause between logins: grows likewise, and is never shorter than half of its bound. */
usec retry_login_pause(unsigned failures, struct random *random);

/*
 * The budget of a client: failures in excess of successes. While most attempts succeed it is near
 * nothing, even when a third of them fail for ever; when most fail, it is soon used up, and calls
 * are sent once each until the server answers again.
 */
struct retry_budget {
    unsigned debt;
    unsigned allowance; /* the debt at which it is used up; 0 before the first attempt is counted */
};

/*
 * `parallel`: how many calls are under way. They may all fail together, when one connection dies,
 * without that meaning much. That raises the allowance only while the debt is small: of a server
 * that fails for long, a burst of calls must not ask more.
 */
void retry_budget_count(struct retry_budget *budget, bool failed, size_t parallel);
bool retry_budget_allows(const struct retry_budget *budget);

#endif
