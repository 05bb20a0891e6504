/*
 * look.h: one look at the server, as a client with the same options would meet it: its name looked
 * up, TCP, TLS, and a HEAD of the base URL, without credentials. Nothing is sent to a server that
 * is not trusted; what its certificate says is noted while it is being judged.
 *
 * Name look-up is a transfer of its own that gives up where sockets would be opened: so all
 * addresses are seen. The next one finds them in libcurl's memory.
 */
#ifndef SPREETAIL_LOOK_H
#define SPREETAIL_LOOK_H

#include <netinet/in.h>
#include <stdbool.h>

#include "certificate.h"
#include "error.h"
#include "spreetail.h"

/* How far it came. */
enum look_part { LOOK_NAME, LOOK_TCP, LOOK_TLS, LOOK_ANSWER, LOOK_PARTS };

enum { MOST_ADDRESSES = 8 };

/* What was seen. Durations are in seconds; of parts that were not reached, all is 0 or empty. */
struct sight {
    char host[ERROR_HOST_ROOM]; /* with its port */
    bool plain;                 /* no TLS: the base URL is http:// */
    bool other_tls;             /* libcurl's TLS is not our OpenSSL: certificates can't be shown */

    char addresses[MOST_ADDRESSES][INET6_ADDRSTRLEN]; /* of the host, or of the proxy */
    size_t address_count;
    double name_seconds;

    char peer[INET6_ADDRSTRLEN]; /* who accepted the connection */
    long port;
    double tcp_seconds;

    char tls_version[16], cipher[64];
    struct certificate certificate; /* the server's; its times are 0 when none was shown */
    struct certificate culprit;     /* another one of its chain that was refused; likewise */
    double tls_seconds;

    int status;
    double answer_seconds;
    double server_time; /* the answer's Date, seconds since the epoch; 0: it has none */
    double our_time;    /* when that came */

    enum look_part failed; /* LOOK_PARTS: nothing has */
    enum spreetail_kind kind;
    struct buffer message; /* why, and what to do */
};

struct look;

/* Begins. The options are those of a client; credentials are not needed, and `timeout` is for the
 * whole look. NULL, with *error filled, when the options can't work. */
struct look *look_open(const struct spreetail_options *options, struct spreetail_error *error);

/* Moves on, and waits for at most so long; true: all was seen that can be. */
bool look_step(struct look *look, int milliseconds);

const struct sight *look_sight(const struct look *look);

/* NULL is allowed. */
void look_close(struct look *look);

#endif
