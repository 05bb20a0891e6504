#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "error.h"
#include "reconcile.h"
#include "value.h"

enum { MOST_RENEWALS = 3 };

/*
 * Once more.
 */

/* Makes the call ready for another exchange and puts it where it waits for that. */
static void requeue(spreetail_call *call, enum call_state state) {
    call_leave(call);
    token_release(call->token);
    call->token = NULL;
    exchange_clear(&call->exchange);
    answer_clear(&call->answer);
    if (!call->looking_up)
        call->result.status = 0; /* what comes next may end without one */
    call_enter(call, state);
}

static void pause_call(spreetail_call *call, usec pause) {
    spreetail_client *client = call->client;
    call->failures++;
    client->stats.retries++;
    call_tell(call, SPREETAIL_EVENT_RETRY, pause);
    requeue(call, CALL_PAUSING);
    timers_set(&client->timers, &call->timer, client_now(client) + pause);
}

/* How many calls may fail together because they share a connection. */
static size_t parallel(const spreetail_client *client) {
    size_t most = client->settings.max_in_flight;
    return client->pending < most ? client->pending : most;
}

static bool may_repeat(const spreetail_call *call, enum retry_rule rule) {
    if (rule == RETRY_NEVER || call->failures >= call->retries)
        return false;
    if (rule == RETRY_IF_SAFE && !call->idempotent && !call->looking_up)
        return false;
    return retry_budget_allows(&call->client->budget);
}

static usec pause_before_repeat(const spreetail_call *call) {
    const struct buffer *headers = &call->exchange.headers_received;
    double asked = answer_retry_after(headers->data, headers->size);
    usec pause = retry_pause(call->failures + 1, &call->client->platform.random);
    return pause + (asked > 0 ? usec_from_seconds(asked) : 0);
}

/*
 * Looking an order up.
 */

static char *order_url(const spreetail_call *call) {
    static const char path[] = "/order/";
    const char *base = call->client->settings.base_url;
    size_t base_size = strlen(base), size = strlen(call->reference);
    char *url = malloc(base_size + sizeof path + size * 3);
    if (!url)
        return NULL;
    memcpy(url, base, base_size);
    memcpy(url + base_size, path, sizeof path - 1);
    char *segment = url + base_size + sizeof path - 1;
    segment[spreetail_encode_segment(call->reference, size, segment)] = '\0';
    return url;
}

/* Begins the second phase; the call's error is set to what led here. */
static void look_up(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    call->look_up_url = order_url(call);
    if (!call->look_up_url) {
        call_settle(call);
        return;
    }
    call->looking_up = true;
    requeue(call, CALL_REPEATING);
    call->failures = 0;
    exchange->method = "GET";
    exchange->url = call->look_up_url;
    exchange->content_type = NULL;
    exchange->headers = NULL;
    exchange->body = NULL;
    exchange->body_size = 0;
}

/* A last look at what an attempt left in doubt: not for a program that wants one request and no
 * more, and not to a server that fails most of what it is asked. */
static bool may_look_up(const spreetail_call *call) {
    return !call->looking_up && call->settling == SPREETAIL_SETTLE_ORDER && call->in_doubt &&
           call->retries > 0 && retry_budget_allows(&call->client->budget);
}

/* Whether the attempt failed for the server's or the network's part, rather than that the request
 * was refused. */
static bool counts_as_failure(const spreetail_call *call) {
    enum spreetail_kind kind = call->answer.kind;
    return call->exchange.failure != EXCHANGE_COMPLETE || kind == SPREETAIL_RATE_LIMIT ||
           kind == SPREETAIL_SERVER || kind == SPREETAIL_PROTOCOL;
}

/* An attempt came to nothing. In the first phase the call's error says why. */
static void attempt_failed(spreetail_call *call, enum retry_rule rule) {
    spreetail_client *client = call->client;
    retry_budget_count(&client->budget, counts_as_failure(call), parallel(client));
    if (may_repeat(call, rule)) {
        usec pause = pause_before_repeat(call);
        if (client_now(client) + pause < call->deadline) {
            pause_call(call, pause);
            return;
        }
    }
    if (may_look_up(call))
        look_up(call);
    else
        call_settle(call);
}

static void reconciled(spreetail_call *call) {
    call->result.reconciled = true;
    call->client->stats.reconciled++;
    call_succeed(call);
}

/* What is stored is another order, or shows too little to tell: then it may be ours, be it from an
 * earlier run of the program. */
