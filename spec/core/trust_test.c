#include <openssl/x509.h>

#include "check.h"
#include "trust.h"

static int count(X509_STORE *store) {
    STACK_OF(X509) *certificates = X509_STORE_get1_all_certs(store);
    int many = sk_X509_num(certificates);
    sk_X509_pop_free(certificates, X509_free);
    return many;
}

static void libcurl_uses_our_openssl_here(void **state) {
    (void)state;
    assert_true(trust_is_ours());
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libcurl_uses_our_openssl_here),
        cmocka_unit_test(every_certificate_of_a_bundle_is_read),
        cmocka_unit_test(without_a_name_it_is_what_libcurl_trusts),
        cmocka_unit_test(a_directory_is_looked_into_when_a_certificate_is_needed),
        cmocka_unit_test(a_file_without_a_certificate_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
