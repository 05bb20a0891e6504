#include "trace.h"

#include <stdio.h>
#include <string.h>

static void emit_line(const char *mark, const char *line, size_t size,
                      void (*emit)(void *context, const char *line, size_t size), void *context) {
    char text[4096];
    if (size && line[size - 1] == '\r')
        size--;
    if (size == 0)
        return;
    int written = snprintf(text, sizeof text, "%s%.*s", mark, (int)size, line);
    emit(context, text, (size_t)written < sizeof text ? (size_t)written : sizeof text - 1);
    explicit_bzero(text, sizeof text);
}

void trace_lines(curl_infotype type, const char *bytes, size_t size,
                 void (*emit)(void *context, const char *line, size_t size), void *context) {
    static const char *const marks[] = {
        [CURLINFO_TEXT] = "* ", [CURLINFO_HEADER_IN] = "< ", [CURLINFO_HEADER_OUT] = "> "};
    const char *line = bytes, *end = bytes + size;
    if (type > CURLINFO_HEADER_OUT)
        return;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        emit_line(marks[type], line, (size_t)((newline ? newline : end) - line), emit, context);
        line = newline ? newline + 1 : end;
    }
}
