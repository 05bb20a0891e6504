/* curl.h: the transport over libcurl. */
#ifndef SPREETAIL_CURL_H
#define SPREETAIL_CURL_H

#include "transport.h"

/* A transport, or NULL with errno. Opens the descriptor to wait on, and nothing else. What the
 * settings point to is borrowed and must outlive it. */
struct transport *curl_open(const struct transport_settings *settings);

#endif
