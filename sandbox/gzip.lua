--- gzip through the zlib that nginx is linked with. A body made of one unit many times is
-- compressed once: blocks that end with a full flush may be repeated in one deflate stream, so
-- a bomb of any size costs next to nothing here.

local ffi = require "ffi"

ffi.cdef [[
  typedef struct {
    const char *next_in; unsigned int avail_in; unsigned long total_in;
    char *next_out; unsigned int avail_out; unsigned long total_out;
    const char *msg; void *state;
    void *zalloc; void *zfree; void *opaque;
    int data_type; unsigned long adler; unsigned long reserved;
  } sandbox_z_stream;
  const char *zlibVersion(void);
  int deflateInit2_(sandbox_z_stream *stream, int level, int method, int window_bits, int memory,
                    int strategy, const char *version, int stream_size);
  int deflate(sandbox_z_stream *stream, int flush);
  int deflateEnd(sandbox_z_stream *stream);
  unsigned long crc32(unsigned long crc, const char *bytes, unsigned int length);
  unsigned long crc32_combine(unsigned long first, unsigned long second, long second_length);
]]

local C = ffi.C
local Z_FULL_FLUSH, Z_FINISH = 3, 4
local LEVEL, DEFLATED, RAW_WINDOW, MEMORY, STRATEGY = 6, 8, -15, 8, 0
local HEADER = "\31\139\8\0\0\0\0\0\0\255"

local gzip = {}

local function deflate(text, flush)
  local stream = ffi.new("sandbox_z_stream")
  local size = #text + math.floor(#text / 1000) + 64
  local out = ffi.new("char[?]", size)
  local started = C.deflateInit2_(stream, LEVEL, DEFLATED, RAW_WINDOW, MEMORY, STRATEGY,
    C.zlibVersion(), ffi.sizeof(stream))
  assert(started == 0, "deflateInit2 failed")
  stream.next_in, stream.avail_in = text, #text
  stream.next_out, stream.avail_out = out, size
  C.deflate(stream, flush)
  C.deflateEnd(stream)
  assert(stream.avail_in == 0 and stream.avail_out > 0, "deflate ran out of room")
  return ffi.string(out, size - stream.avail_out)
end

local function crc_of(text)
  return C.crc32(0, text, #text)
end

local function little_endian(number)
  local value = tonumber(number) % 2 ^ 32
  local bytes = {}
  for index = 1, 4 do
    bytes[index] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(bytes)
end

function gzip.compress(text)
  return HEADER .. deflate(text, Z_FINISH) .. little_endian(crc_of(text)) .. little_endian(#text)
end

--- The same for head .. unit:rep(count) .. tail, as the three parts of that formula.
function gzip.compress_repeated(head, unit, count, tail)
  local crc, unit_crc = crc_of(head), crc_of(unit)
  for _ = 1, count do crc = C.crc32_combine(crc, unit_crc, #unit) end
  crc = C.crc32_combine(crc, crc_of(tail), #tail)
  local length = #head + #unit * count + #tail
  return HEADER .. deflate(head, Z_FULL_FLUSH), deflate(unit, Z_FULL_FLUSH),
    deflate(tail, Z_FINISH) .. little_endian(crc) .. little_endian(length)
end

return gzip
