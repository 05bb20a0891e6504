#include <openssl/ssl.h>

#include "check.h"
#include "tls.h"

static void libcurl_uses_our_openssl_here(void **state) {
    (void)state;
    assert_true(tls_is_ours());
}

/*
 * Reading below TLS, against bytes in memory.
 */

/* What a client that connects, and finds bytes that are no TLS, may read of them: what stops it. */
static int connect_to_nonsense(size_t *allowance, size_t *left) {
    static const char nonsense[] = "SSH-2.0-OpenSSH_9.2\r\n";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    tls_throttle(context, allowance);
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    BIO_write(in, nonsense, sizeof nonsense);
    SSL_set_bio(ssl, in, out);
    int why = SSL_get_error(ssl, SSL_connect(ssl));
    *left = BIO_pending(in);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return why;
}

static void what_is_read_counts_down_the_allowance(void **state) {
    (void)state;
    size_t allowance = 100, left;
    assert_int_equal(connect_to_nonsense(&allowance, &left), SSL_ERROR_SSL);
    assert_int_equal(allowance, 95); /* the head of a TLS record */
    allowance = 3;
    assert_int_equal(connect_to_nonsense(&allowance, &left), SSL_ERROR_SSL);
    assert_int_equal(allowance, 0);
}

static void without_an_allowance_it_is_as_if_nothing_had_come(void **state) {
    (void)state;
    size_t allowance = 0, left;
    assert_int_equal(connect_to_nonsense(&allowance, &left), SSL_ERROR_WANT_READ);
    assert_int_equal(left, sizeof "SSH-2.0-OpenSSH_9.2\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libcurl_uses_our_openssl_here),
        cmocka_unit_test(what_is_read_counts_down_the_allowance),
        cmocka_unit_test(without_an_allowance_it_is_as_if_nothing_had_come),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
