#include "poller.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

enum { MOST_EVENTS = 32 };

int poller_open(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

void poller_watch(int poller, int fd, bool readable, bool writable) {
    struct epoll_event event = {
        .events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u),
        .data.fd = fd,
    };
    /* In this order: most are new, libcurl watches a connection while a request is under way. */
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0 && errno == EEXIST)
        epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
}

void poller_forget(int poller, int fd) {
    epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
}

int poller_events(int poller, struct poller_event *events, int most) {
    struct epoll_event ready[MOST_EVENTS];
    int count = epoll_wait(poller, ready, most < MOST_EVENTS ? most : MOST_EVENTS, 0);
    for (int i = 0; i < count; i++) {
        events[i] = (struct poller_event){
            .fd = ready[i].data.fd,
            .readable = ready[i].events & (EPOLLIN | EPOLLHUP),
            .writable = ready[i].events & EPOLLOUT,
            .failed = ready[i].events & EPOLLERR,
        };
    }
    return count > 0 ? count : 0;
}

void poller_wait(int poller, double seconds) {
    const double longest = 1e6;
    struct pollfd fd = {.fd = poller, .events = POLLIN};
    struct timespec limit;
    if (seconds >= 0) {
        double held = seconds < longest ? seconds : longest;
        limit.tv_sec = (time_t)held;
        limit.tv_nsec = (long)((held - (double)limit.tv_sec) * 1e9);
    }
    ppoll(&fd, poller >= 0 ? 1 : 0, seconds >= 0 ? &limit : NULL, NULL);
}
