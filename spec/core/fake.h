/*
 * fake.h: a platform for a client that is driven by hand: two clocks that stand still unless they
 * are advanced, and a transport that sends nothing and answers what a test says.
 */
#ifndef SPREETAIL_FAKE_H
#define SPREETAIL_FAKE_H

#include "client.h"

struct fake {
    struct clock clock;
    usec monotonic, boottime;
    usec each_read; /* reading the monotonic clock takes this long */

    bool cannot_open; /* opening a transport fails with EMFILE */
    size_t room;      /* exchanges of calls that the transport takes at once; 0: any number */
    bool sends;       /* an exchange that starts has left at once */

    /* What has happened so far. */
    unsigned opened, closed, abandoned, cancelled;
    unsigned logins, requests; /* exchanges started */
    size_t most_running;       /* of calls, at one time */

    struct exchange_list running; /* in the order of starting */
    struct exchange_list done;    /* in the order of ending */
};

void fake_init(struct fake *fake);
struct platform fake_platform(struct fake *fake, uint64_t seed);

/* Both clocks go on; while the machine is suspended, only the boot-time one does. */
void fake_advance(struct fake *fake, double seconds);
void fake_suspend(struct fake *fake, double seconds);

/* The exchange of a call that started first, second, ... (from 0) of those that run; or NULL. */
struct exchange *fake_running(const struct fake *fake, size_t place);
size_t fake_running_count(const struct fake *fake);

/* The login that runs, or NULL. */
struct exchange *fake_login(const struct fake *fake);

/* The request has left: it may have arrived. */
void fake_send(struct exchange *exchange);

/* Ends an exchange with a whole answer. `header` is one "name: value", or NULL. */
void fake_answer(struct fake *fake, struct exchange *exchange, int status, const char *body);
void fake_answer_with(struct fake *fake, struct exchange *exchange, int status, const char *header,
                      const char *body);

/* Ends it without one, before or after it was sent; `status` 0: none was seen. */
void fake_fail(struct fake *fake, struct exchange *exchange, enum exchange_failure failure,
               bool sent, int status);

#endif
