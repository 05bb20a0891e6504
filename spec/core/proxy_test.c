#include "options.h"

#include <string.h>

#include "check.h"

static void check_read(const char *given, const char *url, const char *user, const char *password) {
    struct proxy proxy = {0};
    assert_null(proxy_read(&proxy, given));
    assert_string_equal(proxy.url, url);
    assert_string_equal(proxy.user ? proxy.user : "-", user);
    assert_string_equal(proxy.password ? proxy.password : "-", password);
    proxy_clear(&proxy);
}

static void credentials_are_taken_out_of_the_address(void **state) {
    (void)state;
    check_read("http://proxy.example:3128", "http://proxy.example:3128/", "-", "-");
    check_read("http://robot:s3cr3t@proxy.example:3128", "http://proxy.example:3128/", "robot",
               "s3cr3t");
    check_read("socks5h://robot:p%40ss@127.0.0.1:1080", "socks5h://127.0.0.1:1080/", "robot",
               "p@ss");
    check_read("https://robot@[::1]:3128", "https://[::1]:3128/", "robot", "-");
}

static void an_address_without_a_scheme_is_http(void **state) {
    (void)state;
    check_read("proxy.example:3128", "http://proxy.example:3128/", "-", "-");
    check_read("robot:s3cr3t@proxy.example:3128", "http://proxy.example:3128/", "robot", "s3cr3t");
}

static void environment_is_a_word_of_its_own(void **state) {
    (void)state;
    check_read("environment", "environment", "-", "-");
}

static void what_is_wrong_is_said_without_repeating_it(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "htp://robot:s3cr3t@proxy.example:3128",
        "http://robot:s3cr3t@proxy.example:port",
        "ftp://robot:s3cr3t@proxy.example",
        "http://",
        "",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct proxy proxy = {0};
        const char *fault = proxy_read(&proxy, wrong[i]);
        assert_non_null(fault);
        assert_contains(fault, "proxy: it");
        assert_null(strstr(fault, "s3cr3t"));
        proxy_clear(&proxy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_taken_out_of_the_address),
        cmocka_unit_test(an_address_without_a_scheme_is_http),
        cmocka_unit_test(environment_is_a_word_of_its_own),
        cmocka_unit_test(what_is_wrong_is_said_without_repeating_it),
    };
    return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
