/*
 * spreetail.h: the native core of the client, and its whole public face.
 *
 * Nothing here ever waits, spreetail_wait() apart. A call is started, the client is moved forward
 * with spreetail_step(), and when a call has settled its result can be read:
 *
 *     spreetail_call *call = spreetail_start(client, &request);
 *     while (!spreetail_done(call)) {
 *         spreetail_wait(client, 1.0);   // or your own loop: spreetail_pollfd(), _next_timeout()
 *         spreetail_step(client);
 *     }
 *
 * A client and its calls belong to one thread at a time. Different clients are independent.
 * Times in this header are seconds, as double.
 */
#ifndef SPREETAIL_H
#define SPREETAIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPREETAIL_VERSION "0.1.0"

typedef struct spreetail_client spreetail_client;
typedef struct spreetail_call spreetail_call;

/* What went wrong. The names that Lua programs see are those of spreetail_kind_name(). */
enum spreetail_kind {
    SPREETAIL_OK,
    SPREETAIL_CONFIG,     /* options that can't work: no credentials, no login below base_url */
    SPREETAIL_VALIDATION, /* refused here, before anything was sent */
    SPREETAIL_AUTH,       /* wrong credentials, or tokens refused again and again */
    SPREETAIL_FORBIDDEN,  /* HTTP 403 */
    SPREETAIL_NOT_FOUND,  /* HTTP 404 */
    SPREETAIL_CONFLICT,   /* HTTP 409 */
    SPREETAIL_RATE_LIMIT, /* HTTP 429 */
    SPREETAIL_REJECTED,   /* any other 4xx, and "success": false */
    SPREETAIL_SERVER,     /* HTTP 5xx */
    SPREETAIL_NETWORK,    /* no connection, or it was lost before an answer came */
    SPREETAIL_TLS,        /* the server's certificate, or the handshake, was not acceptable */
    SPREETAIL_TIMEOUT,    /* no complete answer in time */
    SPREETAIL_PROTOCOL,   /* an answer that makes no sense: not JSON, cut short, too large */
    SPREETAIL_CANCELLED,  /* by spreetail_cancel() */
    SPREETAIL_CLOSED,     /* the client was closed; or, in a child, it is the parent's */
};

/* For a call that changes something: what is known about the change. */
enum spreetail_outcome {
    SPREETAIL_NO_OUTCOME, /* a call that only reads */
    SPREETAIL_NOT_SENT,   /* no byte of it left: nothing has happened */
    SPREETAIL_REFUSED,    /* the server said no */
    SPREETAIL_UNKNOWN,    /* it may have taken effect */
};

struct spreetail_error {
    enum spreetail_kind kind; /* SPREETAIL_OK: there is no error */
    enum spreetail_outcome outcome;
    bool retryable;       /* the same call may well succeed later */
    int status;           /* HTTP status, 0 when none was seen */
    double retry_after;   /* seconds to wait: the server asked for it, or no login is tried
                             before; negative: nobody knows */
    const char *message;  /* a sentence: what happened, to what, what to do. Never a secret */
    char *message_memory; /* owns `message` unless that is a constant */
    json_t *details;      /* the server's `details`, or NULL */
};

/* Every option but the credentials and `retries` may be left zero, which means its default. The
 * strings are copied. */
