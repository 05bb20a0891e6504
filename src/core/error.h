/* error.h: errors as values, and the sentences in them. */
#ifndef SPREETAIL_ERROR_H
#define SPREETAIL_ERROR_H

#include <stdarg.h>

#include "spreetail.h"
#include "transport.h"

/* Fills an empty error. Control characters become spaces. When memory runs out the message says
 * that instead. */
void error_set(struct spreetail_error *error, enum spreetail_kind kind, const char *format,
               va_list arguments);

void error_say(struct spreetail_error *error, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A copy; details are shared. */
void error_copy(struct spreetail_error *to, const struct spreetail_error *from);

/* Whether a failure of this kind may pass by itself. */
bool kind_may_pass(enum spreetail_kind kind);

/* The kind of an exchange that brought no whole answer. */
enum spreetail_kind kind_of_failure(enum exchange_failure failure);

/* Adds what happened to it, and what to do about it, to a message. */
bool describe_failure(struct buffer *message, const struct exchange *exchange);

enum { ERROR_HOST_ROOM = 300 };

/* Writes "host:port" of the exchange's URL, for people. */
void error_host(const struct exchange *exchange, char host[ERROR_HOST_ROOM]);

#endif
