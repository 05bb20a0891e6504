/* curl_failure.h: what libcurl's error codes say about an exchange, in a user's words. */
#ifndef SPREETAIL_CURL_FAILURE_H
#define SPREETAIL_CURL_FAILURE_H

#include <curl/curl.h>

#include "transport.h"

struct curl_failure {
    enum exchange_failure failure;
    const char *why; /* goes into the sentences of describe_failure() */
};

/* `detail` is what libcurl wrote into its error buffer. */
struct curl_failure curl_failure(CURLcode code, const char *detail);

#endif
