/* request.h: what may be sent at all. */
#ifndef SPREETAIL_REQUEST_H
#define SPREETAIL_REQUEST_H

#include <stdbool.h>

#include "spreetail.h"

/* Why the request can't be sent as it is, or NULL. */
const char *request_fault(const struct spreetail_request *request);

/* Whether a request of that method changes nothing. */
bool request_only_reads(const char *method);

#endif
