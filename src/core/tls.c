#include "tls.h"

#include <curl/curl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <string.h>

bool tls_is_ours(void) {
    static const char name[] = "OpenSSL/";
    const char *theirs = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return theirs && strncmp(theirs, name, sizeof name - 1) == 0 &&
           strcmp(theirs + sizeof name - 1, OpenSSL_version(OPENSSL_VERSION_STRING)) == 0;
}

/* Called by OpenSSL before and after each operation of what it reads from. */
static long count_down(BIO *bio, int operation, const char *bytes, size_t size, int argument,
                       long more, int result, size_t *done) {
    size_t *allowance = (size_t *)BIO_get_callback_arg(bio);
    (void)bytes;
    (void)size;
    (void)argument;
    (void)more;
    if (operation == BIO_CB_READ && *allowance == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0)
        *allowance -= *done < *allowance ? *done : *allowance;
    return result;
}

/* The first moment at which a connection has what it reads from, and we are told of it. */
static void watch_reading(const SSL *ssl, int where, int unused) {
    BIO *bio = SSL_get_rbio(ssl);
    (void)unused;
    if (where != SSL_CB_HANDSHAKE_START || !bio)
        return;
    BIO_set_callback_arg(bio, SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    BIO_set_callback_ex(bio, count_down);
}

void tls_throttle(void *ssl_context, size_t *allowance) {
    SSL_CTX_set_app_data(ssl_context, allowance);
    SSL_CTX_set_info_callback(ssl_context, watch_reading);
}
