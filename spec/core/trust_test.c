#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "trust.h"

/*
 * Certificates, and whom they are signed by.
 */

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

struct facts {
    const char *name;
    bool is_ca;
    int from, to;        /* days from now */
    const char *purpose; /* its extended key usage; NULL: any */
};

static const long day = 24 * 60 * 60;

static void add_extension(X509 *certificate, int which, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, which, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* Signed by the issuer; without one by itself. */
static struct identity identity_new(struct facts facts, const struct identity *issuer) {
    struct identity new = {X509_new(), EVP_EC_gen("P-256")};
    const struct identity *signer = issuer ? issuer : &new;
    X509_set_version(new.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(new.certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(new.certificate), facts.from * day);
    X509_gmtime_adj(X509_getm_notAfter(new.certificate), facts.to * day);
    X509_set_pubkey(new.certificate, new.key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(new.certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)facts.name, -1, -1, 0);
    X509_set_issuer_name(new.certificate, X509_get_subject_name(signer->certificate));
    add_extension(new.certificate, NID_basic_constraints,
                  facts.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (facts.purpose)
        add_extension(new.certificate, NID_ext_key_usage, facts.purpose);
    X509_sign(new.certificate, signer->key, EVP_sha256());
    return new;
}

static void identity_free(struct identity *identity) {
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

static struct identity authority, intermediate, unknown;

static int make_authorities(void **state) {
    (void)state;
    authority = identity_new((struct facts){"Authority", true, -10, 10, NULL}, NULL);
    intermediate = identity_new((struct facts){"Intermediate", true, -10, 10, NULL}, &authority);
    unknown = identity_new((struct facts){"Unknown", true, -10, 10, NULL}, NULL);
    return 0;
}

static int free_authorities(void **state) {
    (void)state;
    identity_free(&authority);
    identity_free(&intermediate);
    identity_free(&unknown);
    return 0;
}

/*
 * A system: a directory, and a bundle.
 */

static char directory[] = "/tmp/spreetail-trust-XXXXXX", bundle[64];

static int make_system(void **state) {
    (void)state;
    strcpy(strrchr(directory, '-'), "-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(bundle, sizeof bundle, "%s/bundle.pem", directory);
    return 0;
}

static void empty_directory(void) {
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    while ((entry = readdir(entries)))
        unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
}

static int remove_system(void **state) {
    (void)state;
    empty_directory();
    return rmdir(directory);
}

static void append(const char *path, const struct identity *identity) {
    FILE *file = fopen(path, "a");
    PEM_write_X509(file, identity->certificate);
    fclose(file);
}

/* The path under which OpenSSL looks for a CA in the directory. */
static const char *hashed_path(const struct identity *identity) {
    static char path[64];
    X509_NAME *name = X509_get_subject_name(identity->certificate);
    snprintf(path, sizeof path, "%s/%08lx.0", directory, X509_NAME_hash_ex(name, NULL, NULL, NULL));
    return path;
}

static void put_into_directory(const struct identity *identity) {
    append(hashed_path(identity), identity);
}

static void put_into_bundle(const struct identity *identity) {
    append(bundle, identity);
}

static struct trust *load(void) {
    struct trust *trust = trust_load_system(bundle, directory);
    assert_non_null(trust);
    return trust;
}

/* How many CAs were read until now. */
static int count_read(struct trust *trust) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    trust_install(trust, context);
    STACK_OF(X509) *all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context));
    int count = sk_X509_num(all);
    sk_X509_pop_free(all, X509_free);
    SSL_CTX_free(context);
    return count;
}

/*
 * Handshakes, in memory.
 */

/* Lets both speak in turn, until the client has what it needs or fails. */
static bool shake_hands(SSL *client, SSL *server) {
    for (int turn = 0; turn < 10; turn++) {
        ERR_clear_error();
        int done = SSL_connect(client);
        if (done == 1)
            return true;
        if (SSL_get_error(client, done) != SSL_ERROR_WANT_READ)
            return false;
        SSL_accept(server);
    }
    return false;
}

/* What a client thinks of a server with this certificate, which sends another along unless NULL. */
static long verify_chain(struct trust *trust, const struct identity *server,
                         const struct identity *along) {
    SSL_CTX *ours = SSL_CTX_new(TLS_client_method()), *theirs = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_verify(ours, SSL_VERIFY_PEER, NULL);
    trust_install(trust, ours);
    SSL_CTX_use_certificate(theirs, server->certificate);
    SSL_CTX_use_PrivateKey(theirs, server->key);
    if (along)
        SSL_CTX_add1_chain_cert(theirs, along->certificate);
    SSL *client = SSL_new(ours), *remote = SSL_new(theirs);
    BIO *near, *far;
    BIO_new_bio_pair(&near, 0, &far, 0);
    SSL_set_bio(client, near, near);
    SSL_set_bio(remote, far, far);
    SSL_set_connect_state(client);
    SSL_set_accept_state(remote);
    bool connected = shake_hands(client, remote);
    long result = SSL_get_verify_result(client);
    assert_int_equal(connected, result == X509_V_OK);
    if (!connected) /* the first error is what libcurl reports */
        assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_CERTIFICATE_VERIFY_FAILED);
    SSL_free(client);
    SSL_free(remote);
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
    return result;
}

/* The same, of a server whose certificate this issuer has signed. */
static long verify(struct trust *trust, const struct identity *issuer) {
    struct identity server = identity_new((struct facts){"Server", false, -1, 1, NULL}, issuer);
    long result = verify_chain(trust, &server, NULL);
    identity_free(&server);
    return result;
}

/*
 * What is trusted.
 */

static void a_ca_in_the_directory_is_read_when_it_is_needed(void **state) {
    (void)state;
    put_into_directory(&authority);
    put_into_directory(&unknown);
    struct trust *trust = load();
    assert_int_equal(count_read(trust), 0);
    assert_int_equal(verify(trust, &authority), X509_V_OK);
    assert_int_equal(count_read(trust), 1);
    trust_free(trust);
}

static void nor_is_the_bundle_read_for_what_the_directory_vouches_for(void **state) {
    (void)state;
    put_into_directory(&authority);
    put_into_bundle(&authority);
    put_into_bundle(&unknown);
    struct trust *trust = load();
    struct identity server =
        identity_new((struct facts){"Server", false, -1, 1, NULL}, &intermediate);
    assert_int_equal(verify_chain(trust, &server, &intermediate), X509_V_OK);
    assert_int_equal(count_read(trust), 1);
    identity_free(&server);
    trust_free(trust);
}

static void a_ca_in_the_bundle_alone_is_trusted_too(void **state) {
    (void)state;
    put_into_directory(&unknown);
    put_into_bundle(&authority);
    struct trust *trust = load();
    assert_int_equal(verify(trust, &authority), X509_V_OK);
    assert_int_equal(verify(trust, &unknown), X509_V_OK);
    trust_free(trust);
}

static void a_program_may_go_where_it_sees_neither(void **state) {
    (void)state;
    put_into_directory(&authority);
    put_into_bundle(&authority);
    struct trust *trust = load();
    empty_directory();
    assert_int_equal(verify(trust, &authority), X509_V_OK);
    trust_free(trust);
}

static void write_nonsense(const char *path) {
    FILE *file = fopen(path, "w");
    fputs("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n", file);
    fclose(file);
}

static void what_is_broken_does_no_harm(void **state) {
    (void)state;
    write_nonsense(hashed_path(&authority));
    put_into_directory(&intermediate);
    put_into_bundle(&authority);
    struct trust *trust = load();
    assert_int_equal(verify(trust, &authority), X509_V_OK);
    trust_free(trust);
    write_nonsense(bundle);
    trust = load();
    assert_int_equal(verify(trust, &intermediate), X509_V_OK);
    assert_int_equal(verify(trust, &authority), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);
}

static void an_intermediate_ca_is_trusted_by_itself(void **state) {
    (void)state;
    put_into_directory(&intermediate);
    struct trust *trust = load();
    assert_int_equal(verify(trust, &intermediate), X509_V_OK);
    assert_int_equal(verify(trust, &authority), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);
}

static void without_hashes_in_the_directory_the_bundle_is_read_at_once(void **state) {
    (void)state;
    static const char *const others[] = {"Authority.pem", "5ad8a5d6",   "5ad8a5d6.",  "5ad8a5d6.r0",
                                         "5ad8a5d.0",     "5AD8A5D6.0", "05ad8a5d6.0"};
    char path[128];
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        snprintf(path, sizeof path, "%s/%s", directory, others[i]);
        append(path, &unknown);
    }
    put_into_bundle(&authority);
    struct trust *trust = load();
    assert_int_equal(count_read(trust), 1);
    assert_int_equal(verify(trust, &authority), X509_V_OK);
    assert_int_equal(verify(trust, &unknown), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);
}

