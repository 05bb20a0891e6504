/* libcurl's error codes, as users read of them. */
#include "curl_failure.h"

#include "check.h"
#include "error.h"

enum { CODES = 101 };

static void a_code_and_its_detail_say_how_an_exchange_ended(void **state) {
    (void)state;
    static const struct {
        CURLcode code;
        const char *detail;
        enum exchange_failure failure;
        const char *why;
    } cases[] = {
        {CURLE_COULDNT_RESOLVE_HOST, "Could not resolve host: x", EXCHANGE_RESOLVE,
         "Could not resolve host: x"},
        {CURLE_COULDNT_CONNECT, "", EXCHANGE_CONNECT, "connect to server"},
        {CURLE_RECV_ERROR, "Received HTTP code 407 from proxy after CONNECT", EXCHANGE_CONNECT,
         "407"},
        {CURLE_RECV_ERROR, "OpenSSL SSL_read: Connection reset by peer, errno 104", EXCHANGE_LOST,
         "the server reset it"},
        {CURLE_RECV_ERROR,
         "h2_process_pending_input: nghttp2_session_mem_recv() returned -904:Flooding was "
         "detected in this HTTP/2 session, and it must be closed",
         EXCHANGE_NONSENSE, "the rules of HTTP/2"},
        {CURLE_RECV_ERROR, "Too large response headers: 307201 > 307200", EXCHANGE_TOO_LARGE,
         "more headers"},
        {CURLE_RECV_ERROR, "Illegal or missing hexadecimal sequence in chunked-encoding",
         EXCHANGE_NONSENSE, "parts"},
        {CURLE_SSL_CONNECT_ERROR, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to x:443",
         EXCHANGE_LOST, "handshake"},
        {CURLE_SSL_CONNECT_ERROR,
         "getpeername() failed with errno 107: Transport endpoint is not connected", EXCHANGE_LOST,
         "handshake"},
        {CURLE_SSL_CONNECT_ERROR, "wrong version number", EXCHANGE_TLS, "wrong version number"},
        {CURLE_WEIRD_SERVER_REPLY, "Header without colon", EXCHANGE_NONSENSE,
         "Header without colon"},
        {(CURLcode)100, "", EXCHANGE_TOO_LARGE, "too long"},
        {CURLE_FTP_ACCEPT_FAILED, "", EXCHANGE_LOST, "FTP"}, /* one that we never get */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct curl_failure end = curl_failure(cases[i].code, cases[i].detail);
        assert_int_equal(end.failure, cases[i].failure);
        assert_contains(end.why, cases[i].why);
    }
}

/* With what libcurl 7.88 says by itself, where that names what only its developers know. */
static void no_message_is_for_libcurls_developers(void **state) {
    (void)state;
    static const char *const inside[] = {"libcurl", "nghttp2",    "callback", "function",
                                         "errno",   "h2_process", "HTTP 0",   "stream 1"};
    static const struct {
        CURLcode code;
        const char *detail;
    } ends[] = {
        {CURLE_OK, ""},
        {CURLE_HTTP2, "nghttp2 shutting down"},
        {CURLE_HTTP2_STREAM, "HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)"},
        {CURLE_PARTIAL_FILE, "HTTP/2 stream 1 was not closed cleanly before end of the underlying "
                             "stream"},
        {CURLE_SEND_ERROR, "Send failure: Broken pipe, errno 32"},
        {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while "
                           "reading, errno 0"},
        {CURLE_RECV_ERROR, "nghttp2_session_mem_recv() returned -902:The user callback failed"},
        {CURLE_BAD_FUNCTION_ARGUMENT, ""},
        {CURLE_BAD_CONTENT_ENCODING, "Unrecognized content encoding type. libcurl understands "
                                     "deflate, gzip content encodings."},
        {CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed"},
        {CURLE_OUT_OF_MEMORY, ""},
        {(CURLcode)100, ""},
    };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct curl_failure end = curl_failure(ends[i].code, ends[i].detail);
        struct exchange exchange = {
            .url = "https://x/y", .failure = end.failure, .timeout = USEC_PER_SEC};
        struct buffer message = {0};
        snprintf(exchange.detail, sizeof exchange.detail, "%s", end.why);
        assert_true(describe_failure(&message, &exchange));
        for (size_t j = 0; j < COUNT_OF(inside); j++)
            if (strstr(message.data, inside[j]))
                fail_msg("'%s' says %s", message.data, inside[j]);
        buffer_free(&message);
    }
}

static void every_code_means_a_failure(void **state) {
    (void)state;
    for (int code = 0; code < CODES; code++) {
        struct curl_failure end = curl_failure((CURLcode)code, "");
        assert_true(end.failure != EXCHANGE_COMPLETE && end.failure < EXCHANGE_FAILURES);
        assert_true(end.why[0]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_and_its_detail_say_how_an_exchange_ended),
        cmocka_unit_test(no_message_is_for_libcurls_developers),
        cmocka_unit_test(every_code_means_a_failure),
    };
    return cmocka_run_group_tests_name("curl_failure", tests, NULL, NULL);
}
