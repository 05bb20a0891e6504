/*
 * reuse.h: whether a connection that has carried a request before may carry another.
 *
 * HTTP/1.1 doesn't say which request an answer belongs to. What lies on a connection when a request
 * goes out would be taken for the answer to it, though it belongs to nobody. libcurl looks for that
 * from 8.0.0 on, but never at what TLS has decrypted already.
 */
#ifndef SPREETAIL_REUSE_H
#define SPREETAIL_REUSE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "sockets.h"

/* The connection that a request is about to go out on. */
struct reuse {
    CURL *easy;
    struct sockets *sockets; /* all that libcurl has open */
    int local_port;          /* as libcurl's pre-request callback is told */
    bool own_tls;            /* libcurl's TLS is our OpenSSL, so that it can be asked */
    bool http2;              /* what it speaks where TLS can't be asked */
};

/*
 * Always true for a new connection, and for HTTP/2, whose streams have numbers. Else any input will
 * do to say no: over TLS it may be a session ticket, but servers send those at the beginning, and
 * they were read with the first answer; or it is the server's goodbye.
 */
bool reuse_is_safe(const struct reuse *reuse);

#endif