static void without_a_bundle_the_directory_does(void **state) {
    (void)state;
    put_into_directory(&authority);
    struct trust *trust = trust_load_system(NULL, directory);
    assert_int_equal(verify(trust, &authority), X509_V_OK);
    assert_int_equal(verify(trust, &unknown), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);
}

static void where_there_is_neither_nothing_is_trusted(void **state) {
    (void)state;
    struct trust *trust = trust_load_system("/no/such/file", "/no/such/directory");
    assert_int_equal(verify(trust, &authority), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);
    trust = trust_load_system(NULL, NULL);
    assert_int_equal(verify(trust, &authority), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trust_free(trust);
}

/*
 * What is not, wherever CAs are read from.
 */

static struct trust *by_directory(void) {
    put_into_directory(&authority);
    return load();
}

static struct trust *by_bundle(void) {
    put_into_bundle(&authority);
    return load();
}

static struct trust *by_both(void) {
    put_into_directory(&authority);
    put_into_bundle(&authority);
    return load();
}

static struct trust *by_a_bundle_that_says_more(void) {
    put_into_directory(&unknown);
    put_into_bundle(&authority);
    struct trust *trust = load();
    empty_directory();
    return trust;
}

static struct trust *by_a_file_that_is_named(void) {
    put_into_bundle(&authority);
    return trust_load(bundle, NULL);
}

static struct trust *by_a_directory_that_is_named(void) {
    put_into_directory(&authority);
    return trust_load(NULL, directory);
}

static struct trust *(*const ways[])(void) = {
    by_directory,
    by_bundle,
    by_both,
    by_a_bundle_that_says_more,
    by_a_file_that_is_named,
    by_a_directory_that_is_named,
};

/* Whichever way its CA is trusted, this is what is thought of a server. */
static void expect(long result, struct facts facts, const struct identity *issuer,
                   const struct identity *along) {
    struct identity server = identity_new(facts, issuer);
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct trust *trust = ways[i]();
        for (int again = 0; again < 2; again++)
            assert_int_equal(verify_chain(trust, &server, along), result);
        trust_free(trust);
        empty_directory();
    }
    identity_free(&server);
}

