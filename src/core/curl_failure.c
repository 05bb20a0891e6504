#include "curl_failure.h"

#include <string.h>

/* A handshake that broke because the connection did, as OpenSSL's and GnuTLS's words tell. */
static bool broke_in_handshake(const char *detail) {
    static const char *const words[] = {"SSL_ERROR_SYSCALL", "eset by peer", "unexpected eof",
                                        "Broken pipe", "terminated"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(detail, words[i]))
            return true;
    return false;
}

enum exchange_failure curl_failure(CURLcode code, const char *detail) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return EXCHANGE_RESOLVE;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return EXCHANGE_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
        return broke_in_handshake(detail) ? EXCHANGE_LOST : EXCHANGE_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
        return EXCHANGE_TLS;
    case CURLE_UNSUPPORTED_PROTOCOL: /* what came is HTTP/0.9, that is, anything */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
        return EXCHANGE_NONSENSE;
    case CURLE_RECV_ERROR:
        return strstr(detail, "CONNECT") ? EXCHANGE_CONNECT : EXCHANGE_LOST; /* a proxy's refusal */
    default:
        return EXCHANGE_LOST;
    }
}
