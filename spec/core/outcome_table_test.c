/*
 * The table of docs/errors.md, cell by cell: what the page says that becomes of a call is what
 * becomes of it.
 */
#include "call.h"
#include "check.h"
#include "markdown_table.h"
#include "scene.h"

static const char page[] = "docs/errors.md";

/*
 * What may happen to an exchange, or to a call while one is under way.
 */

enum happening { ANSWER, FAILURE, DEADLINE, CANCEL, CLOSE };

struct ending {
    enum happening what;
    int status;
    const char *header, *body;
    enum exchange_failure failure;
    bool sent;
};

#define REFUSAL "{\"success\":false,\"error\":\"no\"}"
#define ANSWERED(...)                                                                              \
    { .what = ANSWER, .sent = true, __VA_ARGS__ }
#define FAILED(failure_, sent_, status_)                                                           \
    { .what = FAILURE, .failure = EXCHANGE_##failure_, .sent = sent_, .status = status_ }

#define ORDER(reference)                                                                           \
    "\"ReferenceNumber\":\"" reference "\",\"OrderItems\":[{\"SKU\":\"A\",\"Qty\":2}]"
#define SUCCESS(...) "{\"success\":true,\"data\":{" __VA_ARGS__ "}}"

static const char same[] = SUCCESS(ORDER("R-1") ",\"Currency\":\"EUR\",\"Status\":\"Pending\"");
static const char other[] = SUCCESS(ORDER("R-1") ",\"Currency\":\"GBP\",\"Status\":\"Pending\"");
static const char meagre[] = SUCCESS("\"ReferenceNumber\":\"R-1\",\"Status\":\"Pending\"");
static const char foreign[] = SUCCESS(ORDER("R-2") ",\"PO_REFERENCE\":\"R-2\"");
static const char page_of_html[] = "<html><h1>Sorry</h1></html>";
static const char far_away[] = "retry-after: 3600";

/*
 * The rows. Unless a row says otherwise, what it names happens to every exchange of a call, that of
 * a look-up included.
 */

enum { MOST_STATUSES = 32 };

struct row {
    const char *name;
    struct ending first;         /* of the first exchange */
    struct ending then;          /* of those after it, if `differs` */
    struct ending look_up;       /* of those that look up, if `differs` */
    bool differs;                /* not every exchange ends like the first */
    double asked;                /* with Retry-After, and waited for */
    int statuses[MOST_STATUSES]; /* the row stands for these, in place of `first.status` */
    bool login_refused;
};

#define REPEAT_OF_LOST .first = FAILED(LOST, true, 0), .differs = true
#define CONFLICT_THEN .then = ANSWERED(.status = 409, .body = REFUSAL), .look_up

static const struct row rows[] = {
    {"200, success", .first = ANSWERED(.status = 200, .body = same)},
    {"200, under another reference", .first = ANSWERED(.status = 200, .body = foreign)},
    {"200, \"success\": false", .first = ANSWERED(.status = 200, .body = REFUSAL)},
    {"200, not JSON", .first = ANSWERED(.status = 200, .body = "<html>")},
    {"200, empty", .first = ANSWERED(.status = 200, .body = "")},
    {"3xx", .first = ANSWERED(.body = ""), .statuses = {300, 301, 302, 303, 304, 307, 308}},
    {"400", .first = ANSWERED(.status = 400, .body = REFUSAL)},
    {"401 once, then success", .first = ANSWERED(.status = 401, .body = REFUSAL), .differs = true,
     .then = ANSWERED(.status = 200, .body = same)},
    {"401 again and again", .first = ANSWERED(.status = 401, .body = REFUSAL)},
    {"403", .first = ANSWERED(.status = 403, .body = REFUSAL)},
    {"404", .first = ANSWERED(.status = 404, .body = REFUSAL)},
    {"409 at the first attempt", .first = ANSWERED(.status = 409, .body = REFUSAL)},
    {"lost, then 409; the stored order is the same", REPEAT_OF_LOST,
     CONFLICT_THEN = ANSWERED(.status = 200, .body = same)},
    {"lost, then 409; another order is stored", REPEAT_OF_LOST,
     CONFLICT_THEN = ANSWERED(.status = 200, .body = other)},
    {"lost, then 409; what is stored shows too little", REPEAT_OF_LOST,
     CONFLICT_THEN = ANSWERED(.status = 200, .body = meagre)},
    {"lost, then 409; no order is found", REPEAT_OF_LOST,
     CONFLICT_THEN = ANSWERED(.status = 404, .body = REFUSAL)},
    {"lost, then 409; looking up fails with 503", REPEAT_OF_LOST,
     CONFLICT_THEN = ANSWERED(.status = 503, .body = "")},
    {"lost, then 400; no order is found", REPEAT_OF_LOST,
     .then = ANSWERED(.status = 400, .body = REFUSAL),
     .look_up = ANSWERED(.status = 404, .body = REFUSAL)},
    {"408, 421, 425, 460, 499", .first = ANSWERED(.body = REFUSAL),
     .statuses = {408, 421, 425, 460, 499}},
    {"418 and other 4xx", .first = ANSWERED(.body = REFUSAL),
     .statuses = {402, 405, 406, 407, 410, 411, 412, 413, 414, 415,
                  416, 417, 418, 422, 423, 424, 426, 428, 431, 451}},
    {"400 and other 4xx, not in the API's form", .first = ANSWERED(.body = page_of_html),
     .statuses = {400, 402, 405, 406, 407, 410, 411, 412, 413, 414, 415,
                  416, 417, 418, 422, 423, 424, 426, 428, 431, 451}},
    {"403, not in the API's form", .first = ANSWERED(.status = 403, .body = page_of_html)},
    {"404, not in the API's form", .first = ANSWERED(.status = 404, .body = page_of_html)},
    {"409, not in the API's form", .first = ANSWERED(.status = 409, .body = page_of_html)},
    {"429", .first = ANSWERED(.status = 429, .body = REFUSAL)},
    {"429, Retry-After: 7", .asked = 7,
     .first = ANSWERED(.status = 429, .header = "retry-after: 7", .body = REFUSAL)},
    {"429, Retry-After beyond the deadline",
     .first = ANSWERED(.status = 429, .header = far_away, .body = REFUSAL)},
    {"500", .first = ANSWERED(.status = 500, .body = "")},
    {"501 and other 5xx", .first = ANSWERED(.body = ""),
     .statuses = {501, 505, 506, 507, 508, 510, 511, 520, 599}},
    {"502", .first = ANSWERED(.status = 502, .body = "")},
    {"503", .first = ANSWERED(.status = 503, .body = "")},
    {"503, Retry-After beyond the deadline",
     .first = ANSWERED(.status = 503, .header = far_away, .body = "")},
    {"504", .first = ANSWERED(.status = 504, .body = "")},
    {"name not found", .first = FAILED(RESOLVE, false, 0)},
    {"connection refused", .first = FAILED(CONNECT, false, 0)},
    {"TLS refused", .first = FAILED(TLS, false, 0)},
    {"attempt_timeout, before sending", .first = FAILED(TIMEOUT, false, 0)},
    {"attempt_timeout, after sending", .first = FAILED(TIMEOUT, true, 0)},
    {"lost before sending", .first = FAILED(LOST, false, 0)},
    {"lost after sending", .first = FAILED(LOST, true, 0)},
    {"cut short", .first = FAILED(CUT, true, 200)},
    {"no HTTP", .first = FAILED(NONSENSE, true, 0)},
    {"larger than max_response", .first = FAILED(TOO_LARGE, true, 200)},
    {"out of memory, before sending", .first = FAILED(MEMORY, false, 0)},
    {"out of memory, after sending", .first = FAILED(MEMORY, true, 200)},
    {"timeout, before sending", .first = {.what = DEADLINE}},
    {"timeout, after sending", .first = {.what = DEADLINE, .sent = true}},
    {"cancelled before sending", .first = {.what = CANCEL}},
    {"cancelled after sending", .first = {.what = CANCEL, .sent = true}},
    {"closed before sending", .first = {.what = CLOSE}},
    {"closed after sending", .first = {.what = CLOSE, .sent = true}},
    {"login refused", .login_refused = true},
};

/*
 * The columns.
 */

#define BODY "{" ORDER("R-1") ",\"Currency\":\"EUR\"}"
#define POST .method = "POST", .body = BODY, .body_size = sizeof BODY - 1
#define ABOUT_R1 .reference = "R-1"

static const struct {
    const char *name;
    struct spreetail_request request;
} columns[] = {
    {"get_order and all that read", {.method = "GET", .path = "/order/R-1", ABOUT_R1}},
    {"create_order",
     {POST, ABOUT_R1, .path = "/outbound", .idempotent = true, .settling = SPREETAIL_SETTLE_ORDER}},
    {"create_inbound",
     {POST, ABOUT_R1, .path = "/inbound", .idempotent = true,
      .settling = SPREETAIL_SETTLE_DELIVERY}},
    {"cancel_order", {POST, ABOUT_R1, .path = "/order/cancel", .idempotent = true}},
    {"SKU operations, request", {POST, .path = "/inventory"}},
    {"request, idempotent = true", {POST, .path = "/inventory", .idempotent = true}},
};

/*
 * One call, from its start to its end.
 */

struct run {
    struct scene scene;
    const struct row *row;
    int status; /* of the row's statuses, or 0 */
    spreetail_call *call;
    bool begun;                     /* an exchange has ended */
    unsigned sent[2], exchanges[2]; /* of the call itself, of its look-up */
    unsigned pauses[2];
};

static bool looks_up(const struct run *run, const struct exchange *exchange) {
    return strcmp(exchange->method, run->call->method) != 0;
}

static const struct ending *next_ending(const struct run *run, bool look_up) {
    if (!run->row->differs || !run->begun)
        return &run->row->first;
    return look_up ? &run->row->look_up : &run->row->then;
}

static void let_happen(struct run *run, const struct ending *ending, struct exchange *exchange) {
    struct fake *fake = &run->scene.fake;
    int status = run->status ? run->status : ending->status;
    if (ending->sent)
        fake_send(exchange);
    switch (ending->what) {
    case ANSWER:
        fake_answer_with(fake, exchange, status, ending->header, ending->body);
        break;
    case FAILURE:
        fake_fail(fake, exchange, ending->failure, ending->sent, status);
        break;
    case DEADLINE:
        fake_advance(fake, 61);
        break;
    case CANCEL:
        spreetail_cancel(run->call);
        break;
    case CLOSE:
        spreetail_close(run->scene.client);
        break;
    }
}

static void end_exchange(struct run *run, struct exchange *exchange) {
    bool look_up = looks_up(run, exchange);
    const struct ending *ending = next_ending(run, look_up);
    run->begun = true;
    run->exchanges[look_up]++;
    run->sent[look_up] += ending->sent;
    let_happen(run, ending, exchange);
    scene_step(&run->scene);
}

/* The longest pauses, as the page gives them. */
static double longest_pause(const struct markdown_table *pauses, unsigned number) {
    size_t column = number < pauses->columns - 1 ? number : pauses->columns - 1;
    double longest = strtod(pauses->cells[1][column], NULL);
    assert_true(longest > 0);
    return longest;
}

static bool take_retry_event(struct run *run, double *pause) {
    struct spreetail_event event;
    bool found = false;
    while (!found && spreetail_next_event(run->scene.client, &event)) {
        found = event.type == SPREETAIL_EVENT_RETRY;
        *pause = event.pause;
        spreetail_event_clear(&event);
    }
    return found;
}

static void sit_out_pause(struct run *run, const struct markdown_table *bounds) {
    bool look_up = run->call->standing.looking_up;
    unsigned number = ++run->pauses[look_up];
    double pause = -1;
    assert_true(take_retry_event(run, &pause));
    assert_within(pause, run->row->asked, run->row->asked + longest_pause(bounds, number));
    scene_take_news(&run->scene);
    if (pause > 2e-6) {
        scene_advance(&run->scene, pause - 2e-6);
        assert_null(fake_running(&run->scene.fake, 0));
    }
    scene_advance(&run->scene, 4e-6);
    assert_non_null(fake_running(&run->scene.fake, 0));
}

static void answer_login(struct run *run) {
    if (run->row->login_refused)
        scene_answer_login(&run->scene, 401, NULL, REFUSAL);
    else
        scene_give_token(&run->scene, "token", 86400);
}

static void run_to_the_end(struct run *run, const struct markdown_table *bounds) {
    const unsigned plenty = 100;
    scene_step(&run->scene);
    for (unsigned i = 0; !spreetail_done(run->call); i++) {
        struct exchange *exchange = fake_running(&run->scene.fake, 0);
        assert_true(i < plenty);
        if (exchange)
            end_exchange(run, exchange);
        else if (fake_login(&run->scene.fake))
            answer_login(run);
        else if (run->call->state == CALL_REPEATING)
            scene_advance(&run->scene, 2); /* between logins */
        else
            sit_out_pause(run, bounds);
    }
}

static void begin(struct run *run, struct spreetail_request request, uint64_t seed) {
    struct spreetail_error error;
    struct spreetail_options options = scene_options();
    fake_init(&run->scene.fake);
    run->scene.client = client_open(&options, fake_platform(&run->scene.fake, seed), &error);
    assert_non_null(run->scene.client);
    run->call = scene_start(&run->scene, request);
}

static void end(struct run *run) {
    spreetail_drop(run->call);
    spreetail_release(run->scene.client);
}

/* "5", or "5+1" with what the look-up added. */
static void print_counts(char *text, size_t size, const struct run *run, const unsigned count[2]) {
    if (run->exchanges[1])
        snprintf(text, size, "%u+%u", count[0], count[1]);
    else
        snprintf(text, size, "%u", count[0]);
}

/* What has come of the call, as the page writes it. */
static void print_cell(char *cell, size_t size, const struct run *run) {
    const struct spreetail_result *result = spreetail_result(run->call);
    const char *outcome = spreetail_outcome_name(result->error.outcome);
    const char *kind = result->reconciled ? "reconciled" : spreetail_kind_name(result->error.kind);
    char attempts[24], pauses[24], asked[24] = "";
    print_counts(attempts, sizeof attempts, run, run->sent);
    print_counts(pauses, sizeof pauses, run, run->pauses);
    if (run->row->asked > 0 && run->pauses[0])
        snprintf(asked, sizeof asked, " (+%g s)", run->row->asked);
    snprintf(cell, size, "%s · %s · %s · %s%s", kind, outcome ? outcome : "–", attempts, pauses,
             asked);
}

/*
 * The page against the machine.
 */

static const struct markdown_table *table, *pauses_table;

static int read_page(void **state) {
    (void)state;
    table = markdown_table_read(page, "What happens");
    pauses_table = markdown_table_read(page, "Pause");
    return 0;
}

static int forget_page(void **state) {
    (void)state;
    markdown_table_free((struct markdown_table *)table);
    markdown_table_free((struct markdown_table *)pauses_table);
    return 0;
}

/* Counts a cell that is wrong, and says what would be right. */
static unsigned check_cell(const struct row *row, size_t column, int status, uint64_t seed) {
    struct spreetail_request request = columns[column].request;
    struct run run = {.row = row, .status = status};
    char actual[200];
    request.retries = 4;
    begin(&run, request, seed);
    run_to_the_end(&run, pauses_table);
    assert_int_equal(spreetail_result(run.call)->attempts, run.sent[0] + run.sent[1]);
    print_cell(actual, sizeof actual, &run);
    end(&run);
    size_t x = markdown_table_column(table, columns[column].name);
    size_t y = markdown_table_row(table, row->name);
    const char *written = x && y ? table->cells[y][x] : "(no such cell)";
    if (strcmp(written, actual) == 0)
        return 0;
    print_error("%s, %s (%d): the page says\n  %s\nbut it is\n  %s\n", row->name,
                columns[column].name, status, written, actual);
    return 1;
}

static void every_cell_is_true(void **state) {
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t column = 0; column < COUNT_OF(columns); column++)
            for (size_t j = 0; j == 0 || rows[i].statuses[j]; j++)
                wrong += check_cell(&rows[i], column, rows[i].statuses[j], 1);
    assert_int_equal(wrong, 0);
}

