/* login.h: one login at a time: credentials out, a token in. */
#ifndef SPREETAIL_LOGIN_H
#define SPREETAIL_LOGIN_H

#include "exchange.h"
#include "spreetail.h"

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

/* Stops one that is under way. Why the last one failed stays known. */
void login_stop(spreetail_client *client);

/* The same, and frees everything. */
void login_clear(spreetail_client *client);

#endif
