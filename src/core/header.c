#include "header.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char protocol[] = "HTTP/";

bool header_is_status(const char *line, size_t size) {
    return size >= sizeof protocol && memcmp(line, protocol, sizeof protocol - 1) == 0;
}

bool header_read_status(const char *line, size_t size, int *major, int *status) {
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)size, line);
    return sscanf(text, "HTTP/%2d%*[.0-9] %3d", major, status) == 2 ||
           sscanf(text, "HTTP/%2d %3d", major, status) == 2;
}

static bool add_pair(struct buffer *headers, const char *name, size_t name_size, const char *value,
                     size_t value_size) {
    return buffer_add(headers, name, name_size) && buffer_add(headers, "", 1) &&
           buffer_add(headers, value, value_size) && buffer_add(headers, "", 1);
}

bool header_add(struct buffer *headers, const char *line, size_t size) {
    const char *colon = size ? memchr(line, ':', size) : NULL;
    if (!colon || memchr(line, '\0', size))
        return true;
    size_t start = headers->size, name_size = (size_t)(colon - line);
    const char *value = colon + 1, *end = line + size;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    if (!add_pair(headers, line, name_size, value, (size_t)(end - value))) {
        buffer_cut(headers, start); /* half a pair would be read beyond its end */
        return false;
    }
    for (size_t i = start; i < start + name_size; i++)
        headers->data[i] = (char)tolower((unsigned char)headers->data[i]);
    return true;
}
