#include "event.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_EVENTS_KEPT = 10000 };

struct queued_event {
    struct spreetail_event event;
    STAILQ_ENTRY(queued_event) link;
};

void event_queue_init(struct event_queue *queue) {
    STAILQ_INIT(&queue->events);
    queue->count = 0;
    queue->dropped = 0;
}

static bool copy_text(char **to, const char *from) {
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

void event_queue_add(struct event_queue *queue, const struct spreetail_event *event) {
    struct queued_event *kept = queue->count < MOST_EVENTS_KEPT ? malloc(sizeof *kept) : NULL;
    if (!kept) {
        queue->dropped++;
        return;
    }
    kept->event = *event;
    bool whole = copy_text(&kept->event.method, event->method);
    whole &= copy_text(&kept->event.path, event->path);
    whole &= copy_text(&kept->event.reference, event->reference);
    whole &= copy_text(&kept->event.message, event->message);
    if (!whole) {
        spreetail_event_clear(&kept->event);
        free(kept);
        queue->dropped++;
        return;
    }
    STAILQ_INSERT_TAIL(&queue->events, kept, link);
    queue->count++;
}

bool event_queue_take(struct event_queue *queue, struct spreetail_event *event) {
    struct queued_event *oldest = STAILQ_FIRST(&queue->events);
    if (!oldest)
        return false;
    STAILQ_REMOVE_HEAD(&queue->events, link);
    queue->count--;
    *event = oldest->event;
    free(oldest);
    return true;
}

void event_queue_clear(struct event_queue *queue) {
    struct spreetail_event event;
    while (event_queue_take(queue, &event))
        spreetail_event_clear(&event);
}

void spreetail_event_clear(struct spreetail_event *event) {
    free(event->method);
    free(event->path);
    free(event->reference);
    free(event->message);
    *event = (struct spreetail_event){0};
}

const char *spreetail_event_name(enum spreetail_event_type type) {
    static const char *const names[] = {
        [SPREETAIL_EVENT_LOGIN] = "login",
        [SPREETAIL_EVENT_RENEWAL] = "renewal",
        [SPREETAIL_EVENT_LOGIN_FAILED] = "login_failed",
        [SPREETAIL_EVENT_RETRY] = "retry",
        [SPREETAIL_EVENT_RECONCILE] = "reconcile",
        [SPREETAIL_EVENT_CALL] = "call",
        [SPREETAIL_EVENT_TRACE] = "trace",
    };
    return names[type];
}
