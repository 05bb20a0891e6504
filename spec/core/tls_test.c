#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "check.h"
#include "tls.h"

static int count(X509_STORE *store) {
    STACK_OF(X509) *certificates = X509_STORE_get1_all_certs(store);
    int many = sk_X509_num(certificates);
    sk_X509_pop_free(certificates, X509_free);
    return many;
}

static void libcurl_uses_our_openssl_here(void **state) {
    (void)state;
    assert_true(tls_is_ours());
}

static void every_certificate_of_a_bundle_is_read(void **state) {
    (void)state;
    X509_STORE *store = trust_load("/etc/ssl/certs/ca-certificates.crt", NULL);
    assert_non_null(store);
    assert_true(count(store) > 100);
    trust_free(store);
}

static void without_a_name_it_is_what_libcurl_trusts(void **state) {
    (void)state;
    X509_STORE *named = trust_load(curl_version_info(CURLVERSION_NOW)->cainfo, NULL);
    X509_STORE *store = trust_load(NULL, NULL);
    assert_non_null(store);
    assert_int_equal(count(store), count(named));
    trust_free(store);
    trust_free(named);
}

static void a_directory_is_looked_into_when_a_certificate_is_needed(void **state) {
    (void)state;
    X509_STORE *store = trust_load(NULL, "/etc/ssl/certs");
    assert_non_null(store);
    assert_int_equal(count(store), 0);
    trust_free(store);
}

static void a_file_without_a_certificate_is_refused(void **state) {
    (void)state;
    assert_null(trust_load("/dev/null", NULL));
    assert_null(trust_load("/no/such/file", NULL));
    assert_null(trust_load("/dev/null", "/etc/ssl/certs"));
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
        cmocka_unit_test(every_certificate_of_a_bundle_is_read),
        cmocka_unit_test(without_a_name_it_is_what_libcurl_trusts),
        cmocka_unit_test(a_directory_is_looked_into_when_a_certificate_is_needed),
        cmocka_unit_test(a_file_without_a_certificate_is_refused),
        cmocka_unit_test(what_is_read_counts_down_the_allowance),
        cmocka_unit_test(without_an_allowance_it_is_as_if_nothing_had_come),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
