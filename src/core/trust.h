/*
 * trust.h: the CAs that a client trusts.
 *
 * libcurl would read them when it first connects, which takes tens of milliseconds for a system's
 * bundle, and so holds up whoever drives the client. Here they are in an OpenSSL store that all
 * connections of a client share. That works when libcurl uses the very OpenSSL that we do;
 * otherwise libcurl reads them in its own way.
 *
 * What a program names is read when its client is made. Most systems have their CAs twice: in one
 * bundle, and in a directory where each lies in a file that is called by a hash of its name. There
 * a CA is read when a certificate is first found to be signed by it. The bundle is kept as it
 * lies on disk, and is taken apart only for a certificate that the directory can't vouch for: so
 * what was appended to the bundle alone is trusted, and a program may go where it sees no
 * directory.
 */
#ifndef SPREETAIL_TRUST_H
#define SPREETAIL_TRUST_H

struct trust;

/* The CAs in a PEM bundle and in a directory of hashed certificates, either of which may be NULL;
 * both: those that libcurl was built to trust. NULL when a file that was named holds none, or
 * memory runs out. */
struct trust *trust_load(const char *ca_file, const char *ca_path);

/* A system's, where either may be NULL, and need not be there: then nothing is trusted. NULL when
 * memory runs out. */
struct trust *trust_load_system(const char *bundle, const char *directory);

/* NULL is allowed. */
void trust_free(struct trust *trust);

/* Makes the connections of an SSL_CTX trust these CAs, which must outlive them. */
void trust_install(struct trust *trust, void *ssl_context);

#endif
