/* client_type.c: the client as a userdata. */
#include "client_type.h"

#include <limits.h>
#include <string.h>

#include "call_type.h"
#include "fields.h"
#include "push.h"
#include "request_type.h"

#define CLIENT_TYPE "spreetail.core.client"
#define ERROR_TYPE "spreetail.core.error"
#define EVENT_TYPE "spreetail.core.event"

static unsigned count(double number) {
    const double most = INT_MAX;
    return number > 0 ? (unsigned)(number < most ? number : most) : 0;
}

static int repeats(double number) {
    return number < 0 ? -1 : (int)count(number);
}

/*
 * An error that is being turned into a table, so that it is freed when that fails.
 */

static int collect_error(lua_State *L) {
    spreetail_error_clear(lua_touserdata(L, 1));
    return 0;
}

static struct spreetail_error *new_error(lua_State *L) {
    struct spreetail_error *error = new_userdata(L, sizeof *error);
    memset(error, 0, sizeof *error);
    set_metatable(L, ERROR_TYPE);
    return error;
}

/*
 * The client.
 */

static spreetail_client **new_client(lua_State *L) {
    spreetail_client **client = new_userdata(L, sizeof *client);
    *client = NULL;
    set_metatable(L, CLIENT_TYPE);
    return client;
}

int client_type_open(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, 24, NULL); /* the strings stay there until the core has copied them */
    struct spreetail_options options = {
        .client_id = check_text_field(L, 1, "client_id"),
        .client_secret = check_text_field(L, 1, "client_secret"),
        .client_secret_file = check_text_field(L, 1, "client_secret_file"),
        .client_secret_command = check_text_field(L, 1, "client_secret_command"),
        .base_url = check_text_field(L, 1, "base_url"),
        .timeout = check_number_field(L, 1, "timeout", 0),
        .attempt_timeout = check_number_field(L, 1, "attempt_timeout", 0),
        .connect_timeout = check_number_field(L, 1, "connect_timeout", 0),
        .refresh_margin = check_number_field(L, 1, "refresh_margin", 0),
        .retries = repeats(check_number_field(L, 1, "retries", -1)),
        .max_connections = count(check_number_field(L, 1, "max_connections", 0)),
        .max_in_flight = count(check_number_field(L, 1, "max_in_flight", 0)),
        .max_response = count(check_number_field(L, 1, "max_response", 0)),
        .ca_file = check_text_field(L, 1, "ca_file"),
        .ca_path = check_text_field(L, 1, "ca_path"),
        .client_cert = check_text_field(L, 1, "client_cert"),
        .client_key = check_text_field(L, 1, "client_key"),
        .proxy = check_text_field(L, 1, "proxy"),
        .user_agent = check_text_field(L, 1, "user_agent"),
        .allow_http = check_flag_field(L, 1, "allow_http"),
        .events = check_flag_field(L, 1, "events"),
        .trace = check_flag_field(L, 1, "trace"),
        .shared_tokens = check_flag_field(L, 1, "shared_tokens"),
    };
    struct spreetail_error *error = new_error(L);
    spreetail_client **client = new_client(L);
    *client = spreetail_open(&options, error);
    if (*client)
        return 1;
    lua_pushnil(L);
    push_error(L, error);
    return 2;
}

static spreetail_client *check_held(lua_State *L, spreetail_client *const *client) {
    if (!*client)
        luaL_error(L, "this client was collected");
    return *client;
}

static spreetail_client *check_client(lua_State *L) {
    return check_held(L, check_self(L, CLIENT_TYPE));
}

static int collect_client(lua_State *L) {
    spreetail_client **client = check_self(L, CLIENT_TYPE);
    if (*client)
        spreetail_release(*client);
    *client = NULL;
    return 0;
}

/* close(): settles what is pending. */
static int client_close(lua_State *L) {
    spreetail_close(check_client(L));
    return 0;
}

/* What the options of one call say, which are nil or a table at this place. */
static void read_options(lua_State *L, int index, struct spreetail_request *request) {
    request->retries = -1;
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    if (!lua_next(L, index))
        return; /* as of most calls */
    lua_pop(L, 2);
    request->timeout = check_number_field(L, index, "timeout", 0);
    request->attempt_timeout = check_number_field(L, index, "attempt_timeout", 0);
    request->retries = repeats(check_number_field(L, index, "retries", -1));
    const char *on_duplicate = check_text_field(L, index, "on_duplicate");
    request->return_duplicate = on_duplicate && strcmp(on_duplicate, "return") == 0;
}

static int start(lua_State *L, spreetail_client *client, int options,
                 struct spreetail_request *request) {
    read_options(L, options, request);
    spreetail_call **call = call_type_new(L);
    *call = spreetail_start(client, request);
    return *call ? 1 : luaL_error(L, "not enough memory");
}

int client_type_start(lua_State *L, int client, int options, struct spreetail_request *request) {
    return start(L, check_held(L, luaL_checkudata(L, client, CLIENT_TYPE)), options, request);
}

/* start(request, body, reference, {timeout=, attempt_timeout=, retries=, on_duplicate=},
 * from_clock): a call; see request_type.h for the first. */
static int client_start(lua_State *L) {
    enum { REQUEST = 2, BODY, REFERENCE, OPTIONS, FROM_CLOCK };
    struct spreetail_request request;
    spreetail_client *client = check_client(L);
    lua_settop(L, FROM_CLOCK);
    luaL_checkstack(L, LUA_MINSTACK,
                    NULL); /* the strings stay there until the core has copied them */
    request_type_read(L, REQUEST, &request);
    request.body = luaL_optlstring(L, BODY, NULL, &request.body_size);
    request.reference = check_text(L, REFERENCE, "reference");
    request.from_clock = lua_toboolean(L, FROM_CLOCK);
    return start(L, client, OPTIONS, &request);
}

