#include "seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

enum { VERSION = 1, NONCE_SIZE = 12, TAG_SIZE = 16 };

static bool derive_with(EVP_KDF_CTX *context, const struct seal_identity *identity,
                        const char *purpose, unsigned char *bytes, size_t size) {
    /* Each with its NUL, so that none can run into the next. */
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (char *)identity->secret,
                                          identity->secret_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (char *)"spreetail", 9),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)purpose,
                                          strlen(purpose) + 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)identity->base_url,
                                          strlen(identity->base_url) + 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)identity->client_id,
                                          strlen(identity->client_id) + 1),
        OSSL_PARAM_construct_end(),
    };
    return EVP_KDF_derive(context, bytes, size, parameters) == 1;
}

bool seal_derive(const struct seal_identity *identity, const char *purpose, unsigned char *bytes,
                 size_t size) {
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool derived = context && derive_with(context, identity, purpose, bytes, size);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return derived;
}

bool seal(const unsigned char key[SEAL_KEY_SIZE], const void *plain, size_t size,
          unsigned char *sealed) {
    unsigned char *nonce = sealed + 1, *text = nonce + NONCE_SIZE, *tag = text + size;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length;
    sealed[0] = VERSION;
    bool done = context && size <= INT32_MAX && RAND_bytes(nonce, NONCE_SIZE) == 1 &&
                EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
                EVP_EncryptUpdate(context, NULL, &length, sealed, 1) == 1 &&
                EVP_EncryptUpdate(context, text, &length, plain, (int)size) == 1 &&
                EVP_EncryptFinal_ex(context, tag, &length) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

bool unseal(const unsigned char key[SEAL_KEY_SIZE], const unsigned char *sealed, size_t size,
            void *plain) {
    if (size < SEAL_OVERHEAD || size > INT32_MAX || sealed[0] != VERSION)
        return false;
    const unsigned char *nonce = sealed + 1, *text = nonce + NONCE_SIZE;
    size_t text_size = size - SEAL_OVERHEAD;
    unsigned char tag[TAG_SIZE];
    memcpy(tag, text + text_size, TAG_SIZE);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length;
    bool done = context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
                EVP_DecryptUpdate(context, NULL, &length, sealed, 1) == 1 &&
                EVP_DecryptUpdate(context, plain, &length, text, (int)text_size) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
                EVP_DecryptFinal_ex(context, (unsigned char *)plain + text_size, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}
