/* trace.h: what libcurl tells its debug function, as lines. */
#ifndef SPREETAIL_TRACE_H
#define SPREETAIL_TRACE_H

#include <curl/curl.h>

/* Calls `emit` for each line of text and of headers, sent ("> ") or received ("< "). Bodies are
 * left out: they may be anything, a secret included. */
void trace_lines(curl_infotype type, const char *bytes, size_t size,
                 void (*emit)(void *context, const char *line, size_t size), void *context);

#endif
