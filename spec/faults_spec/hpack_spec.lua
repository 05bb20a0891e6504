local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local hpack = dofile(here .. "/../faults/hpack.lua")

local function bytes(hex)
    return (hex:gsub("%s", ""):gsub("%x%x", function(pair)
        return string.char(tonumber(pair, 16))
    end))
end

describe("rewriting header blocks", function()
    -- The examples of RFC 7541, appendices C.3 to C.6.
    local requests = {
        plain = {
            "828684410f7777772e6578616d706c652e636f6d",
            "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        },
        huffman = {
            "828684418cf1e3c2e5f23a6ba0ab90f4ff",
            "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        },
    }
    for name, blocks in pairs(requests) do
        it("reads the " .. name .. " examples and writes what stands alone", function()
            local decoder = hpack.new()
            for i, size in ipairs { 57, 110, 164 } do
                local rewritten, pseudo = decoder:translate(bytes(blocks[i]))
                local _, again = hpack.new():translate(rewritten)
                assert.equal(size, decoder.size)
                assert.equal("www.example.com", pseudo[":authority"])
                assert.same(pseudo, again)
            end
            assert.equal("custom-value", decoder.entries[1].value.text)
        end)
    end

    it("evicts as the examples do", function()
        local decoder = hpack.new()
        decoder.limit = 256
        local sizes = {}
        for i, block in ipairs {
            [[488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff
              6e919d29ad171863c78f0b97c8e9ae82ae43d3]],
            "4883640effc1c0bf",
            [[88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7
              821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed
              4ee5b1063d5007]],
        } do
            decoder:translate(bytes(block))
            sizes[i] = decoder.size
        end
        assert.same({ 222, 222, 215 }, sizes)
        assert.equal("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            decoder.entries[1].value.text)
    end)

    it("keeps size updates for the next block that is passed on", function()
        local decoder = hpack.new()
        assert.equal("\x82", (decoder:translate("\x20\x82")))
        decoder:translate("\x82")
        assert.equal("\x20", decoder:pending())
        assert.equal("", decoder:pending())
    end)
end)
