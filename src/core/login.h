/* login.h: one login at a time: credentials out, a token in. */
#ifndef SPREETAIL_LOGIN_H
#define SPREETAIL_LOGIN_H

#include "client.h"

/* Begins one, which may take `timeout`. */
void login_start(spreetail_client *client, usec timeout);

/* Its exchange is over: keeps the token, or the error. Returns true when there is a new token. */
bool login_finish(spreetail_client *client);

/* The server refused a token. When it had just come from a login, the next one has to wait: `words`
 * (or NULL) are the server's reason. */
void login_reject(spreetail_client *client, uint64_t generation, const char *words);

/* Stops one that is under way, or about to be. Why the last one failed stays known. */
void login_stop(spreetail_client *client);

/* The same, and frees everything. */
void login_clear(spreetail_client *client);

#endif
