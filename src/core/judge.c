#include "judge.h"

#include <string.h>

#include "document.h"
#include "error.h"
#include "reconcile.h"
#include "tree.h"
#include "value.h"

enum { MOST_RENEWALS = 3 };

/*
 * Verdicts.
 */

static void say(struct verdict *verdict, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct verdict *verdict, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    verdict->kind = kind;
    va_start(arguments, format);
    buffer_vprintf(&verdict->words, format, arguments);
    va_end(arguments);
}

static void count_as(struct verdict *verdict, bool failed) {
    verdict->counts = true;
    verdict->failed = failed;
}

static void decide_success(struct verdict *verdict, bool reconciled) {
    verdict->action = VERDICT_SUCCEED;
    verdict->reconciled = reconciled;
}

static void decide_repeat(struct verdict *verdict, enum retry_rule rule) {
    verdict->action = VERDICT_REPEAT;
    verdict->rule = rule;
}

void verdict_clear(struct verdict *verdict) {
    buffer_free(&verdict->words);
    json_decref(verdict->details);
}

/*
 * What an answer means for this call, beyond what it says.
 */

/* What an object shows under a key; NULL: nothing. */
static const struct spreetail_value *shown(const struct spreetail_value *object, const char *key) {
    const struct spreetail_value *value = document_member(object, key);
    return document_is(value, SPREETAIL_NULL) ? NULL : value;
}

/* The reference that an answer shows, as the call's endpoint spells it. */
static const struct spreetail_value *shown_reference(const struct standing *standing,
                                                     const struct spreetail_value *data) {
    if (standing->settling == SPREETAIL_SETTLE_DELIVERY)
        return shown(data, "PO_REFERENCE");
    const struct spreetail_value *reference = shown(data, "ReferenceNumber");
    return reference ? reference : shown(data, "referenceNumber");
}

/* What is wrong with a success as an answer to this call, or NULL. */
static const char *misfit(const struct standing *standing, const struct answer *answer) {
    const struct spreetail_value *reference =
        standing->reference ? shown_reference(standing, answer->data) : NULL;
    bool creates_order = standing->settling == SPREETAIL_SETTLE_ORDER && !standing->looking_up;
    if (reference && !value_is_text(reference, standing->reference))
        return "it is about another reference";
    if (creates_order && !reference &&
        !document_is(document_member(answer->root, "success"), SPREETAIL_TRUE))
        return "it does not say whether the order was created";
    return NULL;
}

static struct answer refine(const struct standing *standing, const struct exchange *exchange,
                            struct answer answer) {
    /* An answer to HEAD has no body, so there is nothing about it that could make no sense. */
    if (strcmp(exchange->method, "HEAD") == 0 && exchange->status / 100 == 2)
        answer.kind = SPREETAIL_OK;
    if (answer.kind == SPREETAIL_OK && (answer.nonsense = misfit(standing, &answer)) != NULL)
        answer.kind = SPREETAIL_PROTOCOL;
    return answer;
}

/* Whether the API itself said no, in its own form. Whatever stands in between may answer in its
 * place, also to what it has passed on. */
static bool says_no(const struct answer *answer) {
    return document_is(document_member(answer->root, "success"), SPREETAIL_FALSE);
}

/* Whether a failure leaves open what became of the request. A 429 does not, whoever says it: it is
 * said instead of doing anything. */
static bool leaves_doubt(const struct answer *answer) {
    switch (answer->kind) {
    case SPREETAIL_SERVER:
    case SPREETAIL_PROTOCOL:
        return true;
    case SPREETAIL_RATE_LIMIT:
        return false;
    default:
        return !says_no(answer);
    }
}

/* Whether the server failed, rather than refused. */
static bool is_failure(enum spreetail_kind kind) {
    return kind == SPREETAIL_RATE_LIMIT || kind == SPREETAIL_SERVER || kind == SPREETAIL_PROTOCOL;
}