struct spreetail_options {
    const char *client_id;          /* NULL: SPREETAIL_CLIENT_ID of the environment */
    const char *client_secret;      /* NULL: what follows, else SPREETAIL_CLIENT_SECRET, else what
                                       the command SPREETAIL_SECRET_COMMAND prints */
    const char *client_secret_file; /* read once, unless others may write it; a newline at its end
                                       is not part of it */
    const char *client_secret_command; /* run once, by /bin/sh, unless there is a file: the first
                                          line that it prints. Waited for, 60 s at most */
    const char *base_url;              /* NULL: SPREETAIL_BASE_URL, else the vendor's */
    double timeout;                    /* for a whole call (60) */
    double attempt_timeout;            /* for one HTTP exchange (30) */
    double connect_timeout;            /* for name look-up, TCP and TLS (10) */
    double refresh_margin;    /* renew a token this long ahead (300); negative: never ahead */
    int retries;              /* attempts after the first; 0: none (negative: 4) */
    unsigned max_connections; /* to the API at one time (8); a login has one more */
    unsigned max_in_flight;   /* calls sent and not answered (256); others queue, in order */
    size_t max_response;      /* bytes of an answer, after decompression (16 MiB) */
    const char *ca_file;      /* PEM bundle, read at once; both NULL: libcurl's defaults */
    const char *ca_path;      /* directory of hashed certificates, read when needed */
    const char *client_cert;  /* PEM, for servers that ask for one */
    const char *client_key;
    const char *proxy;      /* NULL: none; "environment"; or a URL. Never used for http:// */
    const char *user_agent; /* put before our own */
    bool allow_http;        /* permits http:// to loopback addresses, for tests */
    bool events;            /* keep events for spreetail_next_event() */
    bool trace;             /* and what libcurl says and hears, as SPREETAIL_EVENT_TRACE */
    bool shared_tokens;     /* before a login, ask for a token from elsewhere: see below */
};

/* What becomes of a call that changes something when its answers leave in doubt whether it has. */
enum spreetail_settling {
    SPREETAIL_SETTLE_NOTHING,
    /* An order named by `reference`: it is looked up (GET /order/...) and compared with the body.
     * When it is there and the same, the call has succeeded, even if somebody has cancelled it
     * since: see `cancelled` in the result. */
    SPREETAIL_SETTLE_ORDER,
    /* A delivery: there is nothing to look up, but "exists already" in answer to a repeat means
     * that an earlier attempt was taken. */
    SPREETAIL_SETTLE_DELIVERY,
};

/* One request below base_url. The strings and the body are copied. */
struct spreetail_request {
    const char *method; /* "GET", "POST", ... */
    const char *path;   /* starts with '/', percent-encoded, may have a query */
    const void *body;   /* NULL: none */
    size_t body_size;
    const char *content_type;   /* NULL: application/json */
    const char *const *headers; /* "Name: value" lines, NULL at the end; or NULL */
    const char *reference;      /* what it is about, for errors and events; or NULL. A success that
                                 * shows another is an error, of kind `protocol` */
    double timeout;             /* 0: the client's */
    double attempt_timeout;     /* 0: the client's */
    int retries;                /* negative: the client's */
    bool idempotent;            /* sending it twice does no harm */
    enum spreetail_settling settling;
    bool from_clock;       /* the body's ReceivedDate is: a stored order's may be another */
    bool return_duplicate; /* an order that was there before is a success, too, if it is the same */
    bool as_values;        /* the data of the answer is wanted as `values` rather than as `data` */
};

/* What a settled call came to. Valid as long as the call is held. */
struct spreetail_result {
    struct spreetail_error error;         /* kind is SPREETAIL_OK on success */
    int status;                           /* of the last answer, 0 when there was none */
    const json_t *data;                   /* on success; NULL when the server sent none */
    const struct spreetail_value *values; /* likewise, in place of `data`, with `as_values` */
    const char *headers; /* "name\0value\0" pairs of the last answer, names lower-case */
    size_t headers_size;
    unsigned attempts;     /* requests that left for this call, logins not counted */
    double elapsed;        /* from start to settlement */
    bool reconciled;       /* settled by looking at what the server holds */
    bool cancelled;        /* the order that the data shows is: it will not be delivered */
    const char *reference; /* the request's, or NULL */
};

/*
 * The data of an answer as it is read first, before jansson makes values of it: a row. Behind a
 * list stand its items; behind an object its members, of each its key, which is a string, and then
 * what it has under it; behind every item and member what that holds in turn. Of two members with
 * one key the later counts. Numbers that are too large for one are strings of what was sent.
 */
enum spreetail_type {
    SPREETAIL_NULL,
    SPREETAIL_FALSE,
    SPREETAIL_TRUE,
    SPREETAIL_INTEGER,
    SPREETAIL_REAL,
    SPREETAIL_STRING,
    SPREETAIL_LIST,
    SPREETAIL_OBJECT,
};

