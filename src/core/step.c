/*
 * step.c: what has ended, what is due, who needs a token, who may be sent.
 */
#include "step.h"

#include <errno.h>
#include <string.h>

#include "call.h"
#include "login.h"

static const usec step_budget = 2000;

/* To fail a call takes less time than to tell the program so, which whoever drives does next. */
enum { MOST_TO_TELL = 300 };

static bool budget_spent(const spreetail_client *client, usec until) {
    return client->to_be_told >= MOST_TO_TELL || client_now(client) >= until;
}

/*
 * What has ended.
 */

/* Exchanges that are over, one by one; true: the budget is spent before they are all dealt with. */
static bool finish_exchanges(spreetail_client *client, usec until) {
    struct exchange *exchange;
    while ((exchange = client_next_done(client)) != NULL) {
        if (exchange->login) {
            client->login.accepted = login_finish(client);
            calls_decide(client);
        } else {
            call_answered((spreetail_call *)exchange);
        }
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

/* Reads their answers, each a piece at a time: a long one holds nobody up. */
static bool read_answers(spreetail_client *client, usec until) {
    const size_t piece = 64 * 1024;
    spreetail_call *call;
    while ((call = TAILQ_FIRST(&client->reading)) != NULL) {
        call_read_answer(call, piece);
        if (!TAILQ_EMPTY(&client->reading) && budget_spent(client, until))
            return true;
    }
    return false;
}

static bool settle_decided(spreetail_client *client, usec until) {
    spreetail_call *call;
    while ((call = TAILQ_FIRST(&client->decided)) != NULL) {
        call_settle_decided(call);
        if (!TAILQ_EMPTY(&client->decided) && budget_spent(client, until))
            return true;
    }
    return false;
}

/*
 * What is due.
 */

/* Calls whose time would be over before a pause between logins is: those that wait already are
 * looked at once for each pause, those that come later look by themselves. */
static void notice_pause(spreetail_client *client) {
    struct call_list *const waiting[] = {&client->login_waiters, &client->repeats, &client->queue};
    usec pause = token_next_login(&client->tokens);
    spreetail_call *call;
    if (pause == client->pause_noticed || client->tokens.logging_in)
        return;
    usec now = client_boot_now(client);
    if (pause <= now || token_is_usable(token_state(&client->tokens, now)))
        return;
    client->pause_noticed = pause;
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
        TAILQ_FOREACH (call, waiting[i], link)
            call_give_up_waiting(call);
}

static bool fire_timers(spreetail_client *client, usec now, usec until) {
    struct timer *first;
    while ((first = timers_first(&client->timers)) != NULL && first->due <= now) {
        call_fire_timer(call_of_timer(first));
        if (budget_spent(client, until))
            return true;
    }
    return false;
}

/*
 * Who needs a token.
 */

static spreetail_call *next_to_send(const spreetail_client *client) {
    spreetail_call *call = TAILQ_FIRST(&client->repeats);
    return call ? call : TAILQ_FIRST(&client->queue);
}

/* Whether anybody waits for what only a token, or a login, lets go on. */
static bool needs_token(const spreetail_client *client) {
    return !TAILQ_EMPTY(&client->login_waiters) || client->login_permitted || next_to_send(client);
}

/* Whether anybody has use for a login now, be it ahead of time. */
static bool wants_login(const spreetail_client *client) {
    if (!TAILQ_EMPTY(&client->login_waiters) || client->login_permitted)
        return true;
    return next_to_send(client) &&
           token_state(&client->tokens, client_boot_now(client)) != TOKEN_GOOD;
}

/* One that the program asks for is made once without regard to the pause that others left. */
static usec next_login(const spreetail_client *client) {
    const spreetail_call *newest = TAILQ_LAST(&client->login_waiters, call_list);
    if (newest && newest->login_failures == 0 && !client->tokens.logging_in)
        return client->tokens.refused_until;
    return token_next_login(&client->tokens);
}

/* Calls that need a login while a refusal is remembered: they fail without one. */
static bool must_fail(const spreetail_client *client) {
    if (client->tokens.logging_in || client->tokens.refused_until == 0)
        return false;
    usec now = client_boot_now(client);
    if (now >= client->tokens.refused_until)
        return false;
    return !TAILQ_EMPTY(&client->login_waiters) ||
           (next_to_send(client) && token_state(&client->tokens, now) == TOKEN_REFUSED);
}

static void fail_refused(spreetail_client *client, usec until) {
    do {
        spreetail_call *waiting = TAILQ_FIRST(&client->login_waiters);
        call_fail_login(waiting ? waiting : next_to_send(client));
    } while (must_fail(client) && !budget_spent(client, until));
}

/* With shared tokens a login needs permission, unless the program has asked for one. */
static bool may_login(const spreetail_client *client) {
    return !client->settings.shared_tokens || client->login_permitted ||
           !TAILQ_EMPTY(&client->login_waiters) || !token_trusts_others(&client->tokens);
}

/* The program may have set one for the logins that it asks for: the longest of those goes for all,
 * and the client's where others wait as well. */
static usec login_timeout(const spreetail_client *client) {
    bool others = TAILQ_EMPTY(&client->login_waiters) || !TAILQ_EMPTY(&client->queue) ||
                  !TAILQ_EMPTY(&client->repeats);
    usec longest = others ? client->settings.attempt_timeout : 0;
    const spreetail_call *call;
    TAILQ_FOREACH (call, &client->login_waiters, link)
        longest = call->attempt_timeout > longest ? call->attempt_timeout : longest;
    return longest;
}

static void start_login(spreetail_client *client, usec until) {
    if (!TAILQ_EMPTY(&client->decided))
        return; /* their error is that of the last one */
    if (!needs_token(client))
        return;
    if (must_fail(client))
        fail_refused(client, until);
    else if (!wants_login(client) || client_boot_now(client) < next_login(client))
        return;
    else if (may_login(client))
        login_start(client, login_timeout(client));
    else
        client->token_wanted = true;
}

/*
 * Who may be sent.
 */

static bool has_room(const spreetail_client *client) {
    return client->in_flight < flow_limit(&client->flow) &&
           client->transport->ready(client->transport);
}

static bool can_send(const spreetail_client *client) {
    return next_to_send(client) && has_room(client) &&
           token_is_usable(token_state(&client->tokens, client_boot_now(client)));
}

/* Sends what may be sent; true: the budget is spent before that is all. */
static bool send_calls(spreetail_client *client, usec until) {
    if (!can_send(client))
        return false;
    for (bool first = true; next_to_send(client) && has_room(client); first = false) {
        spreetail_call *call = next_to_send(client);
        usec now = client_now(client);
        if (!first && now >= until)
            return true;
        if (call->deadline <= now)
            call_fire_timer(call); /* time has passed since its timer was looked at */
        else
            call_send(call, now);
    }
    return false;
}

static void fail_without_transport(spreetail_client *client, usec until) {
    const char *reason = strerror(errno);
    struct call_list *const waiting[] = {&client->login_waiters, &client->repeats, &client->queue};
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
        while (!TAILQ_EMPTY(waiting[i])) {
            call_fail(TAILQ_FIRST(waiting[i]), SPREETAIL_NETWORK,
                      "no descriptor could be opened: %s", reason);
            if (budget_spent(client, until))
                return;
        }
    }
}

void step(spreetail_client *client) {
    client->more = false;
    client->to_be_told = 0;
    if (client->closed || (!client->transport && client->pending == 0))
        return;
    usec now = client_now(client), until = now + step_budget;
    if (!client_open_transport(client)) {
        fail_without_transport(client, until);
        return;
    }
    bool more = client_step_transport(client, now, until);
    more |= finish_exchanges(client, until);
    /* Before an answer is read: that may be a 401, and then the login's error is another. */
    more |= settle_decided(client, until) || read_answers(client, until);
    notice_pause(client);
    more |= fire_timers(client, now, until);
    start_login(client, until);
    more |= send_calls(client, until);
    client->more = more;
}

usec step_due(const spreetail_client *client) {
    if (client->more || client_has_news(client) || (client->pending && !client->transport))
        return 0;
    if (!client->transport)
        return USEC_NEVER;
    if (can_send(client) || must_fail(client))
        return 0;
    usec due = client->transport->due(client->transport);
    const struct timer *first = timers_first(&client->timers);
    if (first && first->due < due)
        due = first->due;
    bool is_asked = client->token_wanted && !may_login(client); /* the driver, who knows by now */
    if (wants_login(client) && !client->tokens.logging_in && !is_asked) {
        usec login = client_now(client) + next_login(client) - client_boot_now(client);
        due = login < due ? login : due;
    }
    return due;
}
