/* proxy.h: the option `proxy`, taken apart: an address that may be shown, and credentials. */
#ifndef SPREETAIL_PROXY_H
#define SPREETAIL_PROXY_H

#include "transfer.h"

/* Reads the option (not NULL); returns what is wrong with it, in words without it, or NULL. */
const char *proxy_read(struct proxy *proxy, const char *given);

void proxy_clear(struct proxy *proxy);

#endif
