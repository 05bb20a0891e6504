/* instant.h: moments in the API's texts. */
#ifndef SPREETAIL_INSTANT_H
#define SPREETAIL_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads ISO 8601 as the API writes it: "2026-01-31", "2026-01-31T12:00:00Z", with a fraction of a
 * second, with an offset. One without a zone is UTC. *instant is in whole seconds since the epoch:
 * servers cut fractions off. False: it is something else. */
bool instant_read(const char *text, size_t size, int64_t *instant);

#endif
