#include "check.h"
#include "exchange.h"

static void expect_host(const char *url, const char *expected) {
    const struct exchange exchange = {.url = url};
    char host[EXCHANGE_HOST_ROOM];
    exchange_host(&exchange, host);
    assert_string_equal(host, expected);
}

static void its_host_is_shown_with_the_port(void **state) {
    (void)state;
    expect_host("https://api.example/v1/outbound", "api.example:443");
    expect_host("https://api.example", "api.example:443");
    expect_host("https://api.example:8443/order/a:b", "api.example:8443");
    expect_host("http://127.0.0.1/order", "127.0.0.1:80");
    expect_host("http://[::1]/order", "[::1]:80");
    expect_host("http://[::1]:8080/order", "[::1]:8080");
    expect_host("https://api.example?a=b:c/d", "api.example:443");
}

static void a_host_without_end_is_cut(void **state) {
    (void)state;
    char url[2000] = "https://";
    memset(url + 8, 'h', sizeof url - 9);
    const struct exchange exchange = {.url = url};
    char host[EXCHANGE_HOST_ROOM];
    exchange_host(&exchange, host);
    assert_int_equal(strlen(host), 280 + strlen(":443"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_host_is_shown_with_the_port),
        cmocka_unit_test(a_host_without_end_is_cut),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
