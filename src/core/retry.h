/*
 * retry.h: what is tried again, how long to pause before, whether we may still, and how many calls
 * may be in flight.
 *
 * Small things, each a table or a function without memory, apart from the few numbers that a budget
 * and a flow are.
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

/*
 * How many calls may be in flight: as many as the program allows, and fewer after the server said
 * 429: half as many at once, then slowly more (additive increase, multiplicative decrease, as TCP
 * does it).
 */
struct flow {
    double limit;  /* calls in flight */
    double most;   /* what the program allows */
    usec eased_at; /* when the limit was last lowered */
};

struct flow flow_of(size_t most);

size_t flow_limit(const struct flow *flow);

/* A call was answered well: the limit grows by about one when as many as it have been. */
void flow_answered(struct flow *flow);

/* A call that was sent at `sent_at` got a 429 while `in_flight` were. Of those that were sent
 * before the limit was last lowered, one has already told us. */
void flow_limited(struct flow *flow, size_t in_flight, usec sent_at, usec now);

#endif
