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

enum retry_rule rule_after_answer(int status, enum spreetail_kind kind) {
    switch (status) {
    case 408:
    case 421:
    case 425:
    case 429:
    case 460:
    case 499:
    case 500:
    case 502:
    case 503:
    case 504:
        return RETRY_IF_SAFE;
    }
    /* A success that makes no sense; a redirect would be the same again. */
    if (kind == SPREETAIL_PROTOCOL && status >= 200 && status < 300)
        return RETRY_IF_SAFE;
    return RETRY_NEVER;
}

enum retry_rule rule_after_failure(enum exchange_failure failure, bool sent) {
    static const struct {
        enum retry_rule sent, not_sent;
    } rules[EXCHANGE_FAILURES] = {
        [EXCHANGE_COMPLETE] = {RETRY_NEVER, RETRY_NEVER},
        [EXCHANGE_RESOLVE] = {RETRY_IF_SAFE, RETRY_ALWAYS},
        [EXCHANGE_CONNECT] = {RETRY_IF_SAFE, RETRY_ALWAYS},
        [EXCHANGE_TLS] = {RETRY_NEVER, RETRY_NEVER},
        [EXCHANGE_TIMEOUT] = {RETRY_IF_SAFE, RETRY_ALWAYS},
        [EXCHANGE_LOST] = {RETRY_IF_SAFE, RETRY_ALWAYS},
        [EXCHANGE_CUT] = {RETRY_IF_SAFE, RETRY_IF_SAFE},
        [EXCHANGE_NONSENSE] = {RETRY_IF_SAFE, RETRY_ALWAYS},
        [EXCHANGE_TOO_LARGE] = {RETRY_NEVER, RETRY_NEVER},
        [EXCHANGE_MEMORY] = {RETRY_IF_SAFE, RETRY_ALWAYS},
    };
    return sent ? rules[failure].sent : rules[failure].not_sent;
}

static usec doubled(usec first, unsigned times, usec longest) {
    usec bound = first;
    while (times-- > 0 && bound < longest)
        bound *= 2;
    return bound < longest ? bound : longest;
}

static usec part(usec duration, struct random *random) {
    return (usec)((double)duration * random_unit(random));
}

usec retry_pause(unsigned tries, struct random *random) {
    const usec first = USEC_PER_SEC / 4, longest = 10 * USEC_PER_SEC;
    return part(doubled(first, tries - 1, longest), random);
}

usec retry_login_pause(unsigned failures, struct random *random) {
    const usec first = USEC_PER_SEC / 2, longest = 30 * USEC_PER_SEC;
    usec bound = doubled(first, failures - 1, longest);
    return bound / 2 + part(bound / 2, random);
}

static const unsigned least_allowance = 30;

void retry_budget_count(struct retry_budget *budget, bool failed, size_t parallel) {
    if (budget->debt <= least_allowance / 2)
        budget->allowance = least_allowance + 2 * (unsigned)parallel;
    if (!failed)
        budget->debt -= budget->debt > 0;
    else if (budget->debt < budget->allowance)
        budget->debt++;
}

bool retry_budget_allows(const struct retry_budget *budget) {
    return budget->debt < budget->allowance;
}

struct flow flow_of(size_t most) {
    return (struct flow){.limit = (double)most, .most = (double)most, .eased_at = -1};
}

size_t flow_limit(const struct flow *flow) {
    return (size_t)flow->limit;
}

void flow_answered(struct flow *flow) {
    flow->limit += 1 / flow->limit;
    if (flow->limit > flow->most)
        flow->limit = flow->most;
}

void flow_limited(struct flow *flow, size_t in_flight, usec sent_at, usec now) {
    if (sent_at <= flow->eased_at)
        return;
    double used = (double)in_flight < flow->limit ? (double)in_flight : flow->limit;
    flow->limit = used / 2 > 1 ? used / 2 : 1;
    flow->eased_at = now;
}
