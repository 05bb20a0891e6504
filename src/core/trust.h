/*
 * trust.h: the CAs that a client trusts, read once, when it is made.
 *
 * libcurl would read them when it first connects, which takes tens of milliseconds for a system's
 * bundle, and so holds up whoever drives the client. Here they are read into an OpenSSL store that
 * all connections share. That works when libcurl uses the very OpenSSL that we do; otherwise
 * libcurl reads them in its own way.
 */
#ifndef SPREETAIL_TRUST_H
#define SPREETAIL_TRUST_H

#include <curl/curl.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>

/* Whether libcurl's TLS is our OpenSSL. */
bool trust_is_ours(void);

/* The CAs in a PEM bundle and in a directory of hashed certificates, either of which may be NULL;
 * both: those that libcurl was built to trust. NULL when a file that was named holds none, or
 * memory runs out. */
X509_STORE *trust_load(const char *ca_file, const char *ca_path);

void trust_free(X509_STORE *store);

/* Makes an SSL_CTX trust what is in the store. */
void trust_install(void *ssl_context, X509_STORE *store);

#endif
