/*
 * seal.h: tokens that may be kept where others can read and write.
 *
 * Sealed with AES-256-GCM under a key that is derived from the client secret (HKDF-SHA256, RFC
 * 5869) and bound to base URL and client id: whoever doesn't have the secret learns nothing from a
 * sealed token, and can't make one. OpenSSL does the work.
 */
#ifndef SPREETAIL_SEAL_H
#define SPREETAIL_SEAL_H

#include <stdbool.h>
#include <stddef.h>

enum { SEAL_KEY_SIZE = 32, SEAL_OVERHEAD = 1 + 12 + 16 /* version, nonce, tag */ };

/* What a key is made of. */
struct seal_identity {
    const char *secret;
    size_t secret_size;
    const char *base_url, *client_id;
};

/* Derives `size` bytes, different ones for each purpose. False when OpenSSL fails. */
bool seal_derive(const struct seal_identity *identity, const char *purpose, unsigned char *bytes,
                 size_t size);

/* Seals `size` bytes into `sealed`, which has room for SEAL_OVERHEAD more. */
bool seal(const unsigned char key[SEAL_KEY_SIZE], const void *plain, size_t size,
          unsigned char *sealed);

/* Opens what seal() made: `size` bytes into `plain`, which has room for SEAL_OVERHEAD fewer. False
 * when the key is another one, or a bit has been changed. */
bool unseal(const unsigned char key[SEAL_KEY_SIZE], const unsigned char *sealed, size_t size,
            void *plain);

#endif
