/* scrub.h: what is taken out of whatever text leaves the core, for people to read: a client's
 * secrets, its tokens, and what looks like one. */
#ifndef SPREETAIL_SCRUB_H
#define SPREETAIL_SCRUB_H

#include "options.h"
#include "token.h"

/* Replaces, in place, every occurrence of `secret` in `text` by asterisks: as it is, escaped as in
 * a JSON string, or cut short to no less than eight bytes. Returns the new size. */
size_t scrub_secret(char *text, size_t size, const char *secret, size_t secret_size);

/* The same for whatever looks like a bearer token or a JWT, known to us or not, whole or cut. */
size_t scrub_tokens(char *text, size_t size);

/* All of it in a text, in place. */
void scrub_text(const struct settings *settings, const struct token_source *tokens, char *text);

/* All of it in all strings and keys. */
void scrub_json(const struct settings *settings, const struct token_source *tokens, json_t *value);

#endif