static const struct facts good = {"Server", false, -1, 1, NULL};

static void a_good_certificate_is_trusted(void **state) {
    (void)state;
    expect(X509_V_OK, good, &authority, NULL);
    expect(X509_V_OK, good, &intermediate, &intermediate);
}

static void one_that_an_unknown_ca_has_signed_is_not(void **state) {
    (void)state;
    expect(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, good, &unknown, NULL);
    expect(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, good, &unknown, &unknown);
    expect(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, good, NULL, NULL);
}

static void nor_one_that_an_impostor_of_a_trusted_ca_has_signed(void **state) {
    (void)state;
    struct identity impostor = identity_new((struct facts){"Authority", true, -1, 1, NULL}, NULL);
    expect(X509_V_ERR_CERT_SIGNATURE_FAILURE, good, &impostor, NULL);
    identity_free(&impostor);
}

static void nor_one_whose_time_is_over_or_has_not_come(void **state) {
    (void)state;
    expect(X509_V_ERR_CERT_HAS_EXPIRED, (struct facts){"Server", false, -2, -1, NULL}, &authority,
           NULL);
    expect(X509_V_ERR_CERT_NOT_YET_VALID, (struct facts){"Server", false, 1, 2, NULL}, &authority,
           NULL);
}

static void nor_one_whose_chain_has_a_gap(void **state) {
    (void)state;
    expect(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, good, &intermediate, NULL);
}

