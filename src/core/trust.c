#include "trust.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

struct trust {
    X509_STORE *store;
    struct buffer bundle; /* PEM that is not in the store; empty: all is */
};

/*
 * Loading.
 */

/* Whether certificates in it can be found by name: OpenSSL calls them 5ad8a5d6.0 and the like. */
static bool is_hashed(const char *directory) {
    const size_t hash = 8;
    const struct dirent *entry;
    bool found = false;
    DIR *entries = directory ? opendir(directory) : NULL;
    while (entries && !found && (entry = readdir(entries))) {
        const char *name = entry->d_name, *number = name + hash + 1;
        found = strspn(name, "0123456789abcdef") == hash && name[hash] == '.' && *number &&
                number[strspn(number, "0123456789")] == '\0';
    }
    if (entries)
        closedir(entries);
    return found;
}

/* Appends what is in the file, if it is there; false when memory runs out. */
static bool read_file(struct buffer *bytes, const char *name) {
    char piece[16 * 1024];
    size_t size;
    bool whole = true;
    FILE *file = fopen(name, "re");
    if (!file)
        return errno != ENOMEM;
    while (whole && (size = fread(piece, 1, sizeof piece, file)) > 0)
        whole = bytes->size <= INT_MAX - size && buffer_add(bytes, piece, size);
    fclose(file);
    return whole;
}

static bool load_system(struct trust *trust, const char *bundle, const char *directory) {
    if (is_hashed(directory))
        return X509_STORE_load_path(trust->store, directory) == 1 &&
               (!bundle || read_file(&trust->bundle, bundle));
    /* Where there are none, nothing is trusted, and the error of the first connection says so. */
    if (bundle)
        X509_STORE_load_file(trust->store, bundle);
    else if (directory)
        X509_STORE_load_path(trust->store, directory);
    return true;
}

static bool load_named(struct trust *trust, const char *ca_file, const char *ca_path) {
    return (!ca_file || X509_STORE_load_file(trust->store, ca_file) == 1) &&
           (!ca_path || X509_STORE_load_path(trust->store, ca_path) == 1);
}

static struct trust *trust_new(void) {
    struct trust *trust = calloc(1, sizeof *trust);
    if (!trust)
        return NULL;
    trust->store = X509_STORE_new();
    /* As libcurl sets them: an intermediate CA may be trusted by itself. */
    if (trust->store && X509_STORE_set_flags(trust->store, X509_V_FLAG_TRUSTED_FIRST |
                                                               X509_V_FLAG_PARTIAL_CHAIN) == 1)
        return trust;
    trust_free(trust);
    return NULL;
}

/* The trust if it is `whole`. */
static struct trust *loaded(struct trust *trust, bool whole) {
    ERR_clear_error(); /* which libcurl would take for one of its own */
    if (whole)
        return trust;
    trust_free(trust);
    return NULL;
}

struct trust *trust_load_system(const char *bundle, const char *directory) {
    struct trust *trust = trust_new();
    return loaded(trust, trust && load_system(trust, bundle, directory));
}

struct trust *trust_load(const char *ca_file, const char *ca_path) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    if (!ca_file && !ca_path)
        return trust_load_system(curl->cainfo, curl->capath);
    struct trust *trust = trust_new();
    return loaded(trust, trust && load_named(trust, ca_file, ca_path));
}

void trust_free(struct trust *trust) {
    if (!trust)
        return;
    X509_STORE_free(trust->store);
    buffer_free(&trust->bundle);
    free(trust);
}

/*
 * Verifying.
 */

/* Puts what is in the bundle into the store; whether there is more in it now. */
static bool add_bundle(struct trust *trust) {
    struct buffer *bundle = &trust->bundle;
    if (bundle->size == 0)
        return false;
    BIO *pem = BIO_new_mem_buf(bundle->data, (int)bundle->size);
    STACK_OF(X509_INFO) *found = pem ? PEM_X509_INFO_read_bio(pem, NULL, NULL, "") : NULL;
    bool whole = found != NULL;
    for (int i = 0; i < sk_X509_INFO_num(found); i++) {
        X509 *certificate = sk_X509_INFO_value(found, i)->x509;
        whole &= !certificate || X509_STORE_add_cert(trust->store, certificate) == 1;
    }
    sk_X509_INFO_pop_free(found, X509_INFO_free);
    BIO_free(pem);
    if (whole)
        buffer_free(bundle);
    return whole;
}

/* Called by OpenSSL instead of its own verification, which it begins with, and which is done once
 * more when the bundle may know better. */
static int verify(X509_STORE_CTX *verification, void *context) {
    ERR_set_mark(); /* an odd file in the directory is no failure of the connection */
    int verified = X509_verify_cert(verification);
    if (verified != 1 && add_bundle(context)) {
        X509_STORE_CTX_set0_verified_chain(verification, NULL);
        X509_STORE_CTX_set_error(verification, X509_V_OK);
        verified = X509_verify_cert(verification);
    }
    ERR_pop_to_mark();
    return verified == 1;
}

void trust_install(struct trust *trust, void *ssl_context) {
    SSL_CTX_set1_cert_store(ssl_context, trust->store);
    SSL_CTX_set_cert_verify_callback(ssl_context, verify, trust);
}
