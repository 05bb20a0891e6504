-- The command line, as a table of settings.

local plan = require "faults.plan"

local options = {}

local takes_value = {
    ["--to"] = "to",
    ["--tls-cert"] = "tls_cert",
    ["--tls-key"] = "tls_key",
    ["--to-tls-ca"] = "to_tls_ca",
    ["--to-name"] = "to_name",
    ["--alpn"] = "alpn",
    ["--skip-turns"] = "skip_turns",
    ["--port"] = "port",
    ["--port-file"] = "port_file",
    ["--stats-file"] = "stats_file",
}

local function split(text, separator)
    local parts = {}
    for part in text:gmatch("[^" .. separator .. "]+") do
        parts[#parts + 1] = part
    end
    return parts
end

local function read_arguments(arguments)
    local settings = {
        alpn = "http/1.1",
        port = "0",
        skip_turns = "0",
        to_name = "localhost",
        plan = plan.new(),
    }
    local i = 1
    while arguments[i] do
        local name, value = arguments[i], arguments[i + 1]
        if name == "--follow" then
            settings.follow = true
            i = i - 1
        elseif not takes_value[name] and name ~= "--fault" then
            return nil, "unknown option " .. name
        elseif not value then
            return nil, name .. " needs a value"
        elseif name == "--fault" then
            local ok, problem = settings.plan:add(value)
            if not ok then
                return nil, problem
            end
        else
            settings[takes_value[name]] = value
        end
        i = i + 2
    end
    return settings
end

local function check(settings)
    local host, port = (settings.to or ""):match("^([%d.]+):(%d+)$")
    if not host then
        return nil, "--to 127.0.0.1:PORT is required"
    elseif not settings.port_file then
        return nil, "--port-file FILE is required"
    elseif not settings.tls_cert ~= not settings.tls_key then
        return nil, "--tls-cert and --tls-key go together"
    elseif not settings.skip_turns:match("^%d+$") then
        return nil, "--skip-turns takes a number"
    elseif not settings.port:match("^%d+$") then
        return nil, "--port takes a number"
    end
    settings.to = { host = host, port = math.tointeger(tonumber(port)) }
    settings.skip_turns = math.tointeger(tonumber(settings.skip_turns))
    settings.port = math.tointeger(tonumber(settings.port))
    settings.alpn = split(settings.alpn, ",")
    return settings
end

function options.parse(arguments)
    local settings, problem = read_arguments(arguments)
    if not settings then
        return nil, problem
    end
    return check(settings)
end

return options
