/* options.h: what a client was asked to be: options checked, defaults filled in, secrets read. */
#ifndef SPREETAIL_OPTIONS_H
#define SPREETAIL_OPTIONS_H

#include "spreetail.h"
#include "transport.h"

struct settings {
    char *base_url; /* without a slash at its end */
    char *login_url;
    char *client_id;
    char *client_secret; /* in secret memory */
    size_t client_secret_size;
    usec timeout, refresh_margin;
    usec attempt_timeout, connect_timeout;
    unsigned retries;
    size_t max_in_flight;
    struct transport_settings transport; /* its strings are owned here */
    bool events, trace, shared_tokens;
};

/* Fills *settings; false, with *error filled, when the options can't work. */
bool settings_read(struct settings *settings, const struct spreetail_options *options,
                   struct spreetail_error *error);

/* Reads the CAs to trust; false, with *error filled, when ca_file holds none. Without TLS nobody
 * has to be trusted. */
bool settings_read_trust(struct settings *settings, struct spreetail_error *error);

void settings_clear(struct settings *settings);

/* Wipes the credentials alone, which a closed client has no use for. */
void settings_forget_credentials(struct settings *settings);

/* Reads the option `proxy` (not NULL); returns what is wrong with it, in words without it, or NULL.
 */
const char *proxy_read(struct proxy *proxy, const char *given);
void proxy_clear(struct proxy *proxy);

#endif
