/* module.c: luaopen_spreetail_command_probe: what `spreetail doctor` asks below the API's calls. */
#include <curl/curl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <string.h>

#include "../../lua/compat.h"
#include "../../lua/fields.h"
#include "look.h"

#define LOOK_TYPE "spreetail.command.look"

/* With the error that it could not begin for, so that it is freed when Lua runs out of memory. */
struct owned_look {
    struct look *look;
    struct spreetail_error error;
};

static int collect_look(lua_State *L) {
    struct owned_look *owned = lua_touserdata(L, 1);
    look_close(owned->look);
    owned->look = NULL;
    spreetail_error_clear(&owned->error);
    return 0;
}

static struct look *check_look(lua_State *L) {
    struct owned_look *owned = luaL_checkudata(L, 1, LOOK_TYPE);
    if (!owned->look)
        luaL_error(L, "this look was collected");
    return owned->look;
}

/* look(options): begins; the options are those of spreetail.client that say where the server is and
 * what is trusted, and `timeout`. Returns a look, or nil and what is wrong with the options. */
static int begin_look(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, 16, NULL); /* the strings stay there until the core has copied them */
    struct spreetail_options options = {
        .base_url = check_text_field(L, 1, "base_url"),
        .ca_file = check_text_field(L, 1, "ca_file"),
        .ca_path = check_text_field(L, 1, "ca_path"),
        .client_cert = check_text_field(L, 1, "client_cert"),
        .client_key = check_text_field(L, 1, "client_key"),
        .proxy = check_text_field(L, 1, "proxy"),
        .user_agent = check_text_field(L, 1, "user_agent"),
        .allow_http = check_flag_field(L, 1, "allow_http"),
        .timeout = check_number_field(L, 1, "timeout", 0),
    };
    struct owned_look *owned = new_userdata(L, sizeof *owned);
    memset(owned, 0, sizeof *owned);
    set_metatable(L, LOOK_TYPE);
    owned->look = look_open(&options, &owned->error);
    if (owned->look)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, owned->error.message);
    return 2;
}

/* look:step(seconds): moves on, waits for at most so long; whether all was seen that can be. */
static int step_look(lua_State *L) {
    const lua_Number most = 60; /* seconds */
    lua_Number seconds = luaL_checknumber(L, 2);
    lua_pushboolean(L, look_step(check_look(L), (int)((seconds < most ? seconds : most) * 1000)));
    return 1;
}

/*
 * What was seen, as a table.
 */

static void set_text(lua_State *L, const char *name, const char *text) {
    if (!*text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* 0 is for what was not seen. */
static void set_number(lua_State *L, const char *name, double number) {
    if (number == 0)
        return;
    lua_pushnumber(L, number);
    lua_setfield(L, -2, name);
}

static void set_whole(lua_State *L, const char *name, int64_t number) {
    if (number == 0)
        return;
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool flag) {
    lua_pushboolean(L, flag);
    lua_setfield(L, -2, name);
}

static void set_certificate(lua_State *L, const char *name, const struct certificate *certificate) {
    if (!certificate->not_after)
        return;
    lua_createtable(L, 0, 5);
    set_text(L, "subject", certificate->subject);
    set_text(L, "issuer", certificate->issuer);
    set_text(L, "names", certificate->names);
    set_whole(L, "not_before", certificate->not_before);
    set_whole(L, "not_after", certificate->not_after);
    lua_setfield(L, -2, name);
}

static void set_addresses(lua_State *L, const struct sight *sight) {
    lua_newtable(L);
    for (size_t i = 0; i < sight->address_count; i++) {
        lua_pushstring(L, sight->addresses[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "addresses");
}

static void set_failure(lua_State *L, const struct sight *sight) {
    static const char *const parts[] = {
        [LOOK_NAME] = "name", [LOOK_TCP] = "tcp", [LOOK_TLS] = "tls", [LOOK_ANSWER] = "answer"};
    if (sight->failed == LOOK_PARTS)
        return;
    set_text(L, "failed", parts[sight->failed]);
    set_text(L, "kind", spreetail_kind_name(sight->kind));
    set_text(L, "message", sight->message.data ? sight->message.data : "memory ran out");
}

/* look:sight(): what was seen so far; the names are those of struct sight. */
static int push_sight(lua_State *L) {
    const struct sight *seen = look_sight(check_look(L));
    lua_newtable(L);
    set_text(L, "host", seen->host);
    set_flag(L, "plain", seen->plain);
    set_flag(L, "other_tls", seen->other_tls);
    set_addresses(L, seen);
    set_number(L, "name_seconds", seen->name_seconds);
    set_text(L, "peer", seen->peer);
    set_whole(L, "port", seen->port);
    set_number(L, "tcp_seconds", seen->tcp_seconds);
    set_text(L, "tls_version", seen->tls_version);
    set_number(L, "tls_seconds", seen->tls_seconds);
    set_certificate(L, "certificate", &seen->certificate);
    set_certificate(L, "culprit", &seen->culprit);
    set_whole(L, "status", seen->status);
    set_number(L, "answer_seconds", seen->answer_seconds);
    set_number(L, "server_time", seen->server_time);
    set_number(L, "our_time", seen->our_time);
    set_failure(L, seen);
    return 1;
}

/* versions(): of what we are built on, by name. */
static int versions(lua_State *L) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    lua_newtable(L);
    set_text(L, "spreetail", SPREETAIL_VERSION);
    set_text(L, "libcurl", curl->version);
    set_text(L, "libcurl_tls", curl->ssl_version ? curl->ssl_version : "");
    set_text(L, "openssl", OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
    set_text(L, "jansson", jansson_version_str());
    return 1;
}

/* trusted(): where this libcurl looks for CAs, when none are named: a bundle and a directory,
 * either of which may be nil. */
static int trusted(lua_State *L) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    lua_pushstring(L, curl->cainfo);
    lua_pushstring(L, curl->capath);
    return 2;
}

__attribute__((visibility("default"))) int luaopen_spreetail_command_probe(lua_State *L) {
    static const luaL_Reg methods[] = {{"step", step_look}, {"sight", push_sight}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"look", begin_look}, {"versions", versions}, {"trusted", trusted}, {NULL, NULL}};
    new_type(L, LOOK_TYPE, collect_look, methods);
    luaL_newlib(L, functions);
    return 1;
}
