/* clock.h: the clocks that the core reads, as an object, so that tests bring their own. */
#ifndef SPREETAIL_CLOCK_H
#define SPREETAIL_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t usec; /* a moment or a duration in microseconds */

#define USEC_PER_SEC ((usec)1000000)
#define USEC_NEVER INT64_MAX

struct clock {
    usec (*monotonic)(void *context); /* for deadlines and pauses */
    usec (*boottime)(void *context);  /* for the age of tokens: goes on while suspended */
    usec (*wall)(void *context);      /* since the epoch: for what other processes are told */
    void *context;
};

extern const struct clock system_clock;

/* Seconds as a duration, held within what can be added to a moment without overflow. */
usec usec_from_seconds(double seconds);

static inline double usec_to_seconds(usec duration) {
    return (double)duration / (double)USEC_PER_SEC;
}

/*
 * Timers: many moments, the earliest first. A binary heap of timers that live in their owners.
 */

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
