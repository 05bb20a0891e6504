/* retry.h: how long to pause before trying again. */
#ifndef SPREETAIL_RETRY_H
#define SPREETAIL_RETRY_H

#include <stdint.h>

#include "clock.h"

/* A source of random numbers that tests can repeat: any seed will do. */
struct random {
    uint64_t state;
};

/* Seeded from the system, differently in each process. */
struct random random_seeded(void);

/* At least 0, below 1. */
double random_unit(struct random *random);

/* Before try number `tries` + 1, after `tries` failures: grows twofold from half a second to half
 * a minute, and lies anywhere in the upper half of that, so that clients don't move in step. */
usec retry_pause(unsigned tries, struct random *random);

#endif