struct spreetail_value {
    uint64_t type : 8;  /* enum spreetail_type */
    uint64_t size : 56; /* bytes of a string, items of a list, members of an object */
    union {
        const char *text; /* UTF-8 with a NUL behind it, which may have others in it */
        int64_t integer;
        double real;
        size_t span; /* of a list or object: how many values of the row it is, all in all */
    };
};

enum spreetail_event_type {
    SPREETAIL_EVENT_LOGIN,        /* a login succeeded that calls waited for */
    SPREETAIL_EVENT_RENEWAL,      /* a login succeeded ahead of time */
    SPREETAIL_EVENT_LOGIN_FAILED, /* either failed; `message` says why */
    SPREETAIL_EVENT_RETRY,        /* an attempt failed and is made again after `pause` */
    SPREETAIL_EVENT_RECONCILE,    /* an order was looked up: in doubt, or there before */
    SPREETAIL_EVENT_CALL,         /* a call settled */
    SPREETAIL_EVENT_TRACE,        /* a line of libcurl's verbose log, in `message` */
};

/* Strings are NULL where they have no meaning, and owned by the event. */
struct spreetail_event {
    enum spreetail_event_type type;
    enum spreetail_kind kind; /* of the failure; SPREETAIL_OK on success */
    char *method;
    char *path;
    char *reference;
    char *message;
    int status;
    unsigned attempts; /* made so far for this call */
    double elapsed;    /* since the login or the call began */
    double pause;      /* before the next attempt */
};

struct spreetail_stats {
    uint64_t logins;          /* sent */
    uint64_t logins_failed;   /* of these */
    uint64_t calls;           /* started */
    uint64_t attempts;        /* requests that left, logins not counted */
    uint64_t retries;         /* attempts made again after a failure, 401s not counted */
    uint64_t reconciled;      /* calls that succeeded by looking at what the server holds */
    uint64_t connections;     /* opened */
    uint64_t reused;          /* exchanges on a connection that was there already */
    uint64_t bytes_sent;      /* request bodies */
    uint64_t bytes_received;  /* answer bodies, after decompression */
    uint64_t events_dropped;  /* because memory ran out or nobody fetched them */
    size_t queued, in_flight; /* now */
    size_t in_flight_limit;   /* max_in_flight, or less since the server said 429 */
};

/*
 * Makes a client. Reads options, the environment and, where named, the secret file, or what the
 * secret command prints; does no network I/O and leaves no descriptor open. Returns NULL and fills
 * *error (kind config) when the options can't work. spreetail_error_clear(error) frees what it
 * holds.
 */
spreetail_client *spreetail_open(const struct spreetail_options *options,
                                 struct spreetail_error *error);

/* Settles every pending call as `closed`, closes every connection, wipes the credentials. The
 * client stays a valid object on which calls fail. Harmless when repeated. */
void spreetail_close(spreetail_client *client);

/* Closes the client and gives it back. Calls that are still held remain readable. */
void spreetail_release(spreetail_client *client);

/*
 * Starts a call, or NULL when memory ran out. A request that can't be sent (a path that is no
 * path, a control character in a header) gives a call that has settled already, kind validation.
 * The caller holds the call until spreetail_drop(); one that is dropped runs on.
 */
spreetail_call *spreetail_start(spreetail_client *client, const struct spreetail_request *request);

/* A call that logs in, even when the token is still good; joins a login that is under way.
 * `timeout`, `attempt_timeout` and `retries` as in a request. */
spreetail_call *spreetail_login(spreetail_client *client, double timeout, double attempt_timeout,
                                int retries);

/* Settles the call as `cancelled` if it is still pending. */
void spreetail_cancel(spreetail_call *call);
void spreetail_drop(spreetail_call *call);

bool spreetail_done(const spreetail_call *call);

/* The result of a settled call, NULL while it is pending. */
const struct spreetail_result *spreetail_result(const spreetail_call *call);

/* What stands in the row behind a value and all that it holds. */
const struct spreetail_value *spreetail_behind(const struct spreetail_value *value);

