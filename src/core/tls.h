/*
 * tls.h: what is asked of OpenSSL behind libcurl's back: whom to trust, and how much to read.
 *
 * The CAs that a client trusts are read once, when it is made. libcurl would read them when it
 * first connects, which takes tens of milliseconds for a system's bundle, and so holds up whoever
 * drives the client. Here they are read into an OpenSSL store that all connections share. That
 * works when libcurl uses the very OpenSSL that we do; otherwise libcurl reads them in its own way.
 *
 * Asked for what an HTTP/2 stream has received, libcurl reads from the connection until there is
 * something, or nothing more comes: a server that goes on sending frames of no consequence keeps it
 * for as long as it likes, past every time-out. So below TLS, where OpenSSL can be asked to, a read
 * beyond the allowance is put off as if nothing had come yet; the socket remains readable.
 */
#ifndef SPREETAIL_TLS_H
#define SPREETAIL_TLS_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>

/* Whether libcurl's TLS is our OpenSSL. */
bool tls_is_ours(void);

/* The CAs in a PEM bundle and in a directory of hashed certificates, either of which may be NULL;
 * both: those that libcurl was built to trust. NULL when a file that was named holds none, or
 * memory runs out. */
X509_STORE *trust_load(const char *ca_file, const char *ca_path);

void trust_free(X509_STORE *store);

/* Makes an SSL_CTX trust what is in the store. */
void tls_trust(void *ssl_context, X509_STORE *store);

/* For the SSL_CTX of connections to come: what they read counts down *allowance, and waits while
 * that is 0. It must outlive them. */
void tls_throttle(void *ssl_context, size_t *allowance);

#endif