static void not_ours(spreetail_call *call, enum verdict verdict, json_t *reasons) {
    const json_t *first = json_array_get(reasons, 0);
    const char *path = json_string_value(json_object_get(first, "path"));
    const char *message = json_string_value(json_object_get(first, "message"));
    size_t count = json_array_size(reasons);
    call->in_doubt |= verdict == VERDICT_UNCLEAR;
    call->result.status = call->result.error.status;
    call_set_error(call, SPREETAIL_CONFLICT,
                   verdict == VERDICT_ANOTHER
                       ? "another order is stored under this reference; it differs in %zu "
                         "field%s: %.100s %.300s: compare the two (all of it is in details)"
                       : "an order is stored under this reference, and whether it is this one "
                         "can't be told for want of %zu field%s: %.100s %.300s",
                   count, count == 1 ? "" : "s", path ? path : "", message ? message : "");
    json_decref(call->result.error.details);
    client_scrub_json(call->client, reasons);
    call->result.error.details = json_incref(reasons);
    call_settle(call);
}

/* The stored order is there: is it ours? */
static void compare(spreetail_call *call) {
    enum verdict verdict;
    json_t *sent = reader_read(call->body, call->body_size);
    if (call->from_clock)
        json_object_del(sent, "ReceivedDate"); /* another program's clock may have said another */
    json_t *reasons = sent ? reconcile(sent, call->answer.data, &verdict) : NULL;
    call_tell(call, SPREETAIL_EVENT_RECONCILE, 0);
    if (!reasons)
        call_settle(call); /* memory ran out: as if it could not be looked up */
    else if (verdict == VERDICT_OURS)
        reconciled(call);
    else
        not_ours(call, verdict, reasons);
    json_decref(reasons);
    json_decref(sent);
}

static void judge_look_up(spreetail_call *call) {
    enum spreetail_kind kind = call->answer.kind;
    if (kind == SPREETAIL_OK && json_is_object(call->answer.data)) {
        retry_budget_count(&call->client->budget, false, parallel(call->client));
        compare(call);
        return;
    }
    if (kind == SPREETAIL_NOT_FOUND)
        call_tell(call, SPREETAIL_EVENT_RECONCILE, 0);
    call->result.status = call->result.error.status;
    attempt_failed(call, rule_after_answer(call->exchange.status, kind));
}

/*
 * Whole answers.
 */

/* Whether the API itself said no, in its own form. Whatever stands in between may answer in its
 * place, also to what it has passed on. */
static bool says_no(const spreetail_call *call) {
    return json_is_false(json_object_get(call->answer.root, "success"));
}

/* What may help, for the end of a message. Where the outcome is unknown, more will follow. */
static const char *remedy(const spreetail_call *call, enum spreetail_kind kind) {
    static const char *const by_kind[] = {
        [SPREETAIL_AUTH] = ": check that these credentials may use this API",
        [SPREETAIL_FORBIDDEN] = ": ask the vendor for the permission",
        [SPREETAIL_NOT_FOUND] = ": check base_url, and the path",
        [SPREETAIL_RATE_LIMIT] = ": send less at one time, or try again later",
        [SPREETAIL_REJECTED] = ": correct it, since the same will be refused again",
        [SPREETAIL_SERVER] = ": try again later",
        [SPREETAIL_PROTOCOL] = ": check base_url, and what stands between here and the server",
        [SPREETAIL_CLOSED] = NULL,
    };
    if (call->in_doubt && !call->reads && kind != SPREETAIL_PROTOCOL)
        return "";
    if (kind == SPREETAIL_NOT_FOUND && call->reference && says_no(call))
        return ": check the reference; only what is this client's own can be found";
    if (kind == SPREETAIL_CONFLICT && call->settling == SPREETAIL_SETTLE_ORDER)
        return call->return_duplicate
                   ? ""
                   : ": with on_duplicate = \"return\" it is returned, if it is the same";
    return by_kind[kind] ? by_kind[kind] : "";
}

/* A 401 says that the token was of no use, not that the call was. */
static void judge_unauthorized(spreetail_call *call) {
    login_reject(call->client, call->token->generation, call->answer.words);
    if (call->looking_up)
        call->result.status = call->result.error.status;
    if (call->renewals++ < MOST_RENEWALS)
        requeue(call, CALL_REPEATING);
    else if (call->looking_up)
        call_settle(call);
    else
        call_fail(call, SPREETAIL_AUTH,
                  "token refused again and again, %u new ones included: %.500s (HTTP 401)%s",
                  MOST_RENEWALS, call->answer.words ? call->answer.words : "no reason given",
                  remedy(call, SPREETAIL_AUTH));
}

/* The reference exists already. When an attempt before may have created it, or the program does not
 * mind who has, see whether it is ours. */
static void judge_conflict(spreetail_call *call) {
    retry_budget_count(&call->client->budget, false, parallel(call->client));
    call_set_error(call, SPREETAIL_CONFLICT, "%.1000s (HTTP 409)%s",
                   call->answer.words ? call->answer.words : "it exists already",
                   remedy(call, SPREETAIL_CONFLICT));
    if (call->settling == SPREETAIL_SETTLE_DELIVERY && call->in_doubt)
        reconciled(call);
    else if (call->settling == SPREETAIL_SETTLE_ORDER && (call->in_doubt || call->return_duplicate))
        look_up(call);
    else
        call_settle(call);
}

