/*
 * token.h: the token's life, as states and pure decisions. Who logs in, and how, is not known here.
 *
 * Moments are on the boot-time clock, since a token ages while the machine sleeps.
 */
#ifndef SPREETAIL_TOKEN_H
#define SPREETAIL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "clock.h"

/* One token, shared by the calls that were sent with it. */
struct token {
    unsigned references;
    uint64_t generation; /* 1 for a client's first token, 2 for its second, ... */
    bool ours;           /* a login of this client's brought it, rather than somebody else */
    bool served;         /* the server took it: a call was answered otherwise than with a 401 */
    char *authorization; /* the header line "Authorization: Bearer ...", in secret memory */
    const char *value;   /* the token within that line */
    size_t value_size;
    usec sent_at, renew_at, expires_at;
    LIST_ENTRY(token) link;
};

/* The tokens of one client. */
struct token_source {
    usec margin;            /* renew this long ahead */
    double jitter;          /* 0 to 1: this client's place within the last quarter of that margin */
    struct token *current;  /* NULL: there is none that works, as far as we know */
    struct token *rejected; /* the last that the server refused; NULL: none yet */
    LIST_HEAD(, token) live; /* these two, and what calls under way were sent with */
    uint64_t generation;     /* of the last token that came */
    bool logging_in;         /* one login at a time */
    usec sent_at;            /* when that login was sent */
    unsigned failures;       /* logins that failed since the last success */
    unsigned wasted;         /* logins in a row whose token was refused before it had served */
    unsigned misled;         /* tokens of others that were refused since our last login */
    usec next_login_at;      /* no login before this */
    usec refused_until;      /* the credentials were refused: no login before this either */
};

enum token_state {
    TOKEN_GOOD,    /* use the current one */
    TOKEN_AGEING,  /* use it, and log in beside */
    TOKEN_MISSING, /* nothing to use: log in (from token_next_login() on) and wait */
    TOKEN_REFUSED  /* nothing to use, and the credentials were refused lately */
};

enum token_state token_state(const struct token_source *source, usec now);

/* Whether calls can be sent in this state. */
bool token_is_usable(enum token_state state);

/* Servers take headers of a few kilobytes. */
enum { TOKEN_MOST = 32 * 1024 };

/* Whether it is one that can stand in a header. */
bool token_is_sendable(const char *value, size_t size);

/* When a login may start: after the pause that failures ask for, and not while a refusal is
 * remembered. USEC_NEVER while one is under way. */
usec token_next_login(const struct token_source *source);

/* A login is being sent. Each of the three below ends it. */
void token_login_sent(struct token_source *source, usec now);

/* It brought a token that lives `life`, counted from when the login was sent. False when memory
 * runs out: then nothing has changed, and the login has still to be ended. */
bool token_accept(struct token_source *source, const char *value, size_t size, usec life);

/* Whether tokens of others are still taken: who hands them out may lie, or have nothing better.
 * After one that was refused a newer one is (another client may have logged in since), and after
 * two in turn none, until a login of ours has brought one. */
bool token_trusts_others(const struct token_source *source);
bool token_is_worth_a_try(const struct token_source *source, usec sent_at);

/* A token that somebody else has got: sent at `sent_at`, with a life of `life`. */
bool token_adopt(struct token_source *source, const char *value, size_t size, usec sent_at,
                 usec life);

/* It failed in a way that may pass. The next one has to wait `pause`; a token that still works
 * stays. */
void token_failed(struct token_source *source, usec now, usec pause);

/* The credentials were refused: no login for the next minute. */
void token_refused(struct token_source *source, usec now);

/* The server has taken a token: logins do help. */
void token_serve(struct token_source *source, struct token *token);

/* The server refused a token of this generation: if that is the current one, it is of no use.
 * True: a login of ours had brought it in vain, and the next one should wait: token_delay(). */
bool token_reject(struct token_source *source, uint64_t generation);
void token_delay(struct token_source *source, usec now, usec pause);

struct token *token_hold(struct token *token);
void token_release(struct token *token);

/* Forgets and wipes what the source holds. */
void token_source_clear(struct token_source *source);

#endif
