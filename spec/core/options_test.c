#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "options.h"

static struct spreetail_options complete(void) {
    return (struct spreetail_options){.client_id = "id",
                                      .client_secret = "secret-of-mine",
                                      .base_url = "https://api.example.test"};
}

static int without_environment(void **state) {
    (void)state;
    unsetenv("SPREETAIL_CLIENT_ID");
    unsetenv("SPREETAIL_CLIENT_SECRET");
    unsetenv("SPREETAIL_SECRET_COMMAND");
    unsetenv("SPREETAIL_BASE_URL");
    return 0;
}

static struct settings expect_accepted(struct spreetail_options options) {
    struct settings settings;
    struct spreetail_error error = {0};
    if (!settings_read(&settings, &options, &error))
        fail_msg("refused: %s", error.message);
    return settings;
}

/* `part` is what the message must say. */
static void expect_refused(struct spreetail_options options, const char *part) {
    struct settings settings;
    struct spreetail_error error = {0};
    if (settings_read(&settings, &options, &error))
        fail_msg("accepted: base_url %s", settings.base_url);
    assert_int_equal(error.kind, SPREETAIL_CONFIG);
    assert_contains(error.message, part);
    assert_lacks(error.message, "secret-of-mine");
    assert_false(error.retryable);
    assert_null(settings.client_secret);
    spreetail_error_clear(&error);
}

/*
 * What is filled in.
 */

static void what_is_left_out_has_its_default(void **state) {
    (void)state;
    struct settings settings = expect_accepted(complete());
    assert_int_equal(settings.timeout, 60 * USEC_PER_SEC);
    assert_int_equal(settings.attempt_timeout, 30 * USEC_PER_SEC);
    assert_int_equal(settings.connect_timeout, 10 * USEC_PER_SEC);
    assert_int_equal(settings.refresh_margin, 300 * USEC_PER_SEC);
    assert_int_equal(settings.max_in_flight, 256);
    assert_int_equal(settings.transport.max_connections, 8);
    assert_int_equal(settings.transport.max_response, 16 * 1024 * 1024);
    assert_null(settings.transport.proxy.url);
    assert_false(settings.transport.plain);
    assert_false(settings.events);
    assert_contains(settings.transport.user_agent, "spreetail-lua/");
    settings_clear(&settings);
}

static void negative_numbers_mean_what_the_header_says(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.retries = -1;
    options.refresh_margin = -1;
    options.timeout = -1;
    struct settings settings = expect_accepted(options);
    assert_int_equal(settings.retries, 4);
    assert_int_equal(settings.refresh_margin, 0);
    assert_int_equal(settings.timeout, 60 * USEC_PER_SEC);
    settings_clear(&settings);
    options.retries = 0;
    settings = expect_accepted(options);
    assert_int_equal(settings.retries, 0);
    settings_clear(&settings);
}

static void absurd_durations_do_not_overflow(void **state) {
    (void)state;
    static const double durations[] = {1e300, (double)INFINITY, (double)NAN};
    for (size_t i = 0; i < COUNT_OF(durations); i++) {
        struct spreetail_options options = complete();
        options.timeout = durations[i];
        struct settings settings = expect_accepted(options);
        assert_true(settings.timeout > 0 && settings.timeout < USEC_NEVER / 4);
        settings_clear(&settings);
    }
}

static void a_user_agent_goes_before_our_own(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.user_agent = "shop/2";
    struct settings settings = expect_accepted(options);
    assert_string_equal(settings.transport.user_agent,
                        "User-Agent: shop/2 spreetail-lua/" SPREETAIL_VERSION);
    settings_clear(&settings);
    options.user_agent = "shop\r\nX: y";
    expect_refused(options, "user_agent");
}

/*
 * Credentials.
 */

static void what_is_not_given_comes_from_the_environment(void **state) {
    (void)state;
    setenv("SPREETAIL_CLIENT_ID", "env-id", 1);
    setenv("SPREETAIL_CLIENT_SECRET", "env-secret", 1);
    setenv("SPREETAIL_BASE_URL", "https://env.example.test/x/", 1);
    struct settings settings = expect_accepted((struct spreetail_options){0});
    assert_string_equal(settings.client_id, "env-id");
    assert_string_equal(settings.client_secret, "env-secret");
    assert_string_equal(settings.base_url, "https://env.example.test/x");
    settings_clear(&settings);
    settings = expect_accepted(complete());
    assert_string_equal(settings.client_id, "id");
    assert_string_equal(settings.client_secret, "secret-of-mine");
    assert_string_equal(settings.base_url, "https://api.example.test");
    settings_clear(&settings);
}

