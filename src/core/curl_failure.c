#include "curl_failure.h"

#include <string.h>

#if LIBCURL_VERSION_NUM < 0x080600
enum { CURLE_TOO_LARGE = 100 }; /* the library may be newer than its header */
#endif

/* A code of libcurl, and what its detail has in it (NULL: anything), to what it means. Without
 * words for that, libcurl's detail will do. The first row that fits counts. */
static const struct {
    int code;
    const char *part;
    enum exchange_failure failure;
    const char *why;
} rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, NULL, EXCHANGE_RESOLVE, NULL},
    {CURLE_COULDNT_RESOLVE_PROXY, NULL, EXCHANGE_RESOLVE, NULL},
    {CURLE_COULDNT_CONNECT, NULL, EXCHANGE_CONNECT, NULL},
    {CURLE_PROXY, NULL, EXCHANGE_CONNECT, NULL},
    {CURLE_RECV_ERROR, "CONNECT", EXCHANGE_CONNECT, NULL}, /* a proxy's refusal */

    /* A handshake that broke because the connection did, as OpenSSL's and GnuTLS's words tell. */
    {CURLE_SSL_CONNECT_ERROR, "SSL_ERROR_SYSCALL", EXCHANGE_LOST, "within the TLS handshake"},
    {CURLE_SSL_CONNECT_ERROR, "eset by peer", EXCHANGE_LOST, "within the TLS handshake"},
    {CURLE_SSL_CONNECT_ERROR, "unexpected eof", EXCHANGE_LOST, "within the TLS handshake"},
    {CURLE_SSL_CONNECT_ERROR, "Broken pipe", EXCHANGE_LOST, "within the TLS handshake"},
    {CURLE_SSL_CONNECT_ERROR, "terminated", EXCHANGE_LOST, "within the TLS handshake"},
    {CURLE_SSL_CONNECT_ERROR, "getpeername", EXCHANGE_LOST, "within the TLS handshake"},
    {CURLE_SSL_CONNECT_ERROR, NULL, EXCHANGE_TLS, NULL},
    {CURLE_PEER_FAILED_VERIFICATION, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_CACERT_BADFILE, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_CERTPROBLEM, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_CLIENTCERT, NULL, EXCHANGE_TLS,
     "the server asks for a certificate of ours: set client_cert"},
    {CURLE_SSL_CIPHER, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_ISSUER_ERROR, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_INVALIDCERTSTATUS, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_ENGINE_NOTFOUND, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_ENGINE_SETFAILED, NULL, EXCHANGE_TLS, NULL},
    {CURLE_SSL_ENGINE_INITFAILED, NULL, EXCHANGE_TLS, NULL},
    {CURLE_USE_SSL_FAILED, NULL, EXCHANGE_TLS, NULL},

    {CURLE_OPERATION_TIMEDOUT, NULL, EXCHANGE_TIMEOUT, NULL},
    {CURLE_OUT_OF_MEMORY, NULL, EXCHANGE_MEMORY, NULL},
    {CURLE_TOO_LARGE, NULL, EXCHANGE_TOO_LARGE, "has a header that is too long"},

    /* What came may be anything: HTTP/0.9, as libcurl sees it. */
    {CURLE_UNSUPPORTED_PROTOCOL, NULL, EXCHANGE_NONSENSE, "it does not begin like one"},
    {CURLE_WEIRD_SERVER_REPLY, NULL, EXCHANGE_NONSENSE, NULL},
    {CURLE_BAD_FUNCTION_ARGUMENT, NULL, EXCHANGE_NONSENSE, "one of its headers is none"},
    {CURLE_BAD_CONTENT_ENCODING, NULL, EXCHANGE_NONSENSE, "its compression is broken or not known"},
    {CURLE_RECV_ERROR, "nghttp2", EXCHANGE_NONSENSE, "it breaks the rules of HTTP/2"},
    {CURLE_RECV_ERROR, "chunked", EXCHANGE_NONSENSE, "its parts are not of the size they claim"},
    {CURLE_RECV_ERROR, "response headers", EXCHANGE_TOO_LARGE, "has more headers than are read"},

    {CURLE_OK, NULL, EXCHANGE_LOST, "within its headers"}, /* libcurl minds no head that is cut */
    {CURLE_HTTP2, NULL, EXCHANGE_LOST, "its HTTP/2 session ended"},
    {CURLE_HTTP2_STREAM, NULL, EXCHANGE_LOST, "the server gave the request up"},
    {CURLE_GOT_NOTHING, NULL, EXCHANGE_LOST, "the server closed it"},
    {CURLE_PARTIAL_FILE, NULL, EXCHANGE_LOST, "the server closed the connection"},
    {CURLE_SEND_ERROR, NULL, EXCHANGE_LOST, "while the request was sent"},
    {CURLE_RECV_ERROR, "eset by peer", EXCHANGE_LOST, "the server reset it"},
    {CURLE_RECV_ERROR, NULL, EXCHANGE_LOST, "while an answer was due"},
};

struct curl_failure curl_failure(CURLcode code, const char *detail) {
    const char *theirs = *detail ? detail : curl_easy_strerror(code);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == (int)code && (!rows[i].part || strstr(detail, rows[i].part)))
            return (struct curl_failure){rows[i].failure, rows[i].why ? rows[i].why : theirs};
    return (struct curl_failure){EXCHANGE_LOST, theirs};
}