static void nor_one_that_no_ca_has_signed(void **state) {
    (void)state;
    struct identity server = identity_new(good, &authority);
    expect(X509_V_ERR_INVALID_CA, (struct facts){"Forged", false, -1, 1, NULL}, &server, &server);
    identity_free(&server);
}

static void nor_one_that_is_for_another_purpose(void **state) {
    (void)state;
    struct facts facts = good;
    facts.purpose = "clientAuth";
    expect(X509_V_ERR_INVALID_PURPOSE, facts, &authority, NULL);
    facts.purpose = "serverAuth";
    expect(X509_V_OK, facts, &authority, NULL);
}

/*
 * The system that this runs on, and what programs name.
 */

static const char system_bundle[] = "/etc/ssl/certs/ca-certificates.crt";

static void every_certificate_of_a_bundle_is_read(void **state) {
    (void)state;
    struct trust *trust = trust_load(system_bundle, NULL);
    assert_non_null(trust);
    assert_true(count_read(trust) > 100);
    trust_free(trust);
}

static void without_a_name_none_is_read_before_it_is_needed(void **state) {
    (void)state;
    struct trust *trust = trust_load(NULL, NULL);
    assert_int_equal(count_read(trust), 0);
    assert_int_equal(verify(trust, &authority), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    struct trust *named = trust_load(system_bundle, NULL);
    assert_int_equal(count_read(trust), count_read(named));
    trust_free(named);
    trust_free(trust);
}

static void a_file_without_a_certificate_is_refused(void **state) {
    (void)state;
    assert_null(trust_load("/dev/null", NULL));
    assert_null(trust_load("/no/such/file", NULL));
    assert_null(trust_load("/dev/null", "/etc/ssl/certs"));
}

#define ON_A_SYSTEM(test) cmocka_unit_test_setup_teardown(test, make_system, remove_system)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_A_SYSTEM(a_ca_in_the_directory_is_read_when_it_is_needed),
        ON_A_SYSTEM(nor_is_the_bundle_read_for_what_the_directory_vouches_for),
        ON_A_SYSTEM(a_ca_in_the_bundle_alone_is_trusted_too),
        ON_A_SYSTEM(a_program_may_go_where_it_sees_neither),
        ON_A_SYSTEM(what_is_broken_does_no_harm),
        ON_A_SYSTEM(an_intermediate_ca_is_trusted_by_itself),
        ON_A_SYSTEM(without_hashes_in_the_directory_the_bundle_is_read_at_once),
        ON_A_SYSTEM(without_a_bundle_the_directory_does),
        cmocka_unit_test(where_there_is_neither_nothing_is_trusted),
        ON_A_SYSTEM(a_good_certificate_is_trusted),
        ON_A_SYSTEM(one_that_an_unknown_ca_has_signed_is_not),
        ON_A_SYSTEM(nor_one_that_an_impostor_of_a_trusted_ca_has_signed),
        ON_A_SYSTEM(nor_one_whose_time_is_over_or_has_not_come),
        ON_A_SYSTEM(nor_one_whose_chain_has_a_gap),
        ON_A_SYSTEM(nor_one_that_no_ca_has_signed),
        ON_A_SYSTEM(nor_one_that_is_for_another_purpose),
        cmocka_unit_test(every_certificate_of_a_bundle_is_read),
        cmocka_unit_test(without_a_name_none_is_read_before_it_is_needed),
        cmocka_unit_test(a_file_without_a_certificate_is_refused),
    };
    return cmocka_run_group_tests_name("trust", tests, make_authorities, free_authorities);
}