static void without_credentials_there_is_no_client(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.client_id = NULL;
    expect_refused(options, "SPREETAIL_CLIENT_ID");
    options.client_id = "";
    expect_refused(options, "SPREETAIL_CLIENT_ID");
    options = complete();
    options.client_secret = NULL;
    expect_refused(options, "SPREETAIL_CLIENT_SECRET");
    setenv("SPREETAIL_CLIENT_SECRET", "", 1);
    expect_refused(options, "SPREETAIL_CLIENT_SECRET");
}

static void credentials_are_one_line_of_text(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.client_id = "id\n";
    expect_refused(options, "client_id");
    options = complete();
    options.client_secret = "secret-of-mine\n";
    expect_refused(options, "client_secret");
}

/* Writes a file to be read as the secret, and returns its name. */
static const char *write_file(const void *bytes, size_t size) {
    static char path[] = "/tmp/spreetail-secret-XXXXXX";
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
    return path;
}

static void a_secret_file_is_read_without_its_last_newline(void **state) {
    (void)state;
    static const char *const texts[] = {"from-file", "from-file\n", "from-file\r\n"};
    struct spreetail_options options = complete();
    options.client_secret = NULL;
    setenv("SPREETAIL_CLIENT_SECRET", "env-secret", 1);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        options.client_secret_file = write_file(texts[i], strlen(texts[i]));
        struct settings settings = expect_accepted(options);
        assert_string_equal(settings.client_secret, "from-file");
        assert_int_equal(settings.client_secret_size, 9);
        settings_clear(&settings);
        unlink(options.client_secret_file);
    }
}

static void a_secret_file_that_holds_no_secret_is_refused(void **state) {
    (void)state;
    static char large[70000];
    static const struct {
        const char *bytes;
        size_t size;
    } files[] = {{"", 0}, {"\n", 1}, {"a\nb", 3}, {"a\0b", 3}, {large, sizeof large}};
    struct spreetail_options options = complete();
    options.client_secret = NULL;
    memset(large, 'x', sizeof large);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        options.client_secret_file = write_file(files[i].bytes, files[i].size);
        expect_refused(options, "secret");
        unlink(options.client_secret_file);
    }
    options.client_secret_file = "/nonexistent/secret";
    expect_refused(options, "No such file");
    options.client_secret_file = "/tmp";
    expect_refused(options, "directory");
}

static void a_secret_file_that_others_may_write_is_refused_with_the_cure(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.client_secret = NULL;
    options.client_secret_file = write_file("from-file", 9);
    char cure[100];
    snprintf(cure, sizeof cure, "chmod go-w '%s'", options.client_secret_file);
    static const mode_t writable[] = {0620, 0602, 0660, 0666, 0777};
    for (size_t i = 0; i < COUNT_OF(writable); i++) {
        assert_int_equal(chmod(options.client_secret_file, writable[i]), 0);
        expect_refused(options, cure);
    }
    unlink(options.client_secret_file);
}

static void a_secret_file_that_others_may_read_is_accepted(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.client_secret = NULL;
    options.client_secret_file = write_file("from-file", 9);
    static const mode_t readable[] = {0400, 0600, 0640, 0444, 0644, 0755};
    for (size_t i = 0; i < COUNT_OF(readable); i++) {
        assert_int_equal(chmod(options.client_secret_file, readable[i]), 0);
        struct settings settings = expect_accepted(options);
        settings_clear(&settings);
    }
    unlink(options.client_secret_file);
}

static void expect_secret(struct spreetail_options options, const char *expected) {
    struct settings settings = expect_accepted(options);
    assert_string_equal(settings.client_secret, expected);
    assert_int_equal(settings.client_secret_size, strlen(expected));
    settings_clear(&settings);
}

static void a_secret_comes_from_a_command_where_nothing_goes_before_it(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.client_secret = NULL;
    setenv("SPREETAIL_SECRET_COMMAND", "echo from-environment-command", 1);
    expect_secret(options, "from-environment-command");
    setenv("SPREETAIL_CLIENT_SECRET", "from-environment", 1);
    expect_secret(options, "from-environment");
    options.client_secret_command = "echo from-command";
    expect_secret(options, "from-command");
    options.client_secret_file = write_file("from-file", 9);
    expect_secret(options, "from-file");
    unlink(options.client_secret_file);
    options.client_secret = "given";
    expect_secret(options, "given");
}

