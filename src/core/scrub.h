/* scrub.h: what is taken out of whatever text leaves the core, for people to read: this client's
 * secret, its tokens, and what looks like one. */
#ifndef SPREETAIL_SCRUB_H
#define SPREETAIL_SCRUB_H

#include "client.h"

/* Scrubs a text, in place. */
void client_scrub(const spreetail_client *client, char *text);

/* Scrubs all strings and keys in it. */
void client_scrub_json(const spreetail_client *client, json_t *value);

#endif
