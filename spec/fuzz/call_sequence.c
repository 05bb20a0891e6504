/*
 * Guards the machine of a call that creates an order: the input says what the server and the
 * program do, exchange by exchange, until the call settles. A second, much simpler account of what
 * has happened (struct account) is kept beside it, and what the call reports must agree with that.
 */
#include "memory.h"
#include "session.h"
#include "tree.h"

static const char order[] = "{\"ReferenceNumber\":\"R-1\",\"Currency\":\"EUR\",\"OrderItems\":"
                            "[{\"SKU\":\"A\",\"Qty\":2,\"OrderLineNumber\":\"1\"}]}";

static const int statuses[] = {200, 201, 204, 101, 302, 400, 401, 403, 404, 409,
                               422, 429, 500, 502, 503, 504, 0,   408, 421, 499};

/* Bodies; NULL: the input has one. */
static const char *const bodies[] = {
    NULL,
    "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Currency\":\"EUR\",\"OrderItems\":"
    "[{\"SKU\":\"BRAND_A\",\"Qty\":\"2.0\",\"OrderLineNumber\":\"1\"}],\"Status\":\"Pending\"}}",
    "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Currency\":\"GBP\"}}",
    "{\"success\":true}",
    "{\"success\":false,\"error\":\"no\",\"details\":{\"field\":\"Currency\"}}",
    "{\"success\":true,\"data\":",
    "",
    "{\"success\":true,\"data\":[]}",
    "<html>no</html>",
    "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-2\"}}",
    "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Currency\":\"EUR\"}}",
};

