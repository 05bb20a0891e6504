local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local start = dofile(here .. "/../faults/start.lua")
local target = dofile(here .. "/target.lua")
local client = dofile(here .. "/client.lua")

describe("the fault proxy on HTTP/2", function()
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

    local function through(...)
        local cert, key = nginx.directory .. "/cert.pem", nginx.directory .. "/key.pem"
        local words = { "--to", "127.0.0.1:" .. nginx.tls, "--to-tls-ca", cert, "--tls-cert", cert,
            "--tls-key", key, "--alpn", "h2,http/1.1" }
        for _, fault in ipairs { ... } do
            words[#words + 1] = "--fault"
            words[#words + 1] = fault
        end
        proxy = start(words)
        return "https://localhost:" .. proxy.port, "--http2 --cacert " .. cert
    end

    local function get(path, url, flags)
        return client.one(flags, "-m 0.5", url .. path)
    end

    -- Many at once, as streams of one connection.
    local function together(path, url, flags)
        return client.transfers("-Z --parallel-max 50 -m 5", flags, url .. path)
    end

    it("passes an exchange unharmed and counts it", function()
        local got = get("/hello", through())
        assert.same({ 0, 200, 6, "2" }, { got.code, got.status, got.size, got.version })
        assert.same({ connections = 1, exchanges = 1, forwarded = 1, faults = {} }, proxy:stats())
    end)

    it("speaks HTTP/1.1 with a client that wants it", function()
        local url, flags = through("reset:every=2")
        local got = client.one(flags, "--http1.1", url .. "/hello")
        assert.same({ 0, "1.1" }, { got.code, got.version })
        assert.equal(1, proxy:stats().exchanges)
    end)

    it("counts streams", function()
        local list = together("/slow?[1-40]", through())
        assert.equal(40, client.count(list, 0))
        local stats = proxy:stats()
        assert.same({ 1, 40 }, { stats.connections, stats.exchanges })
    end)

    local seen = {
        { "stream-reset", 92 },
        { "stream-reset:when=before", 92 },
        { "stream-reset:when=mid,at=1000", 92 },
        { "reset", 56, 55 },
        { "reset:when=before", 56, 55 },
        { "reset:when=mid,at=1000", 56 },
        { "close", 18 },
        { "close:when=before", 18 },
        { "cut:at=1000", 18 },
        { "hang", 28 },
        { "hang:when=before", 28 },
        { "silence", 28 },
        { "garbage", 52 },
        { "goaway:when=before", 16 },
    }
    for _, case in ipairs(seen) do
        it("shows " .. case[1], function()
            local code = get("/big", through(case[1])).code
            assert.truthy(code == case[2] or code == case[3], code)
            local stats = proxy:stats()
            assert.equal(1, stats.faults[case[1]:match("^[%a-]+")])
            assert.equal(case[1]:find("before") and 0 or 1, stats.forwarded)
        end)
    end

    it("cuts at the byte asked for", function()
        assert.equal(123456, get("/big", through("cut:at=123456")).size)
    end)

    it("delays", function()
        local got = get("/hello", through("delay:seconds=0.3"))
        assert.truthy(got.code == 0 and got.seconds >= 0.3)
        proxy:stop()
        got = get("/hello", through("delay:seconds=0.3,when=before"))
        assert.truthy(got.code == 0 and got.seconds >= 0.3)
    end)

    it("delays one stream and lets the others pass", function()
        local list = together("/hello?[1-20]", through("delay:seconds=0.5,after=4,first=1"))
        local late = 0
        for _, transfer in ipairs(list) do
            late = late + (transfer.seconds >= 0.5 and 1 or 0)
        end
        assert.same({ 20, 1 }, { client.count(list, 0), late })
    end)

    it("trickles", function()
        local got = get("/hello", through("trickle:rate=400"))
        assert.truthy(got.code == 0 and got.seconds >= 0.1)
    end)

    -- All transfers ended well but the struck ones. At times curl repeats what was reset before a byte
    -- of answer came, on a new connection: such a transfer ends well, and is counted twice.
    local function check_resets(list, total)
        local stats = proxy:stats()
        local failed, repeated = client.count(list, 92), stats.exchanges - total
        assert.equal(total, client.count(list, 0) + failed)
        assert.equal(stats.faults["stream-reset"], failed + repeated)
        return stats
    end

    for _, when in ipairs { "before", "after" } do
        it("resets one stream, " .. when .. ", and leaves the others alive", function()
            local list = together("/slow?[1-20]", through("stream-reset:after=4,first=1,when=" .. when))
            local stats = check_resets(list, 20)
            assert.equal(1, stats.faults["stream-reset"])
            assert.equal(stats.exchanges - (when == "before" and 1 or 0), stats.forwarded)
        end)

        it("keeps header compression and windows in order through many resets, " .. when, function()
            local url, flags = through("stream-reset:every=4,when=" .. when)
            local list = client.transfers(flags, "-Z --parallel-max 30 -A", ("agent"):rep(50),
                url .. "/big?[1-40]")
            local stats = check_resets(list, 40)
            assert.equal(math.floor(stats.exchanges / 4), stats.faults["stream-reset"])
            for _, transfer in ipairs(list) do
                assert.truthy(transfer.code == 92 or transfer.size == 5000000)
            end
        end)
    end

    it("resets with the code asked for", function()
        -- A refused stream wasn't looked at by the server: curl repeats it.
        local got = get("/hello", through("stream-reset:first=1,when=before,code=7"))
        assert.truthy(got.code == 0 or got.code == 92 or got.code == 56, got.code)
        assert.equal(1, proxy:stats().faults["stream-reset"])
    end)

    it("chooses streams by their path", function()
        local url, flags = through("stream-reset:match=GET /slow")
        local list = client.transfers(flags, url .. "/hello", url .. "/slow", url .. "/hello")
        assert.same({ 0, 92, 0 }, { list[1].code, list[2].code, list[3].code })
    end)

    it("says goodbye after an answer, and the client comes back on another connection", function()
        local url, flags = through("goaway:first=1")
        local list = client.transfers(flags, url .. "/hello?[1-3]")
        assert.equal(3, client.count(list, 0))
        local stats = proxy:stats()
        assert.same({ 2, 3, 1 }, { stats.connections, stats.exchanges, stats.faults.goaway })
    end)

    it("passes 5 MB unchanged in eight streams at once, and up", function()
        local out = nginx.directory .. "/out"
        local url, flags = through()
        nginx:check_big_ones(flags, url)
        assert.equal(1, proxy:stats().connections)
        target.run("curl -sq -o", out, flags, "--data-binary @" .. nginx.directory .. "/www/big",
            url .. "/size")
        assert.equal("5000000\n", target.read(out))
    end)
end)
