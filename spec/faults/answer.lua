-- The way of one answer to the client, with what its fate does to it.

local cqueues = require "cqueues"
local strike = require "faults.strike"

local answer = {}
answer.__index = answer

function answer.new(plan, client, fate)
    return setmetatable({ plan = plan, client = client, fate = fate, passed = 0 }, answer)
end

-- Called before the request is forwarded, when all of it has come.
function answer:before_request()
    local fate = self.fate
    if fate.delay and fate.delay.when == "before" then
        self.plan:struck(fate.delay)
        cqueues.sleep(fate.delay.seconds)
    end
    if fate.strike and fate.strike.when == "before" then
        strike.connection(self.plan, self.client, fate.strike)
    end
end

function answer:strikes(position)
    local fault = self.fate.strike
    return fault ~= nil and fault.when == position
end

function answer:strike_now()
    strike.connection(self.plan, self.client, self.fate.strike)
end

local function begin(self)
    local fate = self.fate
    if fate.delay and fate.delay.when ~= "before" then
        self.plan:struck(fate.delay)
        cqueues.sleep(fate.delay.seconds)
    end
    if fate.trickle then
        self.plan:struck(fate.trickle)
    end
    self.begun = true
end

-- Bytes for the client. An answer that is struck afterwards goes nowhere.
function answer:pass(bytes)
    if self:strikes("after") then
        return
    end
    if not self.begun then
        begin(self)
    end
    local rate = self.fate.trickle and self.fate.trickle.rate
    if self:strikes("mid") and self.passed + #bytes >= self.fate.strike.at then
        self.client:write(bytes:sub(1, self.fate.strike.at - self.passed), rate)
        self:strike_now()
    end
    self.passed = self.passed + #bytes
    self.client:write(bytes, rate)
end

-- The answer is complete.
function answer:finish()
    if self:strikes("after") then
        self:strike_now()
    end
end

return answer
