/* timers.h: many moments, the earliest first: a binary heap of timers that live in their owners. */
#ifndef SPREETAIL_TIMERS_H
#define SPREETAIL_TIMERS_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"

struct timer {
    usec due;
    size_t place; /* 1 and up while set, 0 otherwise */
};

struct timers {
    struct timer **heap; /* heap[0] unused, so that place 0 can mean "not set" */
    size_t count, capacity;
};

/* Makes room, so that `count` timers can be set without failing. False when memory runs out. */
bool timers_reserve(struct timers *timers, size_t count);

/* Sets the timer, or moves it. Room was reserved before. */
void timers_set(struct timers *timers, struct timer *timer, usec due);
void timers_unset(struct timers *timers, struct timer *timer);

/* The earliest timer, NULL when none is set. */
struct timer *timers_first(const struct timers *timers);

void timers_free(struct timers *timers);

#endif
