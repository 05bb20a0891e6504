#include "clock.h"

#include <time.h>

static usec read_clock(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (usec)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

static usec monotonic(void *context) {
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static usec boottime(void *context) {
    (void)context;
    return read_clock(CLOCK_BOOTTIME);
}

static usec wall(void *context) {
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

const struct clock system_clock = {.monotonic = monotonic, .boottime = boottime, .wall = wall};

usec usec_from_seconds(double seconds) {
    const double longest = 1e10; /* about three centuries */
    if (!(seconds > 0))          /* NaN too */
        return 0;
    return (usec)((seconds < longest ? seconds : longest) * (double)USEC_PER_SEC);
}
