/*
 * client.h: the client as its own parts see it.
 *
 *     start -> [queue] -> a token, a free place -> sending -> judged -> settled
 *                 ^                                  |
 *                 +- [repeats] <- [pausing] <- again +
 */
#ifndef SPREETAIL_CLIENT_H
#define SPREETAIL_CLIENT_H

#include <sys/types.h>

#include "call.h"
#include "event.h"
#include "login.h"
#include "options.h"
#include "retry.h"
#include "timers.h"
#include "token.h"
#include "transport.h"

/* What the client stands on; tests bring their own. */
struct platform {
    const struct clock *clock;
    struct transport *(*open_transport)(void *context, const struct transport_settings *settings);
    void *context;
    struct random random;
};

struct spreetail_client {
    unsigned references; /* the owner's, and one for each call */
    bool closed, released;
    pid_t process; /* that the transport belongs to */
    struct settings settings;
    struct platform platform;
    struct transport *transport; /* NULL until something is sent */
    struct buffer traced;        /* what it has said and heard, a line each; not told yet */

    struct token_source tokens;
    struct login login;
    usec pause_noticed; /* the pause between logins of which the calls that wait know */
    bool token_wanted;  /* with shared tokens: a login would be due, and the driver has not answered
                         */
    bool login_permitted; /* the driver has said that it is ours to make */

    /* Every pending call is in one of these, by its state. */
    struct call_list queue;         /* not sent yet, in order */
    struct call_list pausing;       /* to be sent once more, later */
    struct call_list repeats;       /* to be sent once more, now, before those of the queue */
    struct call_list sending;       /* an exchange is under way */
    struct call_list login_waiters; /* calls of spreetail_login() */
    struct call_list decided;       /* to be settled as the last login has ended */
    struct call_list settled;       /* watched, settled and not yet told */
    struct exchange_list reading;   /* the exchanges of those in `sending` that are answered */
    struct timers timers;           /* the deadline of every pending call */
    size_t pending, queued, in_flight;
    struct retry_budget budget;
    struct flow flow;
    bool more; /* the last step stopped early */

    uint64_t last_call_id;
    struct event_queue events;
    struct spreetail_stats stats; /* what is counted; the rest is filled in when asked */
};

/* spreetail_open() on a platform of the caller's choice. */
spreetail_client *client_open(const struct spreetail_options *options, struct platform platform,
                              struct spreetail_error *error);

void client_hold(spreetail_client *client);
void client_drop_reference(spreetail_client *client);

usec client_now(const spreetail_client *client);
usec client_boot_now(const spreetail_client *client);

/* Keeps an event when the program wants them. */
void client_add_event(spreetail_client *client, const struct spreetail_event *event);

/* Takes this client's secrets out of what leaves the core, in place. */
void client_scrub(const spreetail_client *client, char *text);
void client_scrub_json(const spreetail_client *client, json_t *value);

/* Makes sure that there is a transport; false with errno. */
bool client_open_transport(spreetail_client *client);
void client_close_transport(spreetail_client *client);

/* The transport's functions of these names; what it has to say about it becomes events. */
void client_start_exchange(spreetail_client *client, struct exchange *exchange);
void client_cancel_exchange(spreetail_client *client, struct exchange *exchange);
bool client_step_transport(spreetail_client *client, usec until);
struct exchange *client_next_done(spreetail_client *client);

/* Counts what an exchange has moved. */
void client_count_exchange(spreetail_client *client, const struct exchange *exchange);

/* Notices that this is a child of the process which sent what is under way, and leaves that to
 * the parent. */
void client_notice_fork(spreetail_client *client);

#endif
