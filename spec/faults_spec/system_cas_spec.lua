local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local target = dofile(here .. "/target.lua")

-- Prints which CAs libcurl was built to trust, and its version.
local program = [[
#include <curl/curl.h>
#include <stdio.h>

int main(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    printf("%s %s %s\n", info->cainfo, info->capath, info->version);
    return 0;
}
]]

describe("another system's CAs", function()
    local directory

    setup(function()
        directory = target.directory()
        target.write(directory .. "/tell.c", program)
        target.run("cc -Wall -Wextra -Werror -o", directory .. "/tell", directory .. "/tell.c -lcurl")
        target.run("cc -std=c11 -Wall -Wextra -Werror -shared -fPIC -o", directory .. "/system_cas.so",
            here .. "/../faults/system_cas.c -ldl")
    end)

    teardown(function()
        target.run("rm -r", directory)
    end)

    local function told(environment)
        local pipe = assert(io.popen(environment .. " " .. directory .. "/tell"))
        local line = pipe:read("l")
        pipe:close()
        return line
    end

    it("are told in place of libcurl's, and nothing else is", function()
        local preloaded = "LD_PRELOAD=" .. directory .. "/system_cas.so "
        local version = told(""):match("%S+$")
        assert.equal("/a /b " .. version, told(preloaded .. "SYSTEM_CA_FILE=/a SYSTEM_CA_PATH=/b"))
        assert.equal(told(""), told(preloaded))
    end)
end)
