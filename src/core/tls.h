/*
 * tls.h: what is asked of OpenSSL behind libcurl's back: how much to read.
 *
 * Asked for what an HTTP/2 stream has received, libcurl reads from the connection until there is
 * something, or nothing more comes: a server that goes on sending frames of no consequence keeps it
 * for as long as it likes, past every time-out. So below TLS, where OpenSSL can be asked to, a read
 * beyond the allowance is put off as if nothing had come yet; the socket remains readable.
 */
#ifndef SPREETAIL_TLS_H
#define SPREETAIL_TLS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether libcurl's TLS is our OpenSSL. */
bool tls_is_ours(void);

/* For the SSL_CTX of connections to come: what they read counts down *allowance, and waits while
 * that is 0. It must outlive them. */
void tls_throttle(void *ssl_context, size_t *allowance);

#endif
