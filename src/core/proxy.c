#include "proxy.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "secret.h"

static const char no_memory[] = "memory ran out while the option proxy was read";

/* Moves a part of the URL into secret memory; false when memory runs out. */
static bool take_part(CURLU *url, CURLUPart part, char **taken) {
    char *text = NULL;
    CURLUcode code = curl_url_get(url, part, &text, CURLU_URLDECODE);
    if (code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD)
        return true;
    *taken = code == CURLUE_OK ? secret_copy(text, strlen(text)) : NULL;
    if (text)
        explicit_bzero(text, strlen(text));
    curl_free(text);
    return *taken && curl_url_set(url, part, NULL, 0) == CURLUE_OK;
}

static bool knows_scheme(CURLU *url) {
    static const char *const known[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
    char *scheme = NULL;
    bool found = false;
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcasecmp(scheme, known[i]) == 0;
    curl_free(scheme);
    return found;
}

static const char *read_url(struct proxy *proxy, CURLU *url) {
    char *address = NULL;
    if (!knows_scheme(url))
        return "proxy: its scheme must be http, https, socks4, socks4a, socks5 or socks5h";
    if (!take_part(url, CURLUPART_USER, &proxy->user) ||
        !take_part(url, CURLUPART_PASSWORD, &proxy->password) ||
        curl_url_get(url, CURLUPART_URL, &address, 0) != CURLUE_OK)
        return no_memory;
    proxy->url = strdup(address);
    curl_free(address);
    return proxy->url ? NULL : no_memory;
}

const char *proxy_read(struct proxy *proxy, const char *given) {
    if (strcmp(given, "environment") == 0) {
        proxy->url = strdup(given);
        return proxy->url ? NULL : no_memory;
    }
    CURLU *url = curl_url();
    if (!url)
        return no_memory;
    /* As libcurl reads it: without a scheme it is http. */
    CURLUcode code =
        curl_url_set(url, CURLUPART_URL, given, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME);
    const char *fault = code == CURLUE_OK              ? read_url(proxy, url)
                        : code == CURLUE_OUT_OF_MEMORY ? no_memory
                                                       : "proxy: it must be a URL, such as "
                                                         "http://proxy.example:3128, or "
                                                         "\"environment\"";
    curl_url_cleanup(url);
    return fault;
}

void proxy_clear(struct proxy *proxy) {
    free(proxy->url);
    secret_free(proxy->user);
    secret_free(proxy->password);
    *proxy = (struct proxy){0};
}
