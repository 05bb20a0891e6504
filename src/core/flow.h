/*
 * flow.h: how many calls may be in flight: as many as the program allows, and fewer after the
 * server said 429: half as many at once, then slowly more (additive increase, multiplicative
 * decrease, as TCP does it).
 */
#ifndef SPREETAIL_FLOW_H
#define SPREETAIL_FLOW_H

#include <stddef.h>

#include "clock.h"

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
