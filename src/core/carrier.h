/* carrier.h: the transport over libcurl. */
#ifndef SPREETAIL_CARRIER_H
#define SPREETAIL_CARRIER_H

#include "exchange.h"
#include "proxy.h"
#include "trust.h"

/* What it points to is borrowed and must outlive the transport. */
struct transport_settings {
    const struct clock *clock;
    unsigned max_connections;
    size_t max_response;
    X509_STORE *trusted; /* the CAs; NULL: libcurl reads them from ca_file and ca_path */
    const char *ca_file, *ca_path, *client_cert, *client_key;
    struct proxy proxy;
    const char *user_agent;
    bool plain; /* the base URL is http:// */

    /* Gets what libcurl says and hears, a line at a time, secrets included; NULL: not wanted. */
    void (*trace)(void *context, const char *line, size_t size);
    void *trace_context;
};

/* A transport, or NULL with errno. Opens the descriptor to wait on, and nothing else. */
struct transport *carrier_open(const struct transport_settings *settings);

#endif
