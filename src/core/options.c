#include "options.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "secret.h"
#include "secret_command.h"
#include "tls.h"

static const char vendor_url[] = "https://api.spreetaileu.com/api/api/v1";

static bool refuse(struct spreetail_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct spreetail_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set(error, SPREETAIL_CONFIG, format, arguments);
    va_end(arguments);
    return false;
}

static bool out_of_memory(struct spreetail_error *error) {
    return refuse(error, "memory ran out while the client was made");
}

static const char *given_or_environment(const char *given, const char *name) {
    const char *value = given ? given : getenv(name);
    return value && *value ? value : NULL;
}

static bool has_control_characters(const char *text) {
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

/*
 * Credentials.
 */

/* Who may write the file decides who we are. Who may read it is its owner's to say: containers
 * mount secrets for everybody inside to read, and as files of users that don't exist there. */
static bool others_may_write(int fd) {
    struct stat file;
    return fstat(fd, &file) == 0 && (S_ISREG(file.st_mode) || S_ISFIFO(file.st_mode)) &&
           (file.st_mode & (S_IWGRP | S_IWOTH));
}

/* The file's text in secret memory, without newlines at its end; NULL with errno (0: too large or
 * empty). */
static char *read_secret_text(int fd, size_t *size) {
    enum { MOST = 64 * 1024 };
    ssize_t got = 0;
    char *secret = secret_alloc(MOST + 1);
    *size = 0;
    while (secret && *size < MOST && (got = read(fd, secret + *size, MOST - *size)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        *size += got > 0 ? (size_t)got : 0;
    }
    int reason = !secret ? ENOMEM : got < 0 ? errno : 0;
    while (secret && *size && (secret[*size - 1] == '\n' || secret[*size - 1] == '\r'))
        secret[--*size] = '\0';
    if (!reason && *size && *size < MOST)
        return secret;
    secret_free(secret);
    errno = reason;
    return NULL;
}

static bool read_secret_file(struct settings *settings, const char *path,
                             struct spreetail_error *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_safe = fd < 0 || !others_may_write(fd);
    if (fd >= 0 && is_safe)
        settings->client_secret = read_secret_text(fd, &settings->client_secret_size);
    int reason = errno;
    if (fd >= 0)
        close(fd);
    if (!is_safe)
        return refuse(error,
                      "client_secret_file '%s' may be written by others than its owner, who could "
                      "put another secret into it: chmod go-w '%s'",
                      path, path);
    if (!settings->client_secret)
        return refuse(error, "client_secret_file '%s' can't be used: %s", path,
                      reason ? strerror(reason) : "it is empty, or larger than a secret can be");
    return true;
}

/* `name`: what the command was given as. It may hold a secret itself, and is not shown. */
static bool run_secret_command(struct settings *settings, const char *command, const char *name,
                               struct spreetail_error *error) {
    const double seconds = 60; /* in which somebody can type a password */
    char why[SECRET_COMMAND_WHY];
    settings->client_secret =
        secret_from_command(command, seconds, &settings->client_secret_size, why);
    return settings->client_secret || refuse(error, "the %s gave no secret: %s", name, why);
}

static bool copy_secret(struct settings *settings, const char *secret,
                        struct spreetail_error *error) {
    settings->client_secret_size = strlen(secret);
    settings->client_secret = secret_copy(secret, settings->client_secret_size);
    return settings->client_secret || out_of_memory(error);
}

static bool find_secret(struct settings *settings, const struct spreetail_options *options,
                        struct spreetail_error *error) {
    static const char variable[] = "SPREETAIL_SECRET_COMMAND";
    const char *file = options->client_secret_file, *command = options->client_secret_command;
    const char *secret = given_or_environment(options->client_secret, "SPREETAIL_CLIENT_SECRET");
    if (options->client_secret)
        file = command = NULL;
    if (file)
        return read_secret_file(settings, file, error);
    if (command)
        return run_secret_command(settings, command, "client_secret_command", error);
    if (secret)
        return copy_secret(settings, secret, error);
    command = given_or_environment(NULL, variable);
    if (command && !options->client_secret)
        return run_secret_command(settings, command, variable, error);
    return refuse(error, "no client_secret: give client_secret, client_secret_file or "
                         "client_secret_command, or set SPREETAIL_CLIENT_SECRET or "
                         "SPREETAIL_SECRET_COMMAND in the environment");
}

static bool read_secret(struct settings *settings, const struct spreetail_options *options,
                        struct spreetail_error *error) {
    if (!find_secret(settings, options, error))
        return false;
    if (strlen(settings->client_secret) != settings->client_secret_size ||
        has_control_characters(settings->client_secret))
        return refuse(error, "the client_secret has a control character in it, such as a line "
                             "break: secrets are one line of text");
    return true;
}

static bool read_credentials(struct settings *settings, const struct spreetail_options *options,
                             struct spreetail_error *error) {
    const char *id = given_or_environment(options->client_id, "SPREETAIL_CLIENT_ID");
    if (!id)
        return refuse(error, "no client_id: give client_id, or set SPREETAIL_CLIENT_ID in the "
                             "environment");
    if (has_control_characters(id))
        return refuse(error, "the client_id has a control character in it, such as a line "
                             "break: it is one line of text");
    settings->client_id = strdup(id);
    if (!settings->client_id)
        return out_of_memory(error);
    return read_secret(settings, options, error);
}

/*
 * The base URL.
 */

static bool is_loopback(const char *host) {
    static const char v4[] = "127.";
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return strncmp(host, v4, sizeof v4 - 1) == 0 && host[strspn(host, "0123456789.")] == '\0';
}

static char *url_part(CURLU *url, CURLUPart part) {
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool check_url(struct settings *settings, CURLU *url, const char *given, bool allow_http,
                      struct spreetail_error *error) {
    char *scheme = url_part(url, CURLUPART_SCHEME), *host = url_part(url, CURLUPART_HOST);
    char *user = url_part(url, CURLUPART_USER);
    const size_t longest_name = 253; /* in the domain name system */
    bool plain = scheme && strcmp(scheme, "http") == 0;
    bool good = false;
    settings->transport.plain = plain;
    if (!scheme)
        out_of_memory(error);
    else if (user)
        refuse(error, "base_url must not hold a user name or password: credentials are client_id "
                      "and client_secret");
    else if (strpbrk(given, "?#"))
        refuse(error, "base_url '%s' must end with its path: no '?' or '#'", given);
    else if (!plain && strcmp(scheme, "https") != 0)
        refuse(error, "base_url '%s' must begin with https://", given);
    else if (!host)
        out_of_memory(error);
    else if (strlen(host) > longest_name) /* libcurl before 8.4.0 may overrun with it in SOCKS */
        refuse(error, "base_url must name a host, in %zu characters at most", longest_name);
    else if (plain && !allow_http)
        refuse(error,
               "base_url '%s' would send credentials in clear: use https:// (for a test "
               "server on this machine, allow_http = true permits http://)",
               given);
    else if (plain && !is_loopback(host))
        refuse(error,
               "base_url '%s' would send credentials in clear over the network: allow_http "
               "is for loopback addresses only, so use https://",
               given);
    else
        good = true;
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    return good;
}

static bool read_base_url(struct settings *settings, const struct spreetail_options *options,
                          struct spreetail_error *error) {
    const char *given = given_or_environment(options->base_url, "SPREETAIL_BASE_URL");
    if (!given)
        given = vendor_url;
    CURLU *url = curl_url();
    if (!url)
        return out_of_memory(error);
    bool good = false;
    CURLUcode code = curl_url_set(url, CURLUPART_URL, given, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OUT_OF_MEMORY)
        out_of_memory(error);
    else if (has_control_characters(given) || strchr(given, ' ') || code != CURLUE_OK)
        refuse(error, "base_url is not a URL such as %s", vendor_url);
    else
        good = check_url(settings, url, given, options->allow_http, error);
    curl_url_cleanup(url);
    if (!good)
        return false;
    size_t size = strlen(given);
    while (size && given[size - 1] == '/')
        size--;
    settings->base_url = strndup(given, size);
    settings->login_url = malloc(size + sizeof "/auth/login");
    if (!settings->base_url || !settings->login_url)
        return out_of_memory(error);
    memcpy(settings->login_url, given, size);
    memcpy(settings->login_url + size, "/auth/login", sizeof "/auth/login");
    return true;
}

/*
 * The proxy: an address that may be shown, and credentials.
 */

static const char no_memory[] = "memory ran out while the option proxy was read";

/* Moves a part of the URL into secret memory; false when memory runs out. */
static bool take_part(CURLU *url, CURLUPart part, char **taken) {
    char *text = NULL;
    CURLUcode code = curl_url_get(url, part, &text, CURLU_URLDECODE);
    if (code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD)
        return true;
    *taken = code == CURLUE_OK ? secret_copy(text, strlen(text)) : NULL;
    if (text)
        explicit_bzero(text, strlen(text));
    curl_free(text);
    return *taken && curl_url_set(url, part, NULL, 0) == CURLUE_OK;
}

static bool knows_scheme(CURLU *url) {
    static const char *const known[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
    char *scheme = NULL;
    bool found = false;
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcasecmp(scheme, known[i]) == 0;
    curl_free(scheme);
    return found;
}

static const char *read_proxy_url(struct proxy *proxy, CURLU *url) {
    char *address = NULL;
    if (!knows_scheme(url))
        return "proxy: its scheme must be http, https, socks4, socks4a, socks5 or socks5h";
    if (!take_part(url, CURLUPART_USER, &proxy->user) ||
        !take_part(url, CURLUPART_PASSWORD, &proxy->password) ||
        curl_url_get(url, CURLUPART_URL, &address, 0) != CURLUE_OK)
        return no_memory;
    proxy->url = strdup(address);
    curl_free(address);
    return proxy->url ? NULL : no_memory;
}

const char *proxy_read(struct proxy *proxy, const char *given) {
    if (strcmp(given, "environment") == 0) {
        proxy->url = strdup(given);
        return proxy->url ? NULL : no_memory;
    }
    CURLU *url = curl_url();
    if (!url)
        return no_memory;
    /* As libcurl reads it: without a scheme it is http. */
    CURLUcode code =
        curl_url_set(url, CURLUPART_URL, given, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME);
    const char *fault = code == CURLUE_OK              ? read_proxy_url(proxy, url)
                        : code == CURLUE_OUT_OF_MEMORY ? no_memory
                                                       : "proxy: it must be a URL, such as "
                                                         "http://proxy.example:3128, or "
                                                         "\"environment\"";
    curl_url_cleanup(url);
    return fault;
}

void proxy_clear(struct proxy *proxy) {
    free(proxy->url);
    secret_free(proxy->user);
    secret_free(proxy->password);
    *proxy = (struct proxy){0};
}

/*
 * Files and the rest.
 */

static bool copy_option(const char **to, const char *from, struct spreetail_error *error) {
    *to = from ? strdup(from) : NULL;
    return *to || !from || out_of_memory(error);
}

/* Keeps the name of a file (or directory) that must be readable by now. */
static bool copy_path(const char **to, const char *path, const char *option,
                      struct spreetail_error *error) {
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (path && fd < 0)
        return refuse(error, "%s '%s' can't be read: %s", option, path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return copy_option(to, path, error);
}

static bool read_user_agent(struct settings *settings, const char *given,
                            struct spreetail_error *error) {
    static const char name[] = "User-Agent: ", ours[] = "spreetail-lua/" SPREETAIL_VERSION;
    if (given && has_control_characters(given))
        return refuse(error, "user_agent has a control character in it, such as a line "
                             "break: it is one line of text");
    size_t size = sizeof name + (given ? strlen(given) + 1 : 0) + sizeof ours;
    char *whole = malloc(size);
    if (!whole)
        return out_of_memory(error);
    strcpy(whole, name);
    if (given && *given)
        strcat(strcat(whole, given), " ");
    settings->transport.user_agent = strcat(whole, ours);
    return true;
}

static bool read_files(struct settings *settings, const struct spreetail_options *options,
                       struct spreetail_error *error) {
    struct transport_settings *transport = &settings->transport;
    return copy_path(&transport->ca_file, options->ca_file, "ca_file", error) &&
           copy_path(&transport->ca_path, options->ca_path, "ca_path", error) &&
           copy_path(&transport->client_cert, options->client_cert, "client_cert", error) &&
           copy_path(&transport->client_key, options->client_key, "client_key", error);
}

static bool read_proxy(struct proxy *proxy, const char *given, struct spreetail_error *error) {
    const char *fault = given ? proxy_read(proxy, given) : NULL;
    return !fault || refuse(error, "%s", fault);
}

static usec duration(double given, double otherwise) {
    return usec_from_seconds(given > 0 ? given : otherwise);
}

bool settings_read(struct settings *settings, const struct spreetail_options *options,
                   struct spreetail_error *error) {
    const double margin = options->refresh_margin;
    *settings = (struct settings){
        .timeout = duration(options->timeout, 60),
        .attempt_timeout = duration(options->attempt_timeout, 30),
        .connect_timeout = duration(options->connect_timeout, 10),
        .refresh_margin = margin < 0 ? 0 : duration(margin, 300),
        .retries = options->retries < 0 ? 4 : (unsigned)options->retries,
        .max_in_flight = options->max_in_flight ? options->max_in_flight : 256,
        .transport.max_connections = options->max_connections ? options->max_connections : 8,
        .transport.max_response =
            options->max_response ? options->max_response : (size_t)16 * 1024 * 1024,
        .events = options->events || options->trace,
        .trace = options->trace,
        .shared_tokens = options->shared_tokens,
    };
    if (!secret_init_libraries())
        return refuse(error, "libcurl could not be initialised");
    if (read_base_url(settings, options, error) && read_credentials(settings, options, error) &&
        read_files(settings, options, error) &&
        read_proxy(&settings->transport.proxy, options->proxy, error) &&
        read_user_agent(settings, options->user_agent, error))
        return true;
    settings_clear(settings);
    return false;
}

bool settings_read_trust(struct settings *settings, struct spreetail_error *error) {
    struct transport_settings *transport = &settings->transport;
    if (transport->plain || !tls_is_ours())
        return true;
    transport->trusted = trust_load(transport->ca_file, transport->ca_path);
    if (transport->trusted)
        return true;
    return transport->ca_file ? refuse(error,
                                       "ca_file '%s' can't be used: it must hold at least one "
                                       "certificate, in PEM",
                                       transport->ca_file)
                              : out_of_memory(error);
}

void settings_forget_credentials(struct settings *settings) {
    secret_free(settings->client_secret);
    settings->client_secret = NULL;
    settings->client_secret_size = 0;
    proxy_clear(&settings->transport.proxy);
}

void settings_clear(struct settings *settings) {
    struct transport_settings *transport = &settings->transport;
    settings_forget_credentials(settings);
    free(settings->base_url);
    free(settings->login_url);
    free(settings->client_id);
    trust_free(transport->trusted);
    free((char *)transport->ca_file);
    free((char *)transport->ca_path);
    free((char *)transport->client_cert);
    free((char *)transport->client_key);
    free((char *)transport->user_agent);
    *settings = (struct settings){0};
}
