-- Starts a fault proxy from a spec, on any Lua:
--
--     local start = dofile "spec/faults/start.lua"
--     local proxy = start { "--to", "127.0.0.1:8080", "--follow", "--fault", "reset:every=20" }
--     proxy.port, proxy:stats(), proxy:stop()

local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."

local proxy = {}
proxy.__index = proxy

local PATIENCE = 500 -- looks at a file, one every 10 ms

local function quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function read_file(path)
    local file = io.open(path, "r")
    local text = file and file:read("*a")
    if file then
        file:close()
    end
    return text
end

-- The proxy renames its files into place: one that is there is complete.
local function wait_for_file(path)
    for _ = 1, PATIENCE do
        local text = read_file(path)
        if text then
            return text
        end
        os.execute("sleep 0.01")
    end
    error("the fault proxy wrote nothing to " .. path, 3)
end

local function parse(json)
    local stats = { faults = {} }
    local counters, faults = json:match("^{(.-)\"faults\":{(.-)}}")
    for name, count in counters:gmatch('"([%a-]+)":(%d+)') do
        stats[name] = tonumber(count)
    end
    for name, count in faults:gmatch('"([%a-]+)":(%d+)') do
        stats.faults[name] = tonumber(count)
    end
    return stats
end

-- Counters up to now, also after stop: connections, exchanges, forwarded, faults[kind].
function proxy:stats()
    if not self.last then
        os.remove(self.stats_file)
        self.pipe:write("\n")
        self.pipe:flush()
        return parse(wait_for_file(self.stats_file))
    end
    return self.last
end

-- Returns the final counters.
function proxy:stop()
    if self.pipe then
        -- Processes started since may have inherited the pipe: its end alone might not be seen.
        self.pipe:write("quit\n")
        self.pipe:close()
        self.pipe = nil
        self.last = parse(wait_for_file(self.stats_file))
        os.remove(self.stats_file)
        os.remove(self.port_file)
    end
    return self.last
end

-- The proxy's arguments, without --port-file and --stats-file.
return function(arguments)
    local name = os.tmpname()
    local self = setmetatable({ port_file = name, stats_file = name .. ".stats" }, proxy)
    os.remove(name)
    local words = { "exec", quote(here .. "/proxy"), "--port-file", quote(self.port_file),
        "--stats-file", quote(self.stats_file) }
    for _, argument in ipairs(arguments) do
        words[#words + 1] = quote(tostring(argument))
    end
    self.pipe = assert(io.popen(table.concat(words, " "), "w"))
    self.port = tonumber((wait_for_file(self.port_file)))
    return self
end