/* A number that is this call's alone within its client. */
uint64_t spreetail_call_id(const spreetail_call *call);

/* Asks that this call's id be told by spreetail_next_settled() once it has settled; when it has
 * been told, that can be asked again. */
void spreetail_watch(spreetail_call *call);

/* The id of a watched call that has settled, each once, in the order of settling; 0: none. */
uint64_t spreetail_next_settled(spreetail_client *client);

/* Does what can be done now, for about 2 ms at most. Returns how many calls are pending. */
size_t spreetail_step(spreetail_client *client);

/* How many calls are pending now. */
size_t spreetail_pending(const spreetail_client *client);

/* A descriptor that becomes readable when a step is due; the same until close or fork. -1: none
 * can be had (errno). Wait for it together with spreetail_next_timeout(). */
int spreetail_pollfd(spreetail_client *client);

/* Seconds until a step is due whatever the descriptor says; negative: no such time. */
double spreetail_next_timeout(spreetail_client *client);

/* Waits until a step is due, at most `seconds`. Returns early when a signal arrives. */
void spreetail_wait(spreetail_client *client, double seconds);

/* Moves the oldest event into *event and returns true; false: there is none. The caller clears it
 * with spreetail_event_clear(). */
bool spreetail_next_event(spreetail_client *client, struct spreetail_event *event);
void spreetail_event_clear(struct spreetail_event *event);

void spreetail_stats(const spreetail_client *client, struct spreetail_stats *stats);

const char *spreetail_kind_name(enum spreetail_kind kind);
const char *spreetail_outcome_name(enum spreetail_outcome outcome); /* NULL: no outcome */
const char *spreetail_event_name(enum spreetail_event_type type);

/* Frees what an error holds and sets it to "no error". */
void spreetail_error_clear(struct spreetail_error *error);

/* Percent-encodes `segment` for use in a path into `encoded`, which has room for three times its
 * size. Returns how much of that was used. */
size_t spreetail_encode_segment(const char *segment, size_t size, char *encoded);

/* Whether the bytes are valid UTF-8 (RFC 3629). */
bool spreetail_is_utf8(const char *text, size_t size);

/*
 * Sharing tokens with other clients, with the option `shared_tokens`. When spreetail_wants_token(),
 * whoever drives looks in a store of its own and offers what it finds there, sealed; or has the
 * client log in, and then puts the new token, sealed, into the store. Sealed tokens are bytes that
 * can be read and made only with the same client secret, client id and base URL.
 */

/* Whether a token is wanted, and neither offered nor being asked for yet. */
bool spreetail_wants_token(const spreetail_client *client);

/* Uses a sealed token from elsewhere. False: it is of no use here (of another secret, damaged, too
 * old, refused by the server already, or no newer than what we have). */
bool spreetail_offer_token(spreetail_client *client, const void *sealed, size_t size);

/* Has the client log in, once. */
void spreetail_permit_login(spreetail_client *client);

/* Whether a login is under way, or permitted and about to be. */
bool spreetail_logging_in(const spreetail_client *client);

/* Counts the tokens that came, from a login or from elsewhere. */
uint64_t spreetail_token_generation(const spreetail_client *client);

/* Seals the current token into `sealed` and says in *life how many seconds it is good for; returns
 * its size. 0: there is none, or it does not fit into `room`. */
size_t spreetail_seal_token(const spreetail_client *client, void *sealed, size_t room,
                            double *life);

/* A name under which to store tokens, the same for clients that can share them, and telling nothing
 * else: SPREETAIL_STORE_KEY_SIZE characters and a NUL. False when it can't be made. */
enum { SPREETAIL_STORE_KEY_SIZE = 32 };
bool spreetail_store_key(const spreetail_client *client, char key[SPREETAIL_STORE_KEY_SIZE + 1]);

/* Whether there is something for spreetail_next_settled() or spreetail_next_event(). */
bool spreetail_has_news(const spreetail_client *client);

/* True when this process's libcurl wipes the memory that it frees: it was first initialised by us.
 */
bool spreetail_wipes_libcurl(void);

#endif
