/* request.h: what a program asks for, checked and made into a call. */
#ifndef SPREETAIL_REQUEST_H
#define SPREETAIL_REQUEST_H

#include "call.h"

/* What is wrong with it, so that it can't be sent, or NULL. */
const char *request_fault(const struct spreetail_request *request);

/* A call that is pending in that state, or NULL when memory runs out. The caller holds it. On a
 * closed client it has settled already. */
spreetail_call *request_start(spreetail_client *client, const struct spreetail_request *request,
                              enum call_state state);

#endif
