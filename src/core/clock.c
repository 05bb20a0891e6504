#include "clock.h"

#include <stdlib.h>
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

/*
 * Timers.
 */

static void put(struct timers *timers, struct timer *timer, size_t place) {
    timers->heap[place] = timer;
    timer->place = place;
}

static void rise(struct timers *timers, struct timer *timer) {
    size_t place = timer->place;
    while (place > 1 && timers->heap[place / 2]->due > timer->due) {
        put(timers, timers->heap[place / 2], place);
        place /= 2;
    }
    put(timers, timer, place);
}

static void sink(struct timers *timers, struct timer *timer) {
    size_t place = timer->place;
    for (;;) {
        size_t child = place * 2;
        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child + 1]->due < timers->heap[child]->due)
            child++;
        if (timers->heap[child]->due >= timer->due)
            break;
        put(timers, timers->heap[child], place);
        place = child;
    }
    put(timers, timer, place);
}

bool timers_reserve(struct timers *timers, size_t count) {
    if (count < timers->capacity)
        return true;
    if (count > SIZE_MAX / sizeof *timers->heap / 2 - 64)
        return false;
    size_t capacity = count * 2 + 64;
    struct timer **heap = realloc(timers->heap, capacity * sizeof *heap);
    if (!heap)
        return false;
    timers->heap = heap;
    timers->capacity = capacity;
    return true;
}

void timers_set(struct timers *timers, struct timer *timer, usec due) {
    if (!timer->place)
        put(timers, timer, ++timers->count);
    timer->due = due;
    rise(timers, timer);
    sink(timers, timer);
}

void timers_unset(struct timers *timers, struct timer *timer) {
    if (!timer->place)
        return;
    struct timer *last = timers->heap[timers->count--];
    if (last != timer) {
        put(timers, last, timer->place);
        rise(timers, last);
        sink(timers, last);
    }
    timer->place = 0;
}

struct timer *timers_first(const struct timers *timers) {
    return timers->count ? timers->heap[1] : NULL;
}

void timers_free(struct timers *timers) {
    free(timers->heap);
    *timers = (struct timers){0};
}