static void a_command_that_gives_no_secret_is_refused_and_not_shown(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.client_secret = NULL;
    setenv("SPREETAIL_CLIENT_SECRET", "env-secret", 1);
    options.client_secret_command = "echo secret-of-mine; exit 5";
    expect_refused(options, "the client_secret_command gave no secret: its exit status was 5");
    options.client_secret_command = "printf 'a\\tb'";
    expect_refused(options, "control character");
    unsetenv("SPREETAIL_CLIENT_SECRET");
    options.client_secret_command = NULL;
    setenv("SPREETAIL_SECRET_COMMAND", "exit 6 # secret-of-mine", 1);
    expect_refused(options, "the SPREETAIL_SECRET_COMMAND gave no secret: its exit status was 6");
    options.client_secret = "";
    expect_refused(options, "no client_secret: give");
}

static void a_secret_comes_through_a_pipe_too(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    int ends[2];
    char path[40];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "from-pipe\n", 10), 10);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    options.client_secret = NULL;
    options.client_secret_file = path;
    struct settings settings = expect_accepted(options);
    assert_string_equal(settings.client_secret, "from-pipe");
    settings_clear(&settings);
    close(ends[0]);
}

static void the_secret_can_be_forgotten_alone(void **state) {
    (void)state;
    struct settings settings = expect_accepted(complete());
    settings_forget_credentials(&settings);
    settings_forget_credentials(&settings);
    assert_null(settings.client_secret);
    assert_int_equal(settings.client_secret_size, 0);
    assert_non_null(settings.base_url);
    settings_clear(&settings);
}

/*
 * The base URL.
 */

static void expect_url(const char *url, const char *expected) {
    struct spreetail_options options = complete();
    options.base_url = url;
    options.allow_http = true;
    struct settings settings = expect_accepted(options);
    assert_string_equal(settings.base_url, expected);
    char login[256];
    snprintf(login, sizeof login, "%s/auth/login", expected);
    assert_string_equal(settings.login_url, login);
    assert_int_equal(settings.transport.plain, strncmp(expected, "http:", 5) == 0);
    settings_clear(&settings);
}

static void https_is_accepted(void **state) {
    (void)state;
    expect_url("https://api.example.test", "https://api.example.test");
    expect_url("https://api.example.test/", "https://api.example.test");
    expect_url("https://api.example.test/api/api/v1//", "https://api.example.test/api/api/v1");
    expect_url("https://api.example.test:8443/v1", "https://api.example.test:8443/v1");
}

static void without_any_it_is_the_vendors(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.base_url = NULL;
    struct settings settings = expect_accepted(options);
    assert_string_equal(settings.base_url, "https://api.spreetaileu.com/api/api/v1");
    settings_clear(&settings);
}

static void http_needs_leave_and_a_loopback_address(void **state) {
    (void)state;
    static const char *const loopback[] = {
        "http://127.0.0.1:80/x", "http://127.8.8.8",     "http://localhost:1",
        "http://LOCALHOST",      "http://[::1]:8080/v1",
    };
    static const char *const remote[] = {
        "http://example.test",
        "http://127.0.0.1.example.test",
        "http://10.0.0.1",
        "http://localhost.example.test",
        "http://[::2]",
        "http://128.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0",
    };
    struct spreetail_options options = complete();
    for (size_t i = 0; i < COUNT_OF(loopback); i++) {
        expect_url(loopback[i], loopback[i]);
        options.base_url = loopback[i];
        options.allow_http = false;
        expect_refused(options, "allow_http");
    }
    options.allow_http = true;
    for (size_t i = 0; i < COUNT_OF(remote); i++) {
        options.base_url = remote[i];
        expect_refused(options, "loopback");
    }
}

static void a_host_has_a_name_of_a_length_that_names_have(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    char url[300];
    snprintf(url, sizeof url, "https://x%0253d/v1", 1);
    options.base_url = url;
    expect_refused(options, "253");
    snprintf(url, sizeof url, "https://x%0252d/v1", 1);
    struct settings settings = expect_accepted(options);
    settings_clear(&settings);
}

static void the_case_of_a_scheme_makes_no_difference(void **state) {
    (void)state;
    struct spreetail_options options = complete();
    options.base_url = "HTTP://example.test";
    expect_refused(options, "allow_http");
    options.base_url = "HTTPS://example.test";
    struct settings settings = expect_accepted(options);
    assert_false(settings.transport.plain);
    settings_clear(&settings);
}

