/* certificate.h: what a certificate says about itself, for people to read. */
#ifndef SPREETAIL_CERTIFICATE_H
#define SPREETAIL_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdint.h>

struct certificate {
    char subject[256], issuer[256]; /* "CN=Sandbox, O=..."; cut where they are longer */
    char names[512]; /* the hosts and addresses that it is for: "a.example, 127.0.0.1" */
    int64_t not_before, not_after; /* seconds since the epoch; 0: not to be read */
};

/* Fills it; what can't be read is empty. */
void certificate_read(struct certificate *certificate, X509 *from);

#endif
