/* proxy.h: the option `proxy`, taken apart: an address that may be shown, and credentials. */
#ifndef SPREETAIL_PROXY_H
#define SPREETAIL_PROXY_H

struct proxy {
    char *url;             /* NULL: none; "environment": as that says; or without credentials */
    char *user, *password; /* in secret memory; NULL: none */
};

/* Reads the option (not NULL); returns what is wrong with it, in words without it, or NULL. */
const char *proxy_read(struct proxy *proxy, const char *given);

void proxy_clear(struct proxy *proxy);

#endif