static const char *words_or(const struct answer *answer, const char *otherwise) {
    return answer->words ? answer->words : otherwise;
}

/* What may help, for the end of a message. Where the outcome is unknown, more will follow. */
static const char *remedy(const struct standing *standing, const struct answer *answer,
                          bool in_doubt) {
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
    enum spreetail_kind kind = answer->kind;
    if (in_doubt && !standing->reads && kind != SPREETAIL_PROTOCOL)
        return "";
    if (kind == SPREETAIL_NOT_FOUND && standing->reference && says_no(answer))
        return ": check the reference; only what is this client's own can be found";
    if (kind == SPREETAIL_CONFLICT && standing->settling == SPREETAIL_SETTLE_ORDER)
        return standing->return_duplicate
                   ? ""
                   : ": with on_duplicate = \"return\" it is returned, if it is the same";
    return by_kind[kind] ? by_kind[kind] : "";
}

/*
 * The second phase.
 */

/* What is stored is another order, or shows too little to tell: then it may be ours, be it from an
 * earlier run of the program. */
static void say_not_ours(struct verdict *verdict, enum match match, json_t *reasons) {
    const json_t *first = json_array_get(reasons, 0);
    const char *path = json_string_value(json_object_get(first, "path"));
    const char *message = json_string_value(json_object_get(first, "message"));
    size_t count = json_array_size(reasons);
    verdict->in_doubt |= match == MATCH_UNCLEAR;
    say(verdict, SPREETAIL_CONFLICT,
        match == MATCH_ANOTHER
            ? "another order is stored under this reference; it differs in %zu field%s: %.100s "
              "%.300s: compare the two (all of it is in details)"
            : "an order is stored under this reference, and whether it is this one can't be told "
              "for want of %zu field%s: %.100s %.300s",
        count, count == 1 ? "" : "s", path ? path : "", message ? message : "");
    verdict->details = json_incref(reasons);
}

/* The stored order is there: is it ours? */
static void compare_stored(struct verdict *verdict, const struct standing *standing,
                           const json_t *stored) {
    enum match match;
    json_t *sent = tree_read(standing->body, standing->body_size);
    if (standing->from_clock)
        json_object_del(sent, "ReceivedDate"); /* another program's clock may have said another */
    json_t *reasons = sent ? reconcile(sent, stored, &match) : NULL;
    /* When memory ran out it is as if it could not be looked up. */
    if (reasons && match == MATCH_OURS)
        decide_success(verdict, true);
    else if (reasons)
        say_not_ours(verdict, match, reasons);
    json_decref(reasons);
    json_decref(sent);
}

static void judge_look_up(struct verdict *verdict, const struct standing *standing,
                          const struct answer *answer) {
    bool found = answer->kind == SPREETAIL_OK && document_is(answer->data, SPREETAIL_OBJECT);
    count_as(verdict, is_failure(answer->kind));
    verdict->looked = found || answer->kind == SPREETAIL_NOT_FOUND;
    if (found)
        compare_stored(verdict, standing, answer->json);
    else
        decide_repeat(verdict, rule_after_answer(answer->status, answer->kind));
}

/*
 * The first.
 */

/* The reference exists already. When an attempt before may have created it, or the program does not
 * mind who has, see whether it is ours. */
static void judge_conflict(struct verdict *verdict, const struct standing *standing,
                           const struct answer *answer) {
    count_as(verdict, false);
    say(verdict, SPREETAIL_CONFLICT, "%.1000s (HTTP 409)%s", words_or(answer, "it exists already"),
        remedy(standing, answer, standing->in_doubt));
    if (standing->settling == SPREETAIL_SETTLE_DELIVERY && standing->in_doubt)
        decide_success(verdict, true);
    else if (standing->settling == SPREETAIL_SETTLE_ORDER &&
             (standing->in_doubt || standing->return_duplicate))
        verdict->action = VERDICT_LOOK_UP;
}

