--- The page's files. They are read once, in the master: a worker may run as a user who can't.

local page = {}

local TYPES = { html = "text/html", css = "text/css", mjs = "text/javascript", svg = "image/svg+xml" }
local NAMES = {
  "index.html", "page.css", "icon.svg", "start.mjs", "feed.mjs", "control.mjs", "notice.mjs", "element.mjs",
  "format.mjs", "totals.mjs", "environment.mjs", "history.mjs", "chart.mjs", "orders.mjs", "dispatch.mjs",
  "faults.mjs", "presets.mjs", "requests.mjs", "logins.mjs",
}

-- Nothing from elsewhere, no text that is taken for HTML or a program, in no other site's frame.
local POLICY = table.concat({
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  "require-trusted-types-for 'script'", "trusted-types 'none'",
}, "; ")

local HEADERS = {
  ["Content-Security-Policy"] = POLICY,
  ["X-Frame-Options"] = "DENY",
  ["X-Content-Type-Options"] = "nosniff",
  ["Referrer-Policy"] = "no-referrer",
  ["Cross-Origin-Opener-Policy"] = "same-origin",
  ["Cross-Origin-Resource-Policy"] = "same-origin",
  ["Cache-Control"] = "no-store",
}

local files = {}

--- Takes the files' contents: `read` returns a file's.
function page.load(read)
  for _, name in ipairs(NAMES) do
    files["/" .. name] = { body = read(name), type = TYPES[name:match "%.(%w+)$"] .. "; charset=utf-8" }
  end
  files["/"] = files["/index.html"]
end

function page.serve()
  local file = files[ngx.var.request_uri:match "^[^?]*"]
  if not file then
    return ngx.exit(404)
  end
  if ngx.req.get_method() ~= "GET" and ngx.req.get_method() ~= "HEAD" then
    return ngx.exit(405)
  end
  for name, value in pairs(HEADERS) do ngx.header[name] = value end
  ngx.header["Content-Type"] = file.type
  ngx.header["Content-Length"] = #file.body
  ngx.print(file.body)
end

return page
