#include "retry.h"

#include <sys/random.h>
#include <unistd.h>

struct random random_seeded(void) {
    struct random random;
    if (getrandom(&random.state, sizeof random.state, GRND_NONBLOCK) != sizeof random.state)
        random.state = (uint64_t)system_clock.monotonic(0) ^ ((uint64_t)getpid() << 32);
    return random;
}

/* The SplitMix64 generator, after Steele, Lea and Flood, 2014. */
double random_unit(struct random *random) {
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

usec retry_pause(unsigned tries, struct random *random) {
    const usec first = USEC_PER_SEC / 2, longest = 30 * USEC_PER_SEC;
    usec pause = first;
    for (unsigned i = 1; i < tries && pause < longest; i++)
        pause *= 2;
    if (pause > longest)
        pause = longest;
    return pause / 2 + (usec)((double)(pause / 2) * random_unit(random));
}