static void pauses_stay_within_their_bounds_whatever_the_seed(void **state) {
    (void)state;
    unsigned wrong = 0;
    for (uint64_t seed = 2; seed < 30; seed++)
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            wrong += check_cell(&rows[i], 1, rows[i].statuses[0], seed);
    assert_int_equal(wrong, 0);
}

static void the_page_has_no_other_rows_and_columns(void **state) {
    (void)state;
    assert_int_equal(table->rows, COUNT_OF(rows) + 1);
    assert_int_equal(table->columns, COUNT_OF(columns) + 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!markdown_table_row(table, rows[i].name))
            fail_msg("the page has no row '%s'", rows[i].name);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (!markdown_table_column(table, columns[i].name))
            fail_msg("the page has no column '%s'", columns[i].name);
}

static void every_way_to_fail_has_a_row(void **state) {
    (void)state;
    bool covered[EXCHANGE_FAILURES] = {false};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].first.what <= FAILURE && !rows[i].login_refused)
            covered[rows[i].first.failure] = true;
    for (size_t failure = 0; failure < EXCHANGE_FAILURES; failure++)
        if (!covered[failure])
            fail_msg("no row is about exchange failure %zu", failure);
}

static void every_pause_of_a_long_series_is_within_its_bounds(void **state) {
    (void)state;
    static const struct row failing = {.name = "503", .first = ANSWERED(.status = 503, .body = "")};
    struct run run = {.row = &failing};
    struct spreetail_request request = columns[1].request;
    request.retries = 12;
    request.timeout = 1000;
    begin(&run, request, 7);
    run_to_the_end(&run, pauses_table);
    assert_int_equal(run.pauses[0], 12);
    assert_int_equal(run.pauses[1], 12);
    end(&run);
}

static void every_kind_is_explained(void **state) {
    (void)state;
    struct markdown_table *kinds = markdown_table_read(page, "Kind");
    for (int kind = SPREETAIL_CONFIG; kind <= SPREETAIL_CLOSED; kind++) {
        char name[40];
        snprintf(name, sizeof name, "`%s`", spreetail_kind_name((enum spreetail_kind)kind));
        if (!markdown_table_row(kinds, name))
            fail_msg("the page does not explain %s", name);
    }
    assert_non_null(
        markdown_table_row(kinds, "`database`")); /* the outbox has it, and not the core */
    assert_int_equal(kinds->rows, SPREETAIL_CLOSED + 1 + 1);
    markdown_table_free(kinds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_true),
        cmocka_unit_test(the_page_has_no_other_rows_and_columns),
        cmocka_unit_test(every_way_to_fail_has_a_row),
        cmocka_unit_test(pauses_stay_within_their_bounds_whatever_the_seed),
        cmocka_unit_test(every_pause_of_a_long_series_is_within_its_bounds),
        cmocka_unit_test(every_kind_is_explained),
    };
    return cmocka_run_group_tests(tests, read_page, forget_page);
}
