-- What stands behind the proxy in these specs: an nginx of our own on free ports, and a certificate.

local socket = require "cqueues.socket"

local target = {}
target.__index = target

local BIG = 5000000

local configuration = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
worker_processes 1;
daemon off;
user root;
pid DIR/nginx.pid;
error_log DIR/error.log;
events { worker_connections 1024; }
http {
    access_log DIR/access.log;
    root DIR/www;
    client_max_body_size 20m;
    client_body_buffer_size 10m;
    keepalive_requests 100000;
    client_body_temp_path DIR/body;
    proxy_temp_path DIR/proxy;
    fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi;
    scgi_temp_path DIR/scgi;
    server {
        listen 127.0.0.1:CLEAR;
        listen 127.0.0.1:TLS ssl http2;
        ssl_certificate DIR/cert.pem;
        ssl_certificate_key DIR/key.pem;
        location = /hello { return 200 "hello\n"; }
        location = /size {
            content_by_lua_block {
                ngx.req.read_body()
                ngx.say(#(ngx.req.get_body_data() or ""))
            }
        }
        location = /chunks {
            content_by_lua_block {
                for i = 1, 20 do
                    ngx.say(("x"):rep(i))
                    ngx.flush(true)
                end
            }
        }
        location = /slow {
            content_by_lua_block {
                ngx.sleep(0.2)
                ngx.say("slow")
            }
        }
    }
}
]]

function target.run(...)
    local command = table.concat({ ... }, " ")
    assert(os.execute(command), command)
end

function target.write(path, text)
    local file = assert(io.open(path, "wb"))
    assert(file:write(text))
    assert(file:close())
end

function target.read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read("a")
    file:close()
    return text
end

local function free_port()
    local listener = assert(socket.listen { host = "127.0.0.1", port = 0 })
    assert(listener:listen())
    local _, _, port = listener:localname()
    listener:close()
    return port
end

function target.directory()
    local pipe = assert(io.popen("mktemp -d"))
    local path = pipe:read("l")
    pipe:close()
    return path
end

local function certify(directory)
    target.run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2",
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", directory .. "/key.pem", "-out", directory .. "/cert.pem 2>/dev/null")
end

-- A directory with cert.pem and key.pem, for localhost and 127.0.0.1.
function target.certificate()
    local directory = target.directory()
    certify(directory)
    return directory
end

local function wait_until(what, holds)
    for _ = 1, 500 do
        if holds() then
            return
        end
        os.execute("sleep 0.01")
    end
    error(what .. " doesn't come")
end

target.wait_until = wait_until

function target.start()
    local self = setmetatable({
        directory = target.directory(),
        clear = free_port(),
        tls = free_port(),
    }, target)
    local directory = self.directory
    certify(directory)
    target.run("chmod 755", directory)
    target.run("mkdir", directory .. "/www")
    for _, name in ipairs { "big", "big1", "big2", "big3", "big4" } do
        target.run("head -c", BIG, "/dev/urandom >", directory .. "/www/" .. name)
    end
    local text = configuration:gsub("CLEAR", self.clear):gsub("TLS", self.tls):gsub("DIR", directory)
    target.write(directory .. "/nginx.conf", text)
    self.pipe = assert(io.popen("exec nginx -p " .. directory .. " -c nginx.conf 2>" .. directory
        .. "/start.log", "w"))
    wait_until("nginx", function()
        return os.execute(("curl -s -o /dev/null http://127.0.0.1:%d/hello"):format(self.clear))
    end)
    return self
end

-- How many requests arrived at the target.
function target:requests()
    local count = 0
    for _ in io.lines(self.directory .. "/access.log") do
        count = count + 1
    end
    return count
end

-- Fetches four different files of 5 MB twice each, all at once, and compares them.
function target:check_big_ones(flags, url)
    local out = self.directory .. "/out"
    target.run("curl -sqZ", flags, "-o", "'" .. out .. "#1-#2'", "'" .. url .. "/big[1-4]?[1-2]'",
        "2>/dev/null")
    for i = 1, 4 do
        for copy = 1, 2 do
            local name = out .. i .. "-" .. copy
            target.run("cmp", name, self.directory .. "/www/big" .. i)
            os.remove(name)
        end
    end
end

function target:stop()
    target.run("kill -TERM $(cat " .. self.directory .. "/nginx.pid)")
    self.pipe:close()
    target.run("rm -r", self.directory)
end

return target
