#include "flow.h"

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
