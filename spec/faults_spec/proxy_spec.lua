local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local start = dofile(here .. "/../faults/start.lua")
local target = dofile(here .. "/target.lua")
local client = dofile(here .. "/client.lua")

describe("the fault proxy", function()
    local nginx, proxy

    setup(function()
        nginx = target.start()
    end)

    teardown(function()
        nginx:stop()
    end)

    after_each(function()
        if proxy then
            proxy:stop()
            proxy = nil
        end
    end)

    local function begin(words, faults)
        for _, fault in ipairs(faults or {}) do
            words[#words + 1] = "--fault"
            words[#words + 1] = fault
        end
        proxy = start(words)
    end

    local function opaque(...)
        begin({ "--to", "127.0.0.1:" .. nginx.clear }, { ... })
        return "http://127.0.0.1:" .. proxy.port
    end

    local function follow(...)
        begin({ "--to", "127.0.0.1:" .. nginx.clear, "--follow" }, { ... })
        return "http://127.0.0.1:" .. proxy.port
    end

    local function terminate(...)
        local cert, key = nginx.directory .. "/cert.pem", nginx.directory .. "/key.pem"
        begin({ "--to", "127.0.0.1:" .. nginx.tls, "--to-tls-ca", cert, "--tls-cert", cert,
            "--tls-key", key }, { ... })
        return "https://localhost:" .. proxy.port, "--http1.1 --cacert " .. cert
    end

    local modes = { opaque = opaque, follow = follow, terminate = terminate }

    local function get(path, url, flags)
        return client.one(flags or "", "-m 0.5", url .. path)
    end

    for name, through in pairs(modes) do
        describe(name, function()
            it("passes an exchange unharmed and counts it", function()
                local got = get("/hello", through())
                assert.same({ 0, 200, 6 }, { got.code, got.status, got.size })
                assert.same({ connections = 1, exchanges = 1, forwarded = 1, faults = {} },
                    proxy:stats())
            end)

            it("counts the exchanges of one connection", function()
                local url, flags = through()
                assert.equal(50, client.count(client.transfers(flags or "", url .. "/hello?[1-50]"), 0))
                local stats = proxy:stats()
                assert.same({ 1, 50 }, { stats.connections, stats.exchanges })
            end)

            -- What curl says: the reset is a true one, and a close is an orderly one.
            local seen = {
                { "reset", 56 },
                { "reset:when=before", 56 },
                { "reset:when=mid,at=100", 56 },
                { "close", 52 },
                { "close:when=before", 52 },
                { "cut:at=100000", 18 },
                { "hang", 28 },
                { "hang:when=before", 28 },
                { "garbage", 1 },
                { "garbage:text=220 mail, not the web\\r\\n", 1 },
            }
            for _, case in ipairs(seen) do
                it("shows " .. case[1], function()
                    assert.equal(case[2], get("/big", through(case[1])).code)
                    local kind = case[1]:match("^[%a-]+")
                    local stats = proxy:stats()
                    assert.equal(1, stats.faults[kind])
                    assert.equal(case[1]:find("before") and 0 or 1, stats.forwarded)
                end)
            end

            it("forwards nothing before, and the whole request after", function()
                local before = nginx:requests()
                get("/hello", through("reset:when=before"))
                proxy:stop()
                get("/hello", through("reset:when=after"))
                target.wait_until("the request", function()
                    return nginx:requests() > before
                end)
                assert.equal(before + 1, nginx:requests())
            end)

            it("delays", function()
                local got = get("/hello", through("delay:seconds=0.3"))
                assert.equal(0, got.code)
                assert.truthy(got.seconds >= 0.3)
                proxy:stop()
                got = get("/hello", through("delay:seconds=0.3,when=before"))
                assert.truthy(got.code == 0 and got.seconds >= 0.3)
            end)

            it("trickles", function()
                local got = get("/hello", through("trickle:rate=1000"))
                assert.equal(0, got.code)
                assert.truthy(got.seconds >= 0.1, got.seconds)
            end)

            it("refuses before a byte", function()
                local got = get("/hello", through("refuse:first=1"))
                assert.truthy(got.code == 7 or got.code == 35 or got.code == 56, got.code)
                local stats = proxy:stats()
                assert.same({ 1, 0, 1 }, { stats.connections, stats.exchanges, stats.faults.refuse })
            end)

            it("never shakes hands", function()
                assert.equal(28, get("/hello", through("no-handshake")).code)
                assert.equal(1, proxy:stats().faults["no-handshake"])
            end)

            it("passes 5 MB unchanged on eight connections at once", function()
                local url, flags = through()
                nginx:check_big_ones("--parallel-immediate " .. (flags or ""), url)
                assert.equal(8, proxy:stats().connections)
            end)

            it("passes a large request", function()
                local out = nginx.directory .. "/out"
                local url, flags = through()
                target.run("curl -sq -o", out, "--data-binary @" .. nginx.directory .. "/www/big",
                    flags or "", url .. "/size")
                assert.equal("5000000\n", target.read(out))
            end)
        end)
    end

    describe("choosing exchanges", function()
        -- A connection each, so that curl doesn't repeat what was struck.
        local function hundred(...)
            return client.transfers("-H 'Connection: close'", follow(...) .. "/hello?[1-100]")
        end

        local function struck(list)
            local numbers = {}
            for i, transfer in ipairs(list) do
                if transfer.code ~= 0 then
                    numbers[#numbers + 1] = i
                end
            end
            return numbers
        end

        it("takes every twentieth", function()
            assert.same({ 20, 40, 60, 80, 100 }, struck(hundred("reset:every=20")))
            assert.equal(5, proxy:stats().faults.reset)
        end)

        it("takes the first few after some", function()
            assert.same({ 11, 12, 13 }, struck(hundred("reset:after=10,first=3")))
        end)

        it("combines them", function()
            assert.same({ 15, 20, 25, 90 }, struck(hundred("reset:after=10,first=15,every=5",
                "close:after=89,first=1")))
        end)

        it("repeats chance with its seed", function()
            local one = struck(hundred("reset:chance=0.2,seed=7"))
            proxy:stop()
            local same = struck(hundred("reset:chance=0.2,seed=7"))
            proxy:stop()
            local other = struck(hundred("reset:chance=0.2,seed=8"))
            assert.same(one, same)
            assert.are_not.same(one, other)
            assert.truthy(#one > 5 and #one < 40, #one)
        end)

        it("takes those whose request line matches", function()
            local url = follow("reset:match=/slow,after=1")
            local codes = {}
            for i, path in ipairs { "/hello", "/slow", "/hello", "/slow", "/hello" } do
                codes[i] = client.one(url .. path).code
            end
            assert.same({ 0, 0, 0, 56, 0 }, codes)
        end)

        it("sees what a client repeats on its own", function()
            local list = client.transfers(follow("reset:every=20") .. "/hello?[1-100]")
            local stats = proxy:stats()
            assert.equal(100, client.count(list, 0))
            assert.same({ 105, 5, 6 }, { stats.exchanges, stats.faults.reset, stats.connections })
        end)
    end)

    describe("HTTP/1.1", function()
        it("follows chunked answers, HEAD and 304 on one connection", function()
            local url = follow()
            local list = client.transfers(url .. "/chunks", url .. "/chunks",
                "--next -sq -o /dev/null -I -w '%{exitcode} %{http_code} 0 0 1.1\\n'", url .. "/big",
                "--next -sq -o /dev/null -w '%{exitcode} %{http_code} 0 0 1.1\\n'",
                "-H 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'", url .. "/big",
                "--next -sq -o /dev/null -w '%{exitcode} %{http_code} 6 0 1.1\\n'", url .. "/hello")
            assert.equal(#list, client.count(list, 0))
            local stats = proxy:stats()
            assert.same({ 1, 5 }, { stats.connections, stats.exchanges })
        end)

        it("cuts at the byte asked for", function()
            local whole = client.one(follow() .. "/big").size
            proxy:stop()
            local list = client.one(follow("cut:at=1000000") .. "/big")
            assert.equal(18, list.code)
            assert.truthy(list.size < 1000000 and list.size > 999000 and whole == 5000000)
        end)
    end)

    describe("the process", function()
        -- A shell holds the pipe, so that it can tell us how the process ended.
        local function launch(action)
            local directory = nginx.directory
            local script = ([[
                set -e
                mkfifo DIR/hold
                PROXY --to 127.0.0.1:1 --port-file DIR/port --stats-file DIR/stats <DIR/hold & pid=$!
                exec 9>DIR/hold
                while [ ! -s DIR/port ]; do sleep 0.01; done
                ACTION
                wait $pid; echo $? >DIR/code
                rm DIR/hold DIR/port
            ]]):gsub("ACTION", action)
            script = script:gsub("%u%u+", { DIR = directory, PROXY = here .. "/../faults/proxy" })
            target.write(directory .. "/launch.sh", script)
            target.run("timeout 10 sh", directory .. "/launch.sh")
            return target.read(directory .. "/code") .. target.read(directory .. "/stats")
        end

        local clean = '0\n{"connections":0,"exchanges":0,"forwarded":0,"faults":{}}\n'

        it("ends with its stdin", function()
            assert.equal(clean, launch("exec 9>&-"))
        end)

        it("ends on TERM", function()
            assert.equal(clean, launch("kill -TERM $pid"))
        end)

        it("writes its counters on USR1", function()
            assert.equal(clean, launch("rm -f DIR/stats; kill -USR1 $pid; "
                .. "while [ ! -s DIR/stats ]; do sleep 0.01; done; exec 9>&-"))
        end)

        it("comes back where it was before", function()
            local url = opaque()
            local port = proxy.port
            proxy:stop()
            assert.equal(7, get("/hello", url).code) -- nobody is there
            begin({ "--to", "127.0.0.1:" .. nginx.clear, "--port", port })
            assert.equal(port, proxy.port)
            assert.equal(200, get("/hello", url).status)
        end)

        it("refuses a command line that it doesn't understand", function()
            local program = here .. "/../faults/proxy"
            local wrong = {
                "", "--to 127.0.0.1:1", "--to 127.0.0.1:1 --port-file x --fault",
                "--to 127.0.0.1:1 --port-file x --fault rest",
                "--to 127.0.0.1:1 --port-file x --fault reset:every=0",
                "--to 127.0.0.1:1 --port-file x --fault cut",
                "--to 127.0.0.1:1 --port-file x --tls-cert x",
                "--to 127.0.0.1:1 --port-file x --port http",
            }
            for _, words in ipairs(wrong) do
                local _, _, code = os.execute("echo | " .. program .. " " .. words .. " 2>/dev/null")
                assert.equal(2, code, words)
            end
        end)
    end)
end)
