local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local target = dofile(here .. "/target.lua")

-- Looks a name up and prints the result, the first address and port, and the seconds it took.
local program = [[
#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static void ignore(int signal) { (void)signal; }

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = ignore};
    struct itimerval often = {{0, 10000}, {0, 10000}};
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    double start = now();
    int code;

    (void)argc;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    code = getaddrinfo(argv[1], "8443", &hints, &found);
    printf("%s ", code == 0 ? "found" : code == EAI_AGAIN ? "again" : "other");
    if (found) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)found->ai_addr;
        printf("%s:%d %d ", inet_ntoa(in->sin_addr), ntohs(in->sin_port), found->ai_next != NULL);
        freeaddrinfo(found);
    }
    printf("%.2f\n", now() - start);
    return 0;
}
]]

describe("the slow resolver", function()
    local directory

    setup(function()
        directory = target.directory()
        target.write(directory .. "/look_up.c", program)
        target.run("cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o", directory .. "/look_up",
            directory .. "/look_up.c")
        target.run("cc -std=c11 -Wall -Wextra -Werror -shared -fPIC -o",
            directory .. "/slow_resolver.so", here .. "/../faults/slow_resolver.c -ldl")
    end)

    teardown(function()
        target.run("rm -r", directory)
    end)

    local function look_up(name, seconds)
        local pipe = assert(io.popen(("SLOW_RESOLVER_SECONDS=%s LD_PRELOAD=%s/slow_resolver.so %s/look_up %s")
            :format(seconds or 5, directory, directory, name)))
        local line = pipe:read("l")
        pipe:close()
        return line
    end

    it("hangs for the time asked for, whatever signals come, and asks to try again", function()
        local seconds = tonumber(look_up("api.stuck.test", 0.3):match("^again (.*)$"))
        assert.truthy(seconds >= 0.3 and seconds < 1)
    end)

    it("finds the sandbox, with the port and the kind asked for", function()
        assert.equal("found 127.0.0.1:8443 0", look_up("api.SANDBOX.test"):match("^(.*) "))
    end)

    it("leaves other names to the real one", function()
        assert.equal("found 127.0.0.1:8443 0", look_up("localhost"):match("^(.*) "))
        assert.equal("found 127.0.0.9:8443 0", look_up("127.0.0.9"):match("^(.*) "))
    end)
end)
