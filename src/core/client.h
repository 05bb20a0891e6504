/*
 * client.h: the state that all parts of a client share, and what they tell it. Who acts on it
 * stands above.
 *
 *     start -> [queue] -> a token, a free place -> sending -> judged -> settled
 *                 ^                                  |
 *                 +- [repeats] <- [pausing] <- again +
 */
#ifndef SPREETAIL_CLIENT_H
#define SPREETAIL_CLIENT_H

#include <sys/queue.h>
#include <sys/types.h>

#include "options.h"
#include "retry.h"
#include "spreetail.h"
#include "token.h"
#include "transport.h"

/*
 * What happened, kept until somebody asks: a bounded queue.
 */

struct queued_event;

struct event_queue {
    STAILQ_HEAD(, queued_event) events;
    size_t count;
    uint64_t dropped; /* events that found no memory or no room */
};

void event_queue_init(struct event_queue *queue);

/* Adds a copy of *event. */
void event_queue_add(struct event_queue *queue, const struct spreetail_event *event);

/* Moves the oldest into *event; false: there is none. */
bool event_queue_take(struct event_queue *queue, struct spreetail_event *event);

void event_queue_clear(struct event_queue *queue);

/*
 * One login at a time: credentials out, a token in.
 */

struct login {
    struct exchange exchange;
    struct buffer request; /* the body, while it is being sent; in secret memory */
    bool early;    /* ahead of time: the token before it was still good for calls, and ageing */
    bool accepted; /* how the last one that was answered ended */
    usec started;  /* monotonic */
    struct spreetail_error error; /* why the last login failed */
};

/*
 * The client.
 */

TAILQ_HEAD(call_list, spreetail_call);

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
    uint64_t process; /* that the transport belongs to */
    struct settings settings;
    struct platform platform;
    struct transport *transport; /* NULL until something is sent */
    struct buffer traced;        /* what it has said and heard, a line each; not told yet */

    struct token_source tokens;
    struct login login;
    usec pause_noticed;   /* the pause between logins of which the calls that wait know */
    bool token_wanted;    /* with shared tokens: a login is due, and the driver has not answered */
    bool login_permitted; /* the driver has said that it is ours to make */

    /* Every pending call is in one of these, by its state. */
    struct call_list queue;         /* not sent yet, in order */
    struct call_list pausing;       /* to be sent once more, later */
    struct call_list repeats;       /* to be sent once more, now, before those of the queue */
    struct call_list sending;       /* an exchange is under way */
    struct call_list login_waiters; /* calls of spreetail_login() */
    struct call_list decided;       /* to be settled as the last login has ended */
    struct call_list reading;       /* answered, and the answer is being read */
    struct call_list settled;       /* watched, settled and not yet told */
    struct timers timers;           /* the deadline of every pending call */
    size_t pending, queued, in_flight;
    struct retry_budget budget;
    struct flow flow;
    bool more;         /* the last step stopped early */
    size_t to_be_told; /* calls that this step has settled and somebody watches */

    uint64_t last_call_id;
    struct event_queue events;
    struct spreetail_stats stats; /* what is counted; the rest is filled in when asked */
};

/* On a platform of the caller's choice. */
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
bool client_step_transport(spreetail_client *client, usec now, usec until);
struct exchange *client_next_done(spreetail_client *client);

/* Whether a call that was watched has settled, or there is an event. */
bool client_has_news(const spreetail_client *client);

/* Counts what an exchange has moved. */
void client_count_exchange(spreetail_client *client, const struct exchange *exchange);

#endif