static const char *const header_lines[] = {
    "",
    "Retry-After: 1",
    "Retry-After: 1e9",
    "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\nDate: Fri, 31 Dec 1999 23:59:29 GMT",
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

struct account {
    bool is_order; /* whose creation a success has to confirm */
    bool is_delivery;
    unsigned left;       /* exchanges that left, logins not counted */
    bool may_be_taken;   /* one of them asked for the order and got no clear answer */
    bool on_the_way;     /* it has left and is not over */
    bool last_said_yes;  /* the last answer to the order itself */
    bool stored_is_ours; /* a look-up brought an order that is the same */
    bool was_shown;      /* it brought something that may be an order, whosoever's */
    bool was_there;      /* a 409 */
};

struct play {
    struct session session;
    spreetail_call *call;
    struct spreetail_request request;
    struct account account;
    struct input input;
};

/*
 * The account.
 */

static bool is_success(int status, const json_t *body) {
    if (status < 200 || status > 299)
        return false;
    if (!json_is_object(body))
        return status == 204 || status == 205;
    const json_t *success = json_object_get(body, "success");
    const json_t *error = json_object_get(body, "error");
    if (success)
        return json_is_true(success);
    return !error || json_is_null(error) || json_object_get(body, "data");
}

/* Nothing is done before a 401 or instead of a 429; any other no must be the API's. */
static bool is_clear_no(int status, const json_t *body) {
    bool said_no = json_is_object(body) && json_is_false(json_object_get(body, "success"));
    bool of_connection = status == 408 || status == 421 || status == 499;
    return status == 401 || status == 429 ||
           (said_no && status >= 200 && status < 500 && status / 100 != 3 && !of_connection);
}

static const json_t *data_of(const json_t *body) {
    const json_t *data = json_object_get(body, "data"), *success = json_object_get(body, "success");
    return data || success ? data : body;
}

/* Whether a text is the word, space around it aside; or ends with it after a brand, if it may. */
static bool is_word(const json_t *value, const char *word, bool branded) {
    static const char space[] = " \t\r\n\v\f";
    const char *text = json_string_value(value);
    size_t size = json_string_length(value), length = strlen(word);
    while (size && text[size - 1] && strchr(space, text[size - 1]))
        size--;
    if (size < length || memcmp(text + size - length, word, length) != 0)
        return false;
    for (const char *at = text; at < text + size - length; at++)
        if (!branded && (*at == '\0' || !strchr(space, *at)))
            return false;
    return true;
}

/* What must be so of a stored order that is the same as `order`. */
static bool may_be_ours(const json_t *body) {
    const json_t *data = data_of(body), *items = json_object_get(data, "OrderItems");
    const json_t *item = json_array_get(items, 0), *quantity = json_object_get(item, "Qty");
    const json_t *currency = json_object_get(data, "Currency");
    return json_array_size(items) == 1 && is_word(json_object_get(item, "SKU"), "A", true) &&
           (json_is_string(quantity) || json_number_value(quantity) == 2) &&
           is_word(json_object_get(data, "ReferenceNumber"), "R-1", false) &&
           (!currency || json_is_null(currency) || is_word(currency, "EUR", false));
}

/* The reference in the data; NULL: none. */
static const json_t *shown_in(const struct account *account, const json_t *data) {
    static const char *const keys[] = {"ReferenceNumber", "referenceNumber", "PO_REFERENCE"};
    for (size_t i = account->is_delivery ? 2 : 0; i < (account->is_delivery ? 3 : 2); i++) {
        const json_t *shown = json_object_get(data, keys[i]);
        if (shown && !json_is_null(shown))
            return shown;
    }
    return NULL;
}

/* Whether a success is one for this call: about no other reference, and of an order it has to say
 * that it is there. */
static bool fits(const struct account *account, const json_t *body) {
    const json_t *shown = shown_in(account, data_of(body));
    if (shown)
        return is_word(shown, "R-1", false);
    return !account->is_order || json_is_true(json_object_get(body, "success"));
}

static void note_answer(struct account *account, const struct exchange *exchange, int status,
                        struct input text) {
    json_t *body = tree_read(text.at, text.left);
    account->on_the_way = false;
    if (strcmp(exchange->method, "GET") == 0) {
        account->stored_is_ours |= is_success(status, body) && may_be_ours(body);
        account->was_shown |= is_success(status, body) && json_is_object(data_of(body));
    } else {
        account->last_said_yes = is_success(status, body) && fits(account, body);
        account->may_be_taken |= !account->last_said_yes && !is_clear_no(status, body);
        account->was_there |= status == 409 && is_clear_no(status, body);
    }
    json_decref(body);
}

static void note_sent(struct account *account, const struct exchange *exchange) {
    account->left += !exchange->sent;
}

static void note_lost(struct account *account, const struct exchange *exchange, bool sent) {
    account->on_the_way = false;
    if (strcmp(exchange->method, "GET") == 0)
        return;
    account->may_be_taken |= sent;
    account->last_said_yes = false;
}

/*
 * What happens to an exchange.
 */

static void answer(struct play *play, struct exchange *exchange) {
    int status = statuses[input_byte(&play->input) % COUNT_OF(statuses)];
    unsigned choice = input_byte(&play->input);
    const char *body = bodies[choice % COUNT_OF(bodies)];
    const char *headers = header_lines[choice / COUNT_OF(bodies) % COUNT_OF(header_lines)];
    struct input text = body ? (struct input){body, strlen(body)}
                             : input_take(&play->input, input_byte(&play->input));
    if (!exchange->login) {
        note_sent(&play->account, exchange);
        note_answer(&play->account, exchange, status, text);
    }
    session_answer(&play->session, exchange, status, (struct input){headers, strlen(headers)},
                   text);
}

static void lose(struct play *play, struct exchange *exchange) {
    enum exchange_failure failure =
        EXCHANGE_RESOLVE + input_byte(&play->input) % (EXCHANGE_FAILURES - EXCHANGE_RESOLVE);
    unsigned choice = input_byte(&play->input);
    bool sent = exchange->sent || choice % 2;
    int status = sent ? statuses[choice / 2 % COUNT_OF(statuses)] : 0;
    if (!exchange->login) {
        if (sent)
            note_sent(&play->account, exchange);
        note_lost(&play->account, exchange, sent);
    }
    fake_fail(&play->session.fake, exchange, failure, sent, status);
    session_step(&play->session);
}

static void send_only(struct play *play, struct exchange *exchange) {
    if (!exchange->login) {
        note_sent(&play->account, exchange);
        play->account.on_the_way = strcmp(exchange->method, "POST") == 0;
    }
    fake_send(exchange);
}

static void give_token(struct play *play, struct exchange *login) {
    static const char brief[] = "{\"data\":{\"access_token\":\"token-1\",\"expires_in\":10}}";
    session_answer(&play->session, login, 200, (struct input){0},
                   (struct input){brief, sizeof brief - 1});
}

static void stop(struct play *play, bool by_closing) {
    if (by_closing)
        spreetail_close(play->session.client);
    else
        spreetail_cancel(play->call);
}

/* One move; false: the input is at its end, and from now on nobody does anything. */
static bool move(struct play *play) {
    if (play->input.left == 0)
        return false;
    struct exchange *login = fake_login(&play->session.fake);
    struct exchange *exchange = fake_running(&play->session.fake, 0);
    struct exchange *either = exchange ? exchange : login;
    unsigned choice = input_byte(&play->input) % 16;
    if (!either || choice >= 14)
        session_wait(&play->session, (double)input_byte(&play->input));
    else if (choice == 13)
        stop(play, input_byte(&play->input) % 2);
    else if (choice == 12)
        send_only(play, either);
    else if (choice >= 8)
        lose(play, either);
    else if (choice >= 6 && login)
        give_token(play, login);
    else
        answer(play, either);
    return true;
}

/*
 * The whole play.
 */

static void check(const struct play *play, bool memory_lasts) {
    const struct spreetail_result *result = spreetail_result(play->call);
    const struct account *account = &play->account;
    enum spreetail_outcome outcome = result->error.outcome;
    session_check_error(&result->error);
    must(result->attempts == account->left, "%u attempts, %u left", result->attempts,
         account->left);
    /* Without retries only a new token, three times at most, or a look-up after a 409 sends more.
     */
    must(play->request.retries > 0 || account->left <= 1 + 3 || account->was_there,
         "retries = 0, and %u left", account->left);
    if (result->error.kind == SPREETAIL_OK) {
        bool delivered = play->request.settling == SPREETAIL_SETTLE_DELIVERY &&
                         account->was_there && account->may_be_taken;
        must(result->reconciled ? account->stored_is_ours || delivered : account->last_said_yes,
             "a success that nobody told");
        return;
    }
    if (account->may_be_taken || account->on_the_way)
        must(outcome == SPREETAIL_UNKNOWN, "outcome %s for what may have been taken",
             spreetail_outcome_name(outcome));
    else if (memory_lasts && !(account->was_shown && outcome == SPREETAIL_UNKNOWN))
        must(outcome == (account->left ? SPREETAIL_REFUSED : SPREETAIL_NOT_SENT), "outcome %s",
             spreetail_outcome_name(outcome));
}

static void choose_request(struct play *play) {
    unsigned choice = input_byte(&play->input);
    static const enum spreetail_settling settlings[] = {
        SPREETAIL_SETTLE_ORDER, SPREETAIL_SETTLE_ORDER, SPREETAIL_SETTLE_DELIVERY,
        SPREETAIL_SETTLE_NOTHING};
    play->request = (struct spreetail_request){
        .method = "POST",
        .path = "/outbound",
        .body = order,
        .body_size = sizeof order - 1,
        .reference = "R-1",
        .retries = (int)(choice % 8),
        .settling = settlings[choice / 8 % 4],
        .return_duplicate = choice / 32 % 2,
        .idempotent = choice / 64 % 2,
    };
    play->account.is_order = play->request.settling == SPREETAIL_SETTLE_ORDER;
    play->account.is_delivery = play->request.settling == SPREETAIL_SETTLE_DELIVERY;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    enum { MOST_MOVES = 10000 };
    struct play play = {.input = input_of(bytes, size)};
    choose_request(&play);
    unsigned nth = input_byte(&play.input), moves = 0;
    session_open(&play.session);
    play.call = spreetail_start(play.session.client, &play.request);
    must(play.call, "no call");
    memory_fail(nth);
    session_step(&play.session);
    while (!spreetail_done(play.call)) {
        must(++moves < MOST_MOVES, "it does not settle");
        if (!move(&play))
            session_wait(&play.session, 60);
    }
    memory_fail(0);
    check(&play, nth == 0);
    spreetail_drop(play.call);
    session_close(&play.session);
    return 0;
}
