#include "order_server.h"

#include "check.h"
#include "stored_order.h"

#define REFUSAL "{\"success\":false,\"error\":\"no\"}"

static void tell(struct order_server *server, const char *what) {
    buffer_printf(&server->story, " %s", what);
}

static void keep(struct order_server *server, json_t *order, bool is_ours, bool is_same) {
    server->kept = order;
    server->is_ours = is_ours;
    server->is_same = is_same;
}

void order_server_add_foreign(struct order_server *server) {
    bool same = chance(&server->random, 20);
    if (server->kept)
        return;
    tell(server, same ? "[somebody creates the same]" : "[somebody creates another]");
    if (same) {
        json_t *order = json_deep_copy(server->order);
        if (server->from_clock) /* and another clock it was */
            json_object_set_new(order, "ReceivedDate", json_string("2026-02-27T08:15:00Z"));
        keep(server, order, false, true);
    } else {
        keep(server, another_order(server->order, &server->random), false, false);
    }
}

/* True: it was taken just now. */
static bool take(struct order_server *server) {
    if (server->kept)
        return false;
    tell(server, "taken,");
    keep(server, json_deep_copy(server->order), true, true);
    return true;
}

void order_server_catch_up(struct order_server *server) {
    if (!server->late)
        return;
    server->late--;
    tell(server, "[late:");
    if (!take(server))
        tell(server, "too late");
    tell(server, "]");
}

/*
 * Answers.
 */

static void answer(struct order_server *server, struct exchange *exchange, int status,
                   const char *header, const char *body) {
    buffer_printf(&server->story, " %d", status);
    fake_answer_with(server->fake, exchange, status, header, body);
}

/* Takes over the data. */
static void answer_with_data(struct order_server *server, struct exchange *exchange, json_t *data) {
    json_t *envelope = json_pack("{s:b,s:o}", "success", true, "data", data);
    char *body = json_dumps(envelope, 0);
    answer(server, exchange, 200, NULL, body);
    free(body);
    json_decref(envelope);
}

static void answer_record(struct order_server *server, struct exchange *exchange) {
    answer_with_data(server, exchange, written_otherwise(server->kept, &server->random));
}

/* A record of the very same order, but for what it is known by. */
static void answer_less(struct order_server *server, struct exchange *exchange) {
    json_t *record = written_otherwise(server->order, &server->random);
    json_t *items = json_object_get(record, "OrderItems");
    json_t *item = json_array_get(items, any_of(&server->random, (unsigned)json_array_size(items)));
    static const char *const item_keys[] = {"SKU", "Qty"};
    static const char *const keys[] = {"ReferenceNumber", "OrderItems"};
    unsigned which = any_of(&server->random, 4);
    if (which < 2)
        json_object_del(item, item_keys[which]);
    else
        json_object_del(record, keys[which - 2]);
    answer_with_data(server, exchange, record);
}

/* Answers that say nothing about what became of the request. */
static void answer_nothing(struct order_server *server, struct exchange *exchange) {
    static const struct {
        int status;
        const char *header, *body;
    } answers[] = {
        {500, NULL, ""},
        {500, NULL, REFUSAL},
        {501, NULL, ""},
        {502, NULL, "<html>bad gateway"},
        {503, NULL, REFUSAL},
        {503, "retry-after: 2", ""},
        {503, "retry-after: 900", ""},
        {504, NULL, ""},
        {599, NULL, ""},
        {200, NULL, ""},
        {200, NULL, "<html>welcome"},
        {200, NULL, "{\"success\":tr"},
        {200, NULL, "[1,2]"},
        {200, NULL, "{}"},
        {200, NULL, "{\"data\":{\"ReferenceNumber\":\"R-0\"}}"},
        {200, NULL, "{\"message\":\"try later\"}"},
        {204, NULL, ""},
        {200, NULL, "{\"error\":\"upstream timed out\"}"},
        {200, NULL, "{\"success\":\"false\",\"data\":{}}"},
        {200, NULL, "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-0\"}}"},
        {200, NULL, "{\"success\":true,\"data\":{\"ReferenceNumber\":\"r-1\",\"OrderItems\":[]}}"},
        {400, NULL, ""},
        {400, NULL, "<html>Bad Request"},
        {403, NULL, "<html>blocked"},
        {404, NULL, "{\"message\":\"no route\"}"},
        {408, NULL, ""},
        {408, NULL, REFUSAL},
        {409, NULL, "<html>conflict"},
        {421, NULL, REFUSAL},
        {425, NULL, REFUSAL},
        {460, NULL, ""},
        {499, NULL, REFUSAL},
        {302, "location: /", ""},
        {307, "location: /", ""},
    };
    unsigned i = any_of(&server->random, COUNT_OF(answers));
    server->unclear |= strcmp(exchange->method, "GET") == 0 && answers[i].status == 200;
    answer(server, exchange, answers[i].status, answers[i].header, answers[i].body);
}