/* Whether a failure leaves open what became of the request. A 429 does not, whoever says it: it is
 * said instead of doing anything. */
static bool leaves_doubt(const spreetail_call *call) {
    switch (call->answer.kind) {
    case SPREETAIL_SERVER:
    case SPREETAIL_PROTOCOL:
        return true;
    case SPREETAIL_RATE_LIMIT:
        return false;
    default:
        return !says_no(call);
    }
}

static void judge_refusal(spreetail_call *call) {
    const struct answer *answer = &call->answer;
    int status = call->result.status;
    bool doubtful = leaves_doubt(call);
    call->in_doubt |= doubtful;
    if (answer->kind == SPREETAIL_PROTOCOL)
        call_set_error(call, answer->kind, "what came makes no sense (HTTP %d): %s%s", status,
                       answer->nonsense, remedy(call, answer->kind));
    else
        call_set_error(
            call, answer->kind, "%.1000s (HTTP %d)%s%s",
            answer->words ? answer->words : "the server gave no reason", status,
            doubtful && answer->kind != SPREETAIL_SERVER ? ", and not in the API's own form" : "",
            remedy(call, answer->kind));
    enum retry_rule rule = rule_after_answer(status, answer->kind);
    if (rule == RETRY_NEVER)
        call->result.error.retryable = false; /* 501 and its like, though of kind `server` */
    attempt_failed(call, rule);
}

/* What an object shows under a key; NULL: nothing. */
static const json_t *shown(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

/* The reference that an answer to this call shows, as its endpoint spells it. */
static const json_t *shown_reference(const spreetail_call *call) {
    const json_t *data = call->answer.data, *reference;
    if (call->settling == SPREETAIL_SETTLE_DELIVERY)
        return shown(data, "PO_REFERENCE");
    reference = shown(data, "ReferenceNumber");
    return reference ? reference : shown(data, "referenceNumber");
}

/* What is wrong with a success as an answer to this call, or NULL. */
static const char *misfit(const spreetail_call *call) {
    const struct answer *answer = &call->answer;
    const json_t *reference = call->reference ? shown_reference(call) : NULL;
    bool creates_order = call->settling == SPREETAIL_SETTLE_ORDER && !call->looking_up;
    if (reference && !value_is_text(reference, call->reference))
        return "it is about another reference";
    if (creates_order && !reference && !json_is_true(json_object_get(answer->root, "success")))
        return "it does not say whether the order was created";
    return NULL;
}

/* What an answer means for this call, beyond what it says. */
static void refine_answer(spreetail_call *call) {
    const struct exchange *exchange = &call->exchange;
    struct answer *answer = &call->answer;
    /* An answer to HEAD has no body, so there is nothing about it that could make no sense. */
    if (strcmp(exchange->method, "HEAD") == 0 && exchange->status / 100 == 2)
        answer->kind = SPREETAIL_OK;
    if (answer->kind == SPREETAIL_OK && (answer->nonsense = misfit(call)) != NULL)
        answer->kind = SPREETAIL_PROTOCOL;
}

/* Those before and above may come from somebody who has not looked at it. */
static bool says_token_is_good(int status) {
    return status / 100 == 2 || status == 404 || status == 409 || status == 422;
}

static void judge_answer(spreetail_call *call) {
    spreetail_client *client = call->client;
    struct exchange *exchange = &call->exchange;
    call->result.status = exchange->status;
    refine_answer(call);
    if (exchange->status == 429)
        flow_limited(&client->flow, client->in_flight, call->sent_at, client_now(client));
    else if (exchange->status < 500)
        flow_answered(&client->flow);
    if (says_token_is_good(exchange->status))
        token_serve(&client->tokens, call->token);
    if (exchange->status == 401) {
        judge_unauthorized(call);
    } else if (call->looking_up) {
        judge_look_up(call);
    } else if (call->answer.kind == SPREETAIL_OK) {
        retry_budget_count(&client->budget, false, parallel(client));
        call_succeed(call);
    } else if (exchange->status == 409 && says_no(call)) {
        judge_conflict(call);
    } else {
        judge_refusal(call);
    }
}

/*
 * No whole answer.
 */

static void judge_loss(spreetail_call *call) {
    struct exchange *exchange = &call->exchange;
    struct buffer text = {0};
    if (!call->looking_up) {
        call->result.status = exchange->status;
        call->in_doubt |= exchange->sent;
        bool described = describe_failure(&text, exchange);
        call_set_error(call, kind_of_failure(exchange->failure), "%s",
                       described ? text.data : "memory ran out");
        buffer_free(&text);
    }
    attempt_failed(call, rule_after_failure(exchange->failure, exchange->sent));
}

void judge_exchange(spreetail_call *call) {
    if (call->exchange.failure == EXCHANGE_COMPLETE)
        judge_answer(call);
    else
        judge_loss(call);
}
