-- curl(1), and what it says about its transfers.

local client = {}

-- One line a transfer: exit code, status, bytes of the body, seconds, HTTP version.
local FORMAT = [['%{exitcode} %{http_code} %{size_download} %{time_total} %{http_version}\n']]

-- Without this, a shell would expand the ranges in addresses such as /hello?[1-5].
local function quote_address(word)
    return word:find("^https?://") and "'" .. word .. "'" or word
end

-- Runs curl with the words given; returns a list of { code, status, size, seconds, version }.
function client.transfers(...)
    local words = { "curl -sq --no-progress-meter -w", FORMAT }
    for _, word in ipairs { ... } do
        local quoted = quote_address(word)
        words[#words + 1] = quoted == word and word or "-o /dev/null " .. quoted
    end
    words[#words + 1] = "2>/dev/null"
    local pipe = assert(io.popen(table.concat(words, " "), "r"))
    local list = {}
    for line in pipe:lines() do
        local code, status, size, seconds, version = line:match("^(%d+) (%d+) (%d+) ([%d.]+) ([%d.]+)$")
        if code then
            list[#list + 1] = {
                code = tonumber(code),
                status = tonumber(status),
                size = tonumber(size),
                seconds = tonumber(seconds),
                version = version,
            }
        end
    end
    pipe:close()
    return list
end

function client.one(...)
    return client.transfers(...)[1]
end

function client.count(list, code)
    local count = 0
    for _, transfer in ipairs(list) do
        if transfer.code == code then
            count = count + 1
        end
    end
    return count
end

return client
