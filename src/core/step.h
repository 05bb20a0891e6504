/* step.h: moving a client forward. */
#ifndef SPREETAIL_STEP_H
#define SPREETAIL_STEP_H

#include "client.h"

/* Does what can be done now, for about 2 ms at most. */
void step(spreetail_client *client);

/* When the next one is due whatever the transport's descriptor says; 0: at once; USEC_NEVER: not at
 * all. */
usec step_due(const spreetail_client *client);

#endif