/* login(timeout, attempt_timeout, retries): a call. */
static int client_login(lua_State *L) {
    spreetail_client *client = check_client(L);
    double timeout = luaL_optnumber(L, 2, 0);
    double attempt_timeout = luaL_optnumber(L, 3, 0);
    int retries = repeats(luaL_optnumber(L, 4, -1));
    spreetail_call **call = call_type_new(L);
    *call = spreetail_login(client, timeout, attempt_timeout, retries);
    return *call ? 1 : luaL_error(L, "not enough memory");
}

/* run(seconds, call): a step, and when that brought nothing that is to be told or asked for, and
 * not the end of the call (nil: of none in particular), and calls are pending, a wait of at most
 * that long and another step. Returns whether there is something to be told. */
static int client_run(lua_State *L) {
    spreetail_client *client = check_client(L);
    double seconds = luaL_checknumber(L, 2);
    const spreetail_call *call = lua_isnoneornil(L, 3) ? NULL : call_type_check(L, 3);
    bool wanted_token = spreetail_wants_token(client);
    size_t pending = spreetail_step(client);
    bool asks = !wanted_token && spreetail_wants_token(client);
    bool done = call && spreetail_done(call);
    if (pending && seconds > 0 && !asks && !done && !spreetail_has_news(client)) {
        spreetail_wait(client, seconds);
        spreetail_step(client);
    }
    lua_pushboolean(L, spreetail_has_news(client));
    return 1;
}

/* pending(): how many calls are pending now. */
static int client_pending(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)spreetail_pending(check_client(L)));
    return 1;
}

/* pollfd(): a descriptor, or nil and why there is none. */
static int client_pollfd(lua_State *L) {
    int fd = spreetail_pollfd(check_client(L));
    if (fd < 0) {
        lua_pushnil(L);
        lua_pushliteral(L, "no descriptor can be had");
        return 2;
    }
    lua_pushinteger(L, fd);
    return 1;
}

/* next_timeout(): seconds, or nil. */
static int client_next_timeout(lua_State *L) {
    double seconds = spreetail_next_timeout(check_client(L));
    if (seconds < 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, seconds);
    return 1;
}

/* next_settled(): the id of a watched call that has settled, or nil. */
static int client_next_settled(lua_State *L) {
    uint64_t id = spreetail_next_settled(check_client(L));
    if (id == 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, (lua_Number)id);
    return 1;
}

static int collect_event(lua_State *L) {
    spreetail_event_clear(lua_touserdata(L, 1));
    return 0;
}

/* next_event(): a table, or nil. */
static int client_next_event(lua_State *L) {
    spreetail_client *client = check_client(L);
    struct spreetail_event *event = new_userdata(L, sizeof *event);
    memset(event, 0, sizeof *event);
    set_metatable(L, EVENT_TYPE);
    if (spreetail_next_event(client, event)) {
        push_event(L, event);
        spreetail_event_clear(event); /* rather than when the collector comes by */
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* wants_token() */
static int client_wants_token(lua_State *L) {
    lua_pushboolean(L, spreetail_wants_token(check_client(L)));
    return 1;
}

/* offer_token(sealed): whether it is used. */
static int client_offer_token(lua_State *L) {
    size_t size;
    spreetail_client *client = check_client(L);
    const char *sealed = luaL_checklstring(L, 2, &size);
    lua_pushboolean(L, spreetail_offer_token(client, sealed, size));
    return 1;
}

/* permit_login() */
static int client_permit_login(lua_State *L) {
    spreetail_permit_login(check_client(L));
    return 0;
}

/* logging_in() */
static int client_logging_in(lua_State *L) {
    lua_pushboolean(L, spreetail_logging_in(check_client(L)));
    return 1;
}

/* token_generation() */
static int client_token_generation(lua_State *L) {
    lua_pushnumber(L, (lua_Number)spreetail_token_generation(check_client(L)));
    return 1;
}

/* seal_token(): the current token, sealed, and for how many seconds it is good; or nil. */
static int client_seal_token(lua_State *L) {
    enum { ROOM = 64 * 1024 };
    double life;
    spreetail_client *client = check_client(L);
    void *sealed = new_userdata(L, ROOM);
    size_t size = spreetail_seal_token(client, sealed, ROOM, &life);
    if (size == 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, sealed, size);
    lua_pushnumber(L, life);
    return 2;
}

/* store_key(): a name to store tokens under, or nil. */
static int client_store_key(lua_State *L) {
    char key[SPREETAIL_STORE_KEY_SIZE + 1];
    if (spreetail_store_key(check_client(L), key))
        lua_pushstring(L, key);
    else
        lua_pushnil(L);
    return 1;
}

static int client_stats(lua_State *L) {
    struct spreetail_stats stats;
    spreetail_stats(check_client(L), &stats);
    push_stats(L, &stats);
    return 1;
}

void client_type_register(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"close", client_close},
        {"start", client_start},
        {"login", client_login},
        {"run", client_run},
        {"pending", client_pending},
        {"pollfd", client_pollfd},
        {"next_timeout", client_next_timeout},
        {"next_settled", client_next_settled},
        {"next_event", client_next_event},
        {"stats", client_stats},
        {"wants_token", client_wants_token},
        {"offer_token", client_offer_token},
        {"permit_login", client_permit_login},
        {"logging_in", client_logging_in},
        {"token_generation", client_token_generation},
        {"seal_token", client_seal_token},
        {"store_key", client_store_key},
        {NULL, NULL},
    };
    new_type(L, CLIENT_TYPE, collect_client, methods);
    new_type(L, ERROR_TYPE, collect_error, NULL);
    new_type(L, EVENT_TYPE, collect_event, NULL);
}
