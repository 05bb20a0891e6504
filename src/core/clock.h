/* clock.h: the clocks that the core reads, as an object, so that tests bring their own. */
#ifndef SPREETAIL_CLOCK_H
#define SPREETAIL_CLOCK_H

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

#endif