static void a_url_must_not_hold_credentials(void **state) {
    (void)state;
    static const char *const urls[] = {
        "https://user:secret-of-mine@example.test",     "https://secret-of-mine@example.test",
        "https://:secret-of-mine@example.test",         "ftp://u:secret-of-mine@example.test",
        "http://127.0.0.1:secret-of-mine@example.test",
    };
    struct spreetail_options options = complete();
    options.allow_http = true;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        options.base_url = urls[i];
        expect_refused(options, "user name");
    }
}

static void what_no_path_can_follow_is_refused(void **state) {
    (void)state;
    static const char *const urls[] = {
        "https://example.test/?a=b", "https://example.test/#x", "https://example.test/x?",
        "https://example.test/x#",   "https://example.test?",
    };
    struct spreetail_options options = complete();
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        options.base_url = urls[i];
        expect_refused(options, "base_url");
    }
}

static void what_is_no_url_is_refused(void **state) {
    (void)state;
    static const char *const urls[] = {
        "example.test", "//example.test",      "https://",       "ftp://example.test",
        "file:///etc",  "https://a b",         "https://a\r\nb", "https://example.test:99999",
        "https://[::1", "javascript:alert(1)", "https://a/b c",
    };
    struct spreetail_options options = complete();
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        options.base_url = urls[i];
        expect_refused(options, "base_url");
    }
}

/*
 * Files.
 */

static void files_that_cant_be_read_are_refused_by_name(void **state) {
    (void)state;
    const char *missing = "/nonexistent/file";
    struct spreetail_options options = complete();
    options.ca_file = missing;
    expect_refused(options, "ca_file '/nonexistent/file'");
    options = complete();
    options.ca_path = missing;
    expect_refused(options, "ca_path");
    options = complete();
    options.client_cert = missing;
    expect_refused(options, "client_cert");
    options = complete();
    options.client_key = missing;
    expect_refused(options, "client_key");
}

static void strings_are_copied(void **state) {
    (void)state;
    char proxy[] = "environment";
    struct spreetail_options options = complete();
    options.proxy = proxy;
    options.ca_path = "/tmp";
    struct settings settings = expect_accepted(options);
    proxy[0] = 'X';
    assert_string_equal(settings.transport.proxy.url, "environment");
    assert_string_equal(settings.transport.ca_path, "/tmp");
    settings_clear(&settings);
}

static void an_error_when_a_client_is_opened_is_handed_over(void **state) {
    (void)state;
    struct spreetail_error error;
    const struct spreetail_options options = {.client_id = "id"};
    assert_null(spreetail_open(&options, &error));
    assert_int_equal(error.kind, SPREETAIL_CONFIG);
    spreetail_error_clear(&error);
    const struct spreetail_options good = complete();
    spreetail_client *client = spreetail_open(&good, &error);
    assert_non_null(client);
    spreetail_release(client);
}

#define clean(test) cmocka_unit_test_setup_teardown(test, without_environment, without_environment)

int main(void) {
    const struct CMUnitTest tests[] = {
        clean(what_is_left_out_has_its_default),
        clean(negative_numbers_mean_what_the_header_says),
        clean(absurd_durations_do_not_overflow),
        clean(a_user_agent_goes_before_our_own),
        clean(what_is_not_given_comes_from_the_environment),
        clean(without_credentials_there_is_no_client),
        clean(credentials_are_one_line_of_text),
        clean(a_secret_file_is_read_without_its_last_newline),
        clean(a_secret_file_that_holds_no_secret_is_refused),
        clean(a_secret_file_that_others_may_write_is_refused_with_the_cure),
        clean(a_secret_file_that_others_may_read_is_accepted),
        clean(a_secret_comes_from_a_command_where_nothing_goes_before_it),
        clean(a_command_that_gives_no_secret_is_refused_and_not_shown),
        clean(a_secret_comes_through_a_pipe_too),
        clean(the_secret_can_be_forgotten_alone),
        clean(https_is_accepted),
        clean(without_any_it_is_the_vendors),
        clean(http_needs_leave_and_a_loopback_address),
        clean(a_host_has_a_name_of_a_length_that_names_have),
        clean(the_case_of_a_scheme_makes_no_difference),
        clean(a_url_must_not_hold_credentials),
        clean(what_no_path_can_follow_is_refused),
        clean(what_is_no_url_is_refused),
        clean(files_that_cant_be_read_are_refused_by_name),
        clean(strings_are_copied),
        clean(an_error_when_a_client_is_opened_is_handed_over),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
