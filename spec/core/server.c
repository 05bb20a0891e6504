#include "server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"

/* Reads until the head is whole; the size of that head, or 0 when the client has hung up. */
static size_t read_head(int fd, struct buffer *input) {
    char bytes[65536];
    for (;;) {
        const char *end = input->data ? strstr(input->data, "\r\n\r\n") : NULL;
        if (end)
            return (size_t)(end - input->data) + 4;
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got <= 0)
            return 0;
        buffer_add(input, bytes, (size_t)got);
    }
}

static size_t read_body(int fd, struct buffer *input, size_t head_size) {
    char bytes[65536];
    const char *length = strcasestr(input->data, "\r\ncontent-length:");
    size_t size = 0, have = input->size - head_size;
    if (length && length < input->data + head_size)
        size = strtoul(length + sizeof "\r\ncontent-length:" - 1, NULL, 10);
    while (have < size) {
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

static bool say(int fd, const struct server_answer *answer) {
    size_t size = answer->size ? answer->size : answer->bytes ? strlen(answer->bytes) : 0;
    for (size_t i = 0; i <= answer->repeat; i++)
        for (size_t done = 0; done < size;) {
            ssize_t sent = send(fd, answer->bytes + done, size - done, MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            done += (size_t)sent;
        }
    return !answer->hang_up;
}

/* One request on an open connection; false: the connection is to be closed. */
static bool serve(struct server *server, int fd) {
    struct buffer input = {0};
    size_t head_size = read_head(fd, &input), place = server->requests;
    if (head_size == 0) {
        buffer_free(&input);
        return false;
    }
    if (place < SERVER_MOST_REQUESTS) {
        server->body_sizes[place] = read_body(fd, &input, head_size);
        server->heads[place] = strndup(input.data, head_size);
    }
    server->requests++;
    buffer_free(&input);
    return say(fd, &server->answers[place < server->count ? place : server->count - 1]);
}

/* All connections at once, so that one that is kept alive holds up no other. The end is a shutdown
 * of the listener. */
static void *run(void *context) {
    struct server *server = context;
    struct pollfd fds[64] = {{.fd = server->listener, .events = POLLIN}};
    nfds_t count = 1;
    while (poll(fds, count, -1) >= 0) {
        for (nfds_t i = count - 1; i > 0; i--) {
            if (fds[i].revents && !serve(server, fds[i].fd)) {
                close(fds[i].fd);
                fds[i] = fds[--count];
            }
        }
        if (!fds[0].revents)
            continue;
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            break;
        server->connections++;
        server->latest = fd;
        fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    while (--count > 0)
        close(fds[count].fd);
    return NULL;
}

void server_start(struct server *server, const struct server_answer *answers, size_t count) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *server = (struct server){.answers = answers, .count = count};
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bind(server->listener, (struct sockaddr *)&address, sizeof address);
    listen(server->listener, 16);
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, run, server);
}

void server_speak(struct server *server, const char *bytes) {
    send(server->latest, bytes, strlen(bytes), MSG_NOSIGNAL);
}

void server_stop(struct server *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

void server_free(struct server *server) {
    for (size_t i = 0; i < SERVER_MOST_REQUESTS; i++)
        free(server->heads[i]);
}
