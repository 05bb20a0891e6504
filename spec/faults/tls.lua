-- TLS on either side of the proxy.

local context = require "openssl.ssl.context"
local pkey = require "openssl.pkey"
local ssl = require "openssl.ssl"
local store = require "openssl.x509.store"
local x509 = require "openssl.x509"
local chain = require "openssl.x509.chain"

local tls = {}

local function read_file(path)
    local file = assert(io.open(path, "rb"))
    local text = assert(file:read("a"))
    file:close()
    return text
end

local function certificates(path)
    local list = {}
    for pem in read_file(path):gmatch("%-%-%-%-%-BEGIN CERT.-END CERTIFICATE%-%-%-%-%-\n?") do
        list[#list + 1] = x509.new(pem)
    end
    assert(list[1], path .. " holds no certificate")
    return list
end

-- For what clients connect to. The first of our protocols that the client knows is taken.
function tls.accepting(cert_file, key_file, protocols)
    local ctx = context.new("TLS", true)
    local list = certificates(cert_file)
    ctx:setCertificate(list[1])
    ctx:setPrivateKey(pkey.new(read_file(key_file)))
    if list[2] then
        local others = chain.new()
        for i = 2, #list do
            others:add(list[i])
        end
        ctx:setCertificateChain(others)
    end
    ctx:setAlpnSelect(function(_, offered)
        for _, protocol in ipairs(protocols) do
            for _, candidate in ipairs(offered) do
                if candidate == protocol then
                    return protocol
                end
            end
        end
    end)
    return ctx
end

-- For the target, verified against the CA.
function tls.connecting(ca_file)
    local ctx = context.new("TLS", false)
    local trusted = store.new()
    for _, certificate in ipairs(certificates(ca_file)) do
        trusted:add(certificate)
    end
    ctx:setStore(trusted)
    ctx:setVerify(ssl.VERIFY_PEER)
    return ctx
end

function tls.connection(ctx, name, protocol)
    local connection = ssl.new(ctx)
    connection:setHostName(name)
    connection:setAlpnProtos({ protocol })
    return connection
end

return tls
