-- Rewrites HTTP/2 header blocks so that they stand alone. A block that refers to the dynamic table
-- makes sense only to who read all blocks before it; of ours, some are never passed on.

local hpack = {}
hpack.__index = hpack

local static_names = {
    ":authority", ":method", ":method", ":path", ":path", ":scheme", ":scheme", ":status", ":status",
    ":status", ":status", ":status", ":status", ":status", "accept-charset", "accept-encoding",
    "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
    "authorization", "cache-control", "content-disposition", "content-encoding", "content-language",
    "content-length", "content-location", "content-range", "content-type", "cookie", "date", "etag",
    "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match",
    "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards",
    "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh", "retry-after",
    "server", "set-cookie", "strict-transport-security", "transfer-encoding", "user-agent", "vary",
    "via", "www-authenticate",
}
local static_values = { [2] = "GET", [3] = "POST", [4] = "/", [5] = "/index.html" }

-- RFC 7541, appendix B: the code is canonical, so the symbols of each length are all there is to it.
local symbols_of_length = {
    [5] = "012aceiost",
    [6] = " %-./3456789=A_bdfghlmnpru",
    [7] = ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    [8] = "&*,;XZ",
    [10] = "!\"()?",
    [11] = "'+|",
    [12] = "#>",
    [13] = "\0$@[]~",
    [14] = "^}",
    [15] = "<`{",
    [19] = "\\\195\208",
    [20] = "\128\130\131\162\184\194\224\226",
    [21] = "\153\161\167\172\176\177\179\209\216\217\227\229\230",
    [22] = "\129\132\133\134\136\146\154\156\160\163\164\169\170\173\178\181\185\186\187\189\190"
        .. "\196\198\228\232\233",
    [23] = "\1\135\137\138\139\140\141\143\147\149\150\151\152\155\157\158\165\166\168\174\175"
        .. "\180\182\183\188\191\197\231\239",
    [24] = "\9\142\144\145\148\159\171\206\215\225\236\237",
    [25] = "\199\207\234\235",
    [26] = "\192\193\200\201\202\205\210\213\218\219\238\240\242\243\255",
    [27] = "\203\204\211\212\214\221\222\223\241\244\245\246\247\248\250\251\252\253\254",
    [28] = "\2\3\4\5\6\7\8\11\12\14\15\16\17\18\19\20\21\23\24\25\26\27\28\29\30\31\127\220\249",
    [30] = "\10\13\22",
}

-- symbol_of[length][code]
local symbol_of = {}
do
    local code = 0
    for length = 1, 30 do
        code = code << 1
        symbol_of[length] = {}
        for symbol in (symbols_of_length[length] or ""):gmatch(".") do
            symbol_of[length][code] = symbol
            code = code + 1
        end
    end
end

local function unhuffman(bytes)
    local symbols, code, length = {}, 0, 0
    for i = 1, #bytes do
        local byte = bytes:byte(i)
        for bit = 7, 0, -1 do
            code, length = code << 1 | byte >> bit & 1, length + 1
            local symbol = length <= 30 and symbol_of[length][code]
            if symbol then
                symbols[#symbols + 1] = symbol
                code, length = 0, 0
            end
        end
    end
    return table.concat(symbols)
end

local function read_integer(block, at, bits)
    local mask = (1 << bits) - 1
    local value = block:byte(at) & mask
    at = at + 1
    if value == mask then
        local shift = 0
        repeat
            local byte = block:byte(at)
            value = value + ((byte & 127) << shift)
            shift, at = shift + 7, at + 1
        until byte < 128
    end
    return value, at
end

local function write_integer(value, bits, flags)
    local mask = (1 << bits) - 1
    if value < mask then
        return string.char(flags | value)
    end
    local bytes = { string.char(flags | mask) }
    value = value - mask
    while value >= 128 do
        bytes[#bytes + 1] = string.char(value & 127 | 128)
        value = value >> 7
    end
    bytes[#bytes + 1] = string.char(value)
    return table.concat(bytes)
end

-- A string as { raw = as encoded, text = what it says }.
local function read_string(block, at)
    local start, is_huffman = at, block:byte(at) >= 128
    local length
    length, at = read_integer(block, at, 7)
    local text = block:sub(at, at + length - 1)
    return {
        raw = block:sub(start, at + length - 1),
        text = is_huffman and unhuffman(text) or text,
    }, at + length
end

local function plain(text)
    return { raw = write_integer(#text, 7, 0) .. text, text = text }
end

function hpack.new()
    return setmetatable({ entries = {}, size = 0, limit = 4096, updates = "" }, hpack)
end

local function evict(self)
    while self.size > self.limit do
        self.size = self.size - table.remove(self.entries).size
    end
end

local function remember(self, name, value)
    local entry = { name = name, value = value, size = #name.text + #value.text + 32 }
    table.insert(self.entries, 1, entry)
    self.size = self.size + entry.size
    evict(self)
end

local function entry_at(self, index)
    local entry = self.entries[index - #static_names]
    return entry or error("a header block refers to nothing", 0)
end

-- A literal that no decoder remembers; flags 0x10 keep "never indexed".
local function literal(flags, index, name, value)
    if index > 0 and index <= #static_names then
        return write_integer(index, 4, flags) .. value.raw
    end
    return string.char(flags) .. name.raw .. value.raw
end

local function read_indexed(self, block, at)
    local index, next_at = read_integer(block, at, 7)
    if index <= #static_names then
        return block:sub(at, next_at - 1), next_at, static_names[index], static_values[index]
    end
    local entry = entry_at(self, index)
    return literal(0, 0, entry.name, entry.value), next_at, entry.name.text, entry.value.text
end

local function read_literal(self, block, at, bits)
    local first = block:byte(at)
    local index, name, value
    index, at = read_integer(block, at, bits)
    if index == 0 then
        name, at = read_string(block, at)
    elseif index <= #static_names then
        name = plain(static_names[index])
    else
        name = entry_at(self, index).name
    end
    value, at = read_string(block, at)
    if bits == 6 then
        remember(self, name, value)
    end
    local flags = bits == 4 and first & 0x10 or 0
    return literal(flags, index, name, value), at, name.text, value.text
end

local function read_update(self, block, at)
    local start = at
    self.limit, at = read_integer(block, at, 5)
    evict(self)
    self.updates = self.updates .. block:sub(start, at - 1)
    return at
end

-- The block rewritten, and its pseudo header fields. Size updates are kept for hpack:pending().
function hpack:translate(block)
    local out, pseudo, at = {}, {}, 1
    while at <= #block do
        local first = block:byte(at)
        local bytes, name, value
        if first >= 0x80 then
            bytes, at, name, value = read_indexed(self, block, at)
        elseif first >= 0x40 then
            bytes, at, name, value = read_literal(self, block, at, 6)
        elseif first >= 0x20 then
            at = read_update(self, block, at)
        else
            bytes, at, name, value = read_literal(self, block, at, 4)
        end
        out[#out + 1] = bytes
        if name and name:byte() == 58 then
            pseudo[name] = value
        end
    end
    return table.concat(out), pseudo
end

-- Table size updates that the other side has to see, at the head of the next block it gets.
function hpack:pending()
    local updates = self.updates
    self.updates = ""
    return updates
end

return hpack
