#include "reuse.h"

#include <openssl/ssl.h>
#include <string.h>

static bool is_new(CURL *easy) {
    long opened = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
    return opened > 0;
}

/* NULL without TLS. */
static const SSL *session_of(CURL *easy) {
    const struct curl_tlssessioninfo *info = NULL;
    curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info);
    return info ? info->internals : NULL;
}

static bool speaks_http2(const SSL *session) {
    const unsigned char *protocol = NULL;
    unsigned size = 0;
    SSL_get0_alpn_selected(session, &protocol, &size);
    return size == 2 && memcmp(protocol, "h2", 2) == 0;
}

bool reuse_is_safe(const struct reuse *reuse) {
    if (is_new(reuse->easy))
        return true;
    const SSL *session = reuse->own_tls ? session_of(reuse->easy) : NULL;
    if (session ? speaks_http2(session) : reuse->http2)
        return true;
    if (session && SSL_has_pending(session))
        return false;
    return sockets_are_silent(reuse->sockets, reuse->local_port);
}
