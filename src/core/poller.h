/* poller.h: one descriptor to wait on for many: epoll. */
#ifndef SPREETAIL_POLLER_H
#define SPREETAIL_POLLER_H

#include <stdbool.h>

struct poller_event {
    int fd;
    bool readable, writable, failed;
};

/* A new poller's descriptor, or -1 with errno. */
int poller_open(void);

/* Watches `fd` for what is named, instead of what it was watched for before. */
void poller_watch(int poller, int fd, bool readable, bool writable);
void poller_forget(int poller, int fd);

/* Fills at most `most` events that are there now, without waiting; returns how many. */
int poller_events(int poller, struct poller_event *events, int most);

/* Waits until an event is there, at most `seconds` (negative: no limit), or a signal comes. With
 * poller -1 it waits for time alone. */
void poller_wait(int poller, double seconds);

#endif
