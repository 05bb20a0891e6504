local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local target = dofile(here .. "/target.lua")

describe("a system without keyrings", function()
    local directory, library

    setup(function()
        directory = target.directory()
        library = directory .. "/no_keyring.so"
        target.run("cc -std=c11 -Wall -Wextra -Werror -shared -fPIC -o", library,
            here .. "/../faults/no_keyring.c")
    end)

    teardown(function()
        target.run("rm -r", directory)
    end)

    -- What a command prints there.
    local function output(command, environment)
        local preload = " LD_PRELOAD=" .. library .. " "
        local pipe = assert(io.popen((environment or "") .. preload .. command .. " 2>&1"))
        local text = pipe:read("a")
        pipe:close()
        return text
    end

    it("forbids their calls, or doesn't know them, and leaves others alone", function()
        assert.matches("Operation not permitted", output("keyctl show @u"))
        assert.matches("Function not implemented", output("keyctl show @u", "NO_KEYRING_ERRNO=38"))
        assert.matches("Operation not permitted", output("sh -c 'unset LD_PRELOAD; keyctl add user x y @u'"))
        assert.equal("here\n", output("echo here"))
    end)

    local said_by = {
        [1] = "this system keeps programs from it, as many containers do",
        [38] = "this system has none",
        [95] = "that takes Linux 5.3 or later",
        [122] = "this user's quota of keys is used up (see /proc/key-users)",
    }
    local program = [[lua5.4 -e 'print(select(2, require("spreetail.store.keyring").new()))']]
    for number, words in pairs(said_by) do
        it(("has the keyring store say so (%d)"):format(number), function()
            assert.equal("config: no tokens can be kept in the kernel's keyring: " .. words .. "; leave "
                .. "token_store out, and each program logs in by itself, or use spreetail.store.file\n",
                output(program, "NO_KEYRING_ERRNO=" .. number))
        end)
    end
end)