static void judge_refusal(struct verdict *verdict, const struct standing *standing,
                          const struct answer *answer) {
    bool doubtful = leaves_doubt(answer);
    verdict->in_doubt |= doubtful;
    const char *help = remedy(standing, answer, verdict->in_doubt);
    count_as(verdict, is_failure(answer->kind));
    if (answer->kind == SPREETAIL_PROTOCOL)
        say(verdict, answer->kind, "what came makes no sense (HTTP %d): %s%s", answer->status,
            answer->nonsense, help);
    else
        say(verdict, answer->kind, "%.1000s (HTTP %d)%s%s",
            words_or(answer, "the server gave no reason"), answer->status,
            doubtful && answer->kind != SPREETAIL_SERVER ? ", and not in the API's own form" : "",
            help);
    decide_repeat(verdict, rule_after_answer(answer->status, answer->kind));
    verdict->hopeless = verdict->rule == RETRY_NEVER; /* 501 and its like, though `server` */
}

/*
 * Both.
 */

/* A 401 says that the token was of no use, not that the call was. */
static void judge_unauthorized(struct verdict *verdict, const struct standing *standing,
                               const struct answer *answer) {
    if (standing->renewals < MOST_RENEWALS)
        verdict->action = VERDICT_RENEW;
    else if (!standing->looking_up)
        say(verdict, SPREETAIL_AUTH,
            "token refused again and again, %u new ones included: %.500s (HTTP 401)%s",
            MOST_RENEWALS, words_or(answer, "no reason given"),
            remedy(standing, answer, standing->in_doubt));
}

/* No whole answer. */
static void judge_loss(struct verdict *verdict, const struct standing *standing,
                       const struct exchange *exchange) {
    count_as(verdict, true);
    if (!standing->looking_up) {
        verdict->in_doubt |= exchange->sent;
        verdict->kind = kind_of_failure(exchange->failure);
        if (!describe_failure(&verdict->words, exchange))
            buffer_free(&verdict->words);
    }
    decide_repeat(verdict, rule_after_failure(exchange->failure, exchange->sent));
}

struct verdict judge(const struct standing *standing, const struct exchange *exchange,
                     const struct answer *answer) {
    struct verdict verdict = {.action = VERDICT_FAIL, .in_doubt = standing->in_doubt};
    if (exchange->failure != EXCHANGE_COMPLETE) {
        judge_loss(&verdict, standing, exchange);
        return verdict;
    }
    struct answer refined = refine(standing, exchange, *answer);
    if (exchange->status == 401) {
        judge_unauthorized(&verdict, standing, &refined);
    } else if (standing->looking_up) {
        judge_look_up(&verdict, standing, &refined);
    } else if (refined.kind == SPREETAIL_OK) {
        count_as(&verdict, false);
        decide_success(&verdict, false);
    } else if (exchange->status == 409 && says_no(&refined)) {
        judge_conflict(&verdict, standing, &refined);
    } else {
        judge_refusal(&verdict, standing, &refined);
    }
    return verdict;
}

bool judge_may_repeat(const struct standing *standing, enum retry_rule rule) {
    bool safe = standing->idempotent || standing->looking_up;
    return standing->failures < standing->retries &&
           (rule == RETRY_ALWAYS || (rule == RETRY_IF_SAFE && safe));
}

/* Not for a program that wants one request and no more. */
bool judge_may_look_up(const struct standing *standing) {
    return !standing->looking_up && standing->settling == SPREETAIL_SETTLE_ORDER &&
           standing->in_doubt && standing->retries > 0;
}

enum spreetail_outcome judge_outcome(const struct standing *standing, unsigned attempts) {
    if (standing->reads)
        return SPREETAIL_NO_OUTCOME;
    if (standing->in_doubt)
        return SPREETAIL_UNKNOWN;
    return attempts ? SPREETAIL_REFUSED : SPREETAIL_NOT_SENT;
}
