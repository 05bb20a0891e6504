#include "request.h"

#include <ctype.h>
#include <string.h>

static bool is_token(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-.^_`|~", text[i]))
            return false;
    return size > 0;
}

/* RFC 9110: visible characters, spaces and tabs. */
static bool is_header_value(const char *text) {
    for (; *text; text++)
        if (iscntrl((unsigned char)*text) && *text != '\t')
            return false;
    return true;
}

static bool is_path(const char *text) {
    if (*text != '/')
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '#')
            return false;
    return true;
}

/* Headers that are this library's, or the connection's, alone. */
static bool is_reserved(const char *line, size_t name_size) {
    static const char *const reserved[] = {
        "authorization", "proxy-authorization", "host",    "content-length",  "content-type",
        "connection",    "transfer-encoding",   "expect",  "accept-encoding", "te",
        "upgrade",       "keep-alive",          "trailer",
    };
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i]) == name_size && strncasecmp(line, reserved[i], name_size) == 0)
            return true;
    return false;
}

/* Whether it stays what it is as a segment of a path. */
static bool is_segment(const char *text) {
    return *text != '\0' && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

const char *request_fault(const struct spreetail_request *request) {
    if (!is_token(request->method, strlen(request->method)))
        return "the method must be a word such as GET";
    if (!is_path(request->path))
        return "the path must begin with '/' and be percent-encoded";
    if (request->settling == SPREETAIL_SETTLE_ORDER && request->reference &&
        !is_segment(request->reference))
        return "an order can't be looked up by this reference: it must not be empty, '.' or '..'";
    if (request->content_type && !is_header_value(request->content_type))
        return "the content type has a control character in it";
    for (size_t i = 0; request->headers && request->headers[i]; i++) {
        const char *line = request->headers[i], *colon = strchr(line, ':');
        if (!colon || !is_token(line, (size_t)(colon - line)))
            return "a header's name is not a word";
        if (!is_header_value(colon))
            return "a header's value has a control character in it";
        if (is_reserved(line, (size_t)(colon - line)))
            return "a header is named that can't be set here (Authorization, Host, "
                   "Content-Type, ...)";
    }
    return NULL;
}

bool request_only_reads(const char *method) {
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}
