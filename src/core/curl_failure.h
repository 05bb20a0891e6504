/* curl_failure.h: what libcurl's error codes say about an exchange of which no status was seen. */
#ifndef SPREETAIL_CURL_FAILURE_H
#define SPREETAIL_CURL_FAILURE_H

#include <curl/curl.h>

#include "exchange.h"

/* `detail` is what libcurl wrote into its error buffer. */
enum exchange_failure curl_failure(CURLcode code, const char *detail);

#endif
