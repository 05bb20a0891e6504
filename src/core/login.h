/* login.h: one login at a time: credentials out, a token in. */
#ifndef SPREETAIL_LOGIN_H
#define SPREETAIL_LOGIN_H

#include "spreetail.h"
#include "transport.h"

struct login {
    struct exchange exchange;
    struct buffer request; /* the body, while it is being sent; in secret memory */
    bool early;    /* ahead of time: the token before it was still good for calls, and ageing */
    bool accepted; /* how the last one that was answered ended */
    usec started;  /* monotonic */
    struct spreetail_error error; /* why the last login failed */
};

/* Begins one. */
void login_start(spreetail_client *client);

/* Its exchange is over: keeps the token, or the error. Returns true when there is a new token. */
bool login_finish(spreetail_client *client);

/* The server refused a token. When it had just come from a login, the next one has to wait: `words`
 * (or NULL) are the server's reason. */
void login_reject(spreetail_client *client, uint64_t generation, const char *words);

/* Stops one that is under way. Why the last one failed stays known. */
void login_stop(spreetail_client *client);

/* The same, and frees everything. */
void login_clear(spreetail_client *client);

#endif
