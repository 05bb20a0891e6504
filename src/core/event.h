/* event.h: what happened, kept until somebody asks: a bounded queue of spreetail_event. */
#ifndef SPREETAIL_EVENT_H
#define SPREETAIL_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "spreetail.h"

struct queued_event;

struct event_queue {
    STAILQ_HEAD(, queued_event) events;
    size_t count;
    uint64_t dropped; /* events that found no memory or no room */
};

void event_queue_init(struct event_queue *queue);

/* Adds a copy of *event. */
void event_queue_add(struct event_queue *queue, const struct spreetail_event *event);

/* Moves the oldest into *event; false: there is none. */
bool event_queue_take(struct event_queue *queue, struct spreetail_event *event);

void event_queue_clear(struct event_queue *queue);

#endif
