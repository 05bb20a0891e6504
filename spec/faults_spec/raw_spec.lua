-- What the client makes of answers that nobody asked for, from the server that says anything.

local here = debug.getinfo(1, "S").source:match("^@(.*)/")
package.path = here .. "/../?.lua;" .. package.path

local cqueues = require "cqueues"
local raw = require "faults.raw"
local spreetail = require "spreetail"
local target = dofile(here .. "/target.lua")

local LOGIN = raw.answer(200, '{"success":true,"data":{"access_token":"a-token","expires_in":86400}}')
local MINE = '{"success":true,"data":{"mine":true}}'

local TLS_1_3 = 0x304

local strays = {
    ["a 408"] = raw.answer(408, "", "Connection: close\r\n"),
    ["a refusal"] = raw.answer(400, '{"success":false,"error":"no"}'),
    ["a second 200"] = raw.answer(200, '{"success":true,"data":{"mine":false}}'),
    ["half an answer"] = "HTTP/1.1 200 OK\r\nContent-Le",
    ["an interim answer"] = "HTTP/1.1 103 Early Hints\r\n\r\n",
    ["an empty line"] = "\r\n",
}

describe("an answer that nobody asked for", function()
    local directory, queue, server, client, posts

    setup(function()
        directory = target.certificate()
    end)

    teardown(function()
        target.run("rm -r", directory)
    end)

    local function settings_of(scheme)
        return scheme == "http" and {}
            or { cert = directory .. "/cert.pem", key = directory .. "/key.pem", alpn = { "http/1.1" } }
    end

    -- speak(connection, number) says what a POST gets, by its number.
    local function start(scheme, speak)
        posts = 0
        server = raw.listen(queue, settings_of(scheme), { ["http/1.1"] = function(connection)
            for request in function() return connection:request() end do
                if request.path == "/auth/login" then
                    connection:say(LOGIN)
                else
                    posts = posts + 1
                    speak(connection, posts)
                end
            end
        end })
        client = assert(spreetail.client {
            base_url = ("%s://localhost:%d"):format(scheme, server.port), allow_http = true, loop = "cqueues",
            ca_file = directory .. "/cert.pem", client_id = "an-id", client_secret = "a-secret", timeout = 5,
            retries = 0,
        })
    end

    local function post()
        return client:request("POST", "/any", { json = {} })
    end

    -- Runs fn in the loop that the server moves in, and stops both.
    local function within(fn)
        return function()
            queue = cqueues.new()
            queue:wrap(function()
                fn()
                client:close()
                server:close()
            end)
            assert(queue:loop())
        end
    end

    for _, scheme in ipairs { "http", "https" } do
        for name, stray in pairs(strays) do
            it(("is not the next request's, over %s: %s"):format(scheme, name), within(function()
                local spoken
                start(scheme, function(connection, number)
                    connection:say(raw.answer(200, MINE))
                    if number == 1 then
                        cqueues.sleep(0.01) -- the client has read its answer
                        connection:say(stray)
                        spoken = true
                    end
                end)
                assert(post())
                while not spoken do
                    cqueues.sleep(0.001)
                end
                local data, response = post()
                assert.same({ mine = true }, data)
                assert.equal(1, response.attempts)
                local stats = client:stats()
                assert.same({ 2, 2, 3, 0 }, { posts, stats.attempts, stats.connections, stats.retries })
            end))
        end

        it("is not the next request's when it comes with the end of one, over " .. scheme, within(function()
            -- TLS packs these into records of 16 KiB: the last holds the answer's end and all of the stray.
            local long = ('{"success":true,"data":"%s"}'):format(("x"):rep(20000))
            start(scheme, function(connection, number)
                connection:say(number == 1 and raw.answer(200, long) .. strays["a refusal"]
                    or raw.answer(200, MINE))
            end)
            assert.equal(20000, #post())
            cqueues.sleep(0.01)
            assert.same({ mine = true }, (post()))
            assert.equal(2, posts)
        end))
    end

    it("is nowhere on a connection over TLS that has had its tickets: it is used again", within(function()
        local version
        start("https", function(connection)
            version = connection.socket:checktls():getVersion()
            connection:say(raw.answer(200, MINE))
        end)
        for _ = 1, 5 do
            assert(post())
            cqueues.sleep(0.01)
        end
        local stats = client:stats()
        assert.same({ TLS_1_3, 4, 2 }, { version, stats.reused, stats.connections })
    end))

    it("ends nothing when all connections have one", within(function()
        local spoken = 0
        start("http", function(connection)
            cqueues.sleep(0.01) -- so that both wait at once
            connection:say(raw.answer(200, MINE))
            cqueues.sleep(0.01)
            connection:say(strays["a 408"])
            spoken = spoken + 1
        end)
        for round = 1, 3 do
            local one, other = client.async:request("POST", "/any"), client.async:request("POST", "/any")
            assert.same({ mine = true }, (one:result()))
            assert.same({ mine = true }, (other:result()))
            while spoken < 2 * round do
                cqueues.sleep(0.001)
            end
        end
        assert.equal(6, posts)
        assert.equal(0, client:stats().reused)
    end))
end)

describe("an answer to a request that was not wholly sent", function()
    -- 8 MB are more than the kernel takes on its own: the server has read the head alone.
    local BIG = ("x"):rep(8 * 1024 * 1024)

    it("refuses it: the rest is never sent", function()
        local queue, received = cqueues.new(), 0
        queue:wrap(function()
            local server = raw.listen(queue, {}, { ["http/1.1"] = function(connection)
                local request = connection:head()
                if request.path == "/auth/login" then
                    connection:body(request)
                    return connection:say(LOGIN)
                end
                connection:say(raw.answer(413, '{"success":false,"error":"too much"}'))
                for bytes in function() return connection.wire:some() end do
                    received = received + #bytes
                end
            end })
            local client = assert(spreetail.client {
                base_url = "http://localhost:" .. server.port, allow_http = true, loop = "cqueues",
                client_id = "an-id", client_secret = "a-secret", timeout = 5, retries = 0,
            })
            local data, err = client:request("POST", "/any", { body = BIG })
            assert.is_nil(data)
            assert.same({ 413, "refused" }, { err.status, err.outcome })
            client:close()
            server:close()
        end)
        assert(queue:loop())
        assert.is_true(received < #BIG)
    end)
end)