static void break_off(struct order_server *server, struct exchange *exchange) {
    static const struct {
        enum exchange_failure failure;
        int status;
        const char *name;
    } breaks[] = {
        {EXCHANGE_LOST, 0, "lost"},          {EXCHANGE_CUT, 200, "cut"},
        {EXCHANGE_CUT, 409, "cut 409"},      {EXCHANGE_CUT, 401, "cut 401"},
        {EXCHANGE_NONSENSE, 0, "nonsense"},  {EXCHANGE_TOO_LARGE, 200, "too large"},
        {EXCHANGE_TIMEOUT, 0, "timed out"},  {EXCHANGE_TIMEOUT, 200, "timed out at 200"},
        {EXCHANGE_MEMORY, 200, "no memory"}, {EXCHANGE_TLS, 0, "TLS broken"},
    };
    unsigned i = any_of(&server->random, COUNT_OF(breaks));
    tell(server, breaks[i].name);
    fake_fail(server->fake, exchange, breaks[i].failure, true, breaks[i].status);
}

static void leave_in_doubt(struct order_server *server, struct exchange *exchange) {
    switch (any_of(&server->random, 5)) {
    case 0:
        tell(server, "hangs");
        fake_send(exchange);
        server->hanging = exchange;
        break;
    case 1:
    case 2:
        break_off(server, exchange);
        break;
    default:
        answer_nothing(server, exchange);
    }
}

/* True refusals: the request is as good as never made. */
static void refuse(struct order_server *server, struct exchange *exchange) {
    static const struct {
        int status;
        const char *header;
    } refusals[] = {
        {401, NULL},
        {401, NULL},
        {401, NULL},
        {429, NULL},
        {429, "retry-after: 1"},
        {429, "retry-after: 900"},
        {400, NULL},
        {403, NULL},
        {422, NULL},
        {200, NULL},
    };
    unsigned i = any_of(&server->random, COUNT_OF(refusals));
    answer(server, exchange, refusals[i].status, refusals[i].header, REFUSAL);
}

static void never_send(struct order_server *server, struct exchange *exchange) {
    static const enum exchange_failure failures[] = {
        EXCHANGE_RESOLVE, EXCHANGE_CONNECT, EXCHANGE_CONNECT, EXCHANGE_TLS,
        EXCHANGE_TIMEOUT, EXCHANGE_LOST,    EXCHANGE_MEMORY,
    };
    tell(server, "not sent");
    fake_fail(server->fake, exchange, failures[any_of(&server->random, COUNT_OF(failures))], false,
              0);
}

/*
 * Requests.
 */

static void create_truly(struct order_server *server, struct exchange *exchange) {
    if (take(server))
        answer_record(server, exchange);
    else
        answer(server, exchange, 409, NULL, REFUSAL);
}

/* An order arrives, and is taken now, later or never; the client does not learn which. */
static void create_in_doubt(struct order_server *server, struct exchange *exchange) {
    server->doubt = true;
    switch (any_of(&server->random, 3)) {
    case 0:
        take(server);
        break;
    case 1:
        server->late++;
        break;
    }
    leave_in_doubt(server, exchange);
}

static void show_truly(struct order_server *server, struct exchange *exchange) {
    if (server->kept)
        answer_record(server, exchange);
    else
        answer(server, exchange, 404, NULL, REFUSAL);
}

/* A copy of the data that lags behind, and records that are none. */
static void show_badly(struct order_server *server, struct exchange *exchange) {
    static const char *const bodies[] = {
        "{\"success\":true,\"data\":null}",
        "{\"success\":true,\"data\":[]}",
        "{\"success\":true,\"data\":{}}",
        "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Status\":\"Pending\"}}",
        "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Currency\":\"EUR\"}}",
    };
    if (chance(&server->random, 30)) {
        answer(server, exchange, 404, NULL, REFUSAL);
        return;
    }
    server->unclear = true;
    if (chance(&server->random, 50))
        answer_less(server, exchange);
    else
        answer(server, exchange, 200, NULL, bodies[any_of(&server->random, COUNT_OF(bodies))]);
}

void order_server_meet(struct order_server *server, struct exchange *exchange) {
    bool creates = strcmp(exchange->method, "POST") == 0;
    bool trouble = chance(&server->random, server->trouble);
    tell(server, creates ? ";" : "; look-up:");
    if (trouble && chance(&server->random, 15)) {
        never_send(server, exchange);
        return;
    }
    server->received++;
    if (!trouble)
        (creates ? create_truly : show_truly)(server, exchange);
    else if (chance(&server->random, 30))
        refuse(server, exchange);
    else if (creates)
        create_in_doubt(server, exchange);
    else
        (chance(&server->random, 30) ? show_badly : leave_in_doubt)(server, exchange);
}

void order_server_give_up(struct order_server *server) {
    tell(server, "until it times out");
    fake_fail(server->fake, server->hanging, EXCHANGE_TIMEOUT, true, 0);
    server->hanging = NULL;
}

void order_server_clear(struct order_server *server) {
    json_decref(server->kept);
    buffer_free(&server->story);
}
