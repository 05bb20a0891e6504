-- What not all of Lua 5.1 to 5.4 and LuaJIT have is no part of "min". The few names that the module
-- takes where they exist (`table.unpack or unpack`) are listed.
std = "min"
max_line_length = 110
read_globals = {
  "unpack", "jit", coroutine = { fields = { "isyieldable" } }, table = { fields = { "unpack", "pack" } },
  math = { fields = { "type" } },
}

files["lua/spreetail/loop/ngx.lua"] = { read_globals = { "ngx" } }
files["lua/spreetail/loop/luv.lua"] = { read_globals = { "vim" } }
files["lua/spreetail/store/ngx_shdict.lua"] = { read_globals = { "ngx" } }
files["spec"] = { std = "max+busted" }
files["examples"] = { std = "max", read_globals = { "ngx" } }
files["examples/nginx_orders.lua"] = { globals = { "ngx" } }
files["examples/nginx_outbox.lua"] = { globals = { "ngx" } }
files["examples/love"] = { std = "max+love" }
files["bench"] = { std = "max" }
files["spec/hosts/nginx"] = { std = "max", read_globals = { "app" }, globals = { "ngx" } }
files["spec/hosts/neovim"] = { std = "max", read_globals = { "vim" }, globals = { "vim.loop", "vim.notify" } }
files["spec/hosts/love"] = { std = "max+love", globals = { "love.graphics" } }
files["spec/hosts/haproxy"] = { std = "max", read_globals = { "core" } }
files["spec/hosts/lighttpd"] = { std = "max", globals = { "lighty" } }
files["spec/hosts/embedded"] = { std = "max", globals = { "frame" }, read_globals = { "name" } }
files["sandbox"] = { std = "ngx_lua" }
files["bench/server"] = { std = "ngx_lua" }
files["bench/clients/nginx"] = { std = "max", globals = { "ngx" } }
files["spec/hosts/mpv"] = { std = "max", read_globals = { "mp" } }
