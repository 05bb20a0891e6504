#include "header.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The part of a line without the white space around it. */
static const char *trim(const char *text, size_t *size) {
    const char *end = text + *size;
    while (text < end && is_blank(*text))
        text++;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *size = (size_t)(end - text);
    return text;
}

/* Reads a number of at most so many digits; returns where they end. */
static const char *read_number(const char *at, const char *end, int most, int *number) {
    *number = 0;
    for (; at < end && most > 0 && *at >= '0' && *at <= '9'; at++, most--)
        *number = *number * 10 + (*at - '0');
    return at;
}

/* "HTTP/1.1 200 OK", or over HTTP/2 the line that libcurl makes of a status, "HTTP/2 200". */
static bool read_status(struct head *head, const char *line, size_t size) {
    static const char name[] = "HTTP/";
    const size_t name_size = sizeof name - 1;
    if (size < name_size || memcmp(line, name, name_size) != 0)
        return false;
    const char *end = line + size, *version = line + name_size;
    const char *at = read_number(version, end, 2, &head->major);
    bool has_version = at > version;
    while (at < end && (*at == '.' || (*at >= '0' && *at <= '9')))
        at++;
    bool has_space = at < end && is_blank(*at);
    while (at < end && is_blank(*at))
        at++;
    read_number(at, end, 3, &head->status);
    return has_version && has_space && head->status >= 100;
}

static bool ends_head(const char *line, size_t size) {
    return size == 0 || *line == '\r' || *line == '\n';
}

bool head_is_final(const struct head *head) {
    return head->status >= 200;
}

enum head_verdict head_read(struct head *head, struct buffer *headers, const char *line,
                            size_t size) {
    head->bytes += size;
    if (++head->lines > MOST_HEADER_LINES || head->bytes > MOST_HEADER_BYTES)
        return HEAD_TOO_LARGE;
    if (head->place == HEAD_OVER)
        return HEAD_GOES_ON;
    if (head->place == HEAD_DUE) {
        head->place = HEAD_BEGUN;
        buffer_cut(headers, 0);
        return read_status(head, line, size) ? HEAD_GOES_ON : HEAD_NONSENSE;
    }
    if (ends_head(line, size))
        head->place = head_is_final(head) ? HEAD_OVER : HEAD_DUE;
    else if (!header_add(headers, line, size))
        return HEAD_NO_MEMORY;
    return HEAD_GOES_ON;
}

/* RFC 9112, 5.2: a folded line counts as a space and what follows. */
static bool unfold(struct buffer *headers, const char *text, size_t size) {
    size_t end = headers->size;
    text = trim(text, &size);
    if (end == 0 || size == 0)
        return true;
    const char *space = headers->data[end - 2] ? " " : ""; /* there is a value already, or not */
    buffer_cut(headers, end - 1);
    if (buffer_add_text(headers, space) && buffer_add(headers, text, size) &&
        buffer_add(headers, "", 1))
        return true;
    buffer_cut(headers, end - 1); /* the value ends where it did */
    buffer_cut(headers, end);
    return false;
}

/* Whatever the locale. */
static char to_lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool header_add(struct buffer *headers, const char *line, size_t size) {
    const char *colon = size ? memchr(line, ':', size) : NULL;
    if (size && memchr(line, '\0', size))
        return true;
    if (size && is_blank(*line))
        return unfold(headers, line, size);
    if (!colon)
        return true;
    size_t name_size = (size_t)(colon - line), value_size = size - name_size - 1;
    const char *value = trim(colon + 1, &value_size);
    char *pair = buffer_extend(headers, name_size + value_size + 2);
    if (!pair)
        return false;
    for (size_t i = 0; i < name_size; i++)
        pair[i] = to_lower(line[i]);
    pair[name_size] = '\0';
    memcpy(pair + name_size + 1, value, value_size);
    pair[name_size + 1 + value_size] = '\0';
    return true;
}

static unsigned count_codings(const char *list) {
    static const char separators[] = ", \t";
    unsigned count = 0;
    for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
        size_t size = strcspn(list, separators);
        bool chunked = size == 7 && strncasecmp(list, "chunked", size) == 0;
        bool identity = size == 8 && strncasecmp(list, "identity", size) == 0;
        count += !chunked && !identity;
        list += size;
    }
    return count;
}

unsigned header_codings(const struct buffer *headers) {
    unsigned count = 0;
    for (size_t at = 0; at < headers->size;) {
        const char *name = headers->data + at, *value = name + strlen(name) + 1;
        if (strcmp(name, "content-encoding") == 0 || strcmp(name, "transfer-encoding") == 0)
            count += count_codings(value);
        at += strlen(name) + 1 + strlen(value) + 1;
    }
    return count;
}
