-- What goes wrong, and when: the faults of one run and the counters that choose among them.

local plan = {}
plan.__index = plan

local kinds = {
    reset = { when = "after" },
    close = { when = "after" },
    cut = { when = "mid" },
    hang = { when = "after" },
    silence = { when = "after" },
    garbage = { when = "after", bytes = 64 },
    delay = { when = "after", seconds = 1 },
    trickle = { when = "after", rate = 1000 },
    ["stream-reset"] = { when = "after", code = 2 },
    goaway = { when = "after", code = 0 },
    flood = { when = "before", seconds = 10, frame = "data" },
    refuse = {},
    ["no-handshake"] = {},
}

-- Faults of a connection as such; all others are faults of an exchange.
local of_connection = { refuse = true, ["no-handshake"] = true }

local numbers = {
    every = 1, first = 1, after = 0, seed = 0, chance = 0,
    at = 0, seconds = 0, rate = 1, bytes = 1, code = 0,
}
local words = { when = true, match = true, text = true, frame = true }
local positions = { before = true, after = true, mid = true }
local frames = { data = true, ping = true, settings = true, window = true, interim = true }

local escapes = { r = "\r", n = "\n", t = "\t", ["\\"] = "\\" }

local function unescape(text)
    return (text:gsub("\\(.)", function(letter)
        return escapes[letter] or "\\" .. letter
    end))
end

local function read_key(fault, key, value)
    if numbers[key] then
        local number = tonumber(value)
        if not number or number < numbers[key] then
            return nil, "a number of at least " .. numbers[key] .. " is needed for " .. key
        end
        fault[key] = math.tointeger(number) or number
    elseif key == "when" and not positions[value] then
        return nil, "when is before, after or mid"
    elseif key == "frame" and not frames[value] then
        return nil, "frame is data, ping, settings, window or interim"
    elseif words[key] then
        fault[key] = value
    else
        return nil, "unknown key " .. key
    end
    return true
end

-- KIND[:key=value,...]; text= comes last and takes the rest, commas and all.
local function parse(argument)
    local kind, rest = argument:match("^([%a-]+):?(.*)$")
    local defaults = kinds[kind]
    if not defaults then
        return nil, "unknown kind"
    end
    local fault = { kind = kind, after = 0, seed = 1, seen = 0, done = 0 }
    for key, value in pairs(defaults) do
        fault[key] = value
    end
    while rest ~= "" do
        local text = rest:match("^text=(.*)$")
        local key, value, tail = rest:match("^(%a+)=([^,]*),?(.*)$")
        if text then
            key, value, tail = "text", unescape(text), ""
        elseif not key then
            return nil, "key=value expected at " .. rest
        end
        local ok, problem = read_key(fault, key, value)
        if not ok then
            return nil, problem
        end
        rest = tail
    end
    if fault.when == "mid" and not fault.at then
        return nil, "at=BYTE is missing"
    end
    return fault
end

-- The same seed strikes the same exchanges, in whatever order the faults are asked.
local function roll(seed, number)
    local x = seed * 0x9E3779B97F4A7C15 + number
    x = (x ~ (x >> 30)) * 0xBF58476D1CE4E5B9
    x = (x ~ (x >> 27)) * 0x94D049BB133111EB
    return ((x ~ (x >> 31)) >> 11) * 2.0 ^ -53
end

local function is_chosen(fault, label)
    if fault.match and not label:find(fault.match, 1, true) then
        return false
    end
    fault.seen = fault.seen + 1
    local number = fault.seen - fault.after
    return number > 0
        and number <= (fault.first or math.huge)
        and (not fault.every or number % fault.every == 0)
        and (not fault.chance or roll(fault.seed, number) < fault.chance)
end

function plan.new()
    return setmetatable({ faults = {}, connections = 0, exchanges = 0, forwarded = 0 }, plan)
end

function plan:add(argument)
    local fault, problem = parse(argument)
    if not fault then
        return nil, "--fault " .. argument .. ": " .. problem
    end
    self.faults[#self.faults + 1] = fault
    return true
end

-- The faults that hit a new connection: refuse or no-handshake, or none.
function plan:connection()
    self.connections = self.connections + 1
    local found
    for _, fault in ipairs(self.faults) do
        if of_connection[fault.kind] and is_chosen(fault, "") then
            found = found or fault
        end
    end
    return found
end

-- What befalls the next exchange: at most one of each of delay, trickle and strike, which is any
-- other kind. The label is what match= looks at.
function plan:exchange(label)
    self.exchanges = self.exchanges + 1
    local fate = {}
    for _, fault in ipairs(self.faults) do
        if not of_connection[fault.kind] and is_chosen(fault, label) then
            local role = (fault.kind == "delay" or fault.kind == "trickle") and fault.kind or "strike"
            fate[role] = fate[role] or fault
        end
    end
    return fate
end

-- A fault is counted when it strikes: a chosen exchange may end otherwise before.
function plan.struck(_, fault)
    fault.done = fault.done + 1
end

function plan:json()
    local done, names = {}, {}
    for _, fault in ipairs(self.faults) do
        if not done[fault.kind] then
            names[#names + 1] = fault.kind
        end
        done[fault.kind] = (done[fault.kind] or 0) + fault.done
    end
    for i, name in ipairs(names) do
        names[i] = ('"%s":%d'):format(name, done[name])
    end
    return ('{"connections":%d,"exchanges":%d,"forwarded":%d,"faults":{%s}}'):format(
        self.connections, self.exchanges, self.forwarded, table.concat(names, ","))
end

return plan
