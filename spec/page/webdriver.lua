-- A headless Chromium, driven through chromedriver: as much of the WebDriver protocol as these specs need.

local cjson = require "cjson"
local socket = require "cqueues.socket"

local webdriver = {}

local browser = {}
browser.__index = browser

-- The name under which the protocol passes elements.
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

-- Keys that are no letters, as the protocol writes them.
local KEYS = {
  Tab = "\u{E004}", Enter = "\u{E007}", Escape = "\u{E00C}", Space = " ",
}

local function shell(command)
  local pipe = assert(io.popen(command, "r"))
  local output = pipe:read "a"
  pipe:close()
  return output
end

local function read_answer(connection)
  local status = assert(connection:read "*l", "chromedriver said nothing"):match "^HTTP/1.1 (%d+)"
  local length
  for line in connection:lines "*l" do
    length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: *(%d+)") or length
    if line:match "^\r?$" then
      break
    end
  end
  return status, assert(connection:read(length))
end

-- It leaves the connection open, so we close it.
local function exchange(port, method, path, body)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:setmode("b", "bf")
  connection:settimeout(30)
  assert(connection:write(("%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
    .. "Content-Length: %d\r\n\r\n%s"):format(method, path, port, #body, body)))
  assert(connection:flush())
  local status, text = read_answer(connection)
  connection:close()
  local value = cjson.decode(text).value
  if status ~= "200" then
    error(("%s %s: %s"):format(method, path, value.message), 0)
  end
  return value
end

-- A child of ours, so that it ends with us whatever happens; port 0 makes it choose a free one.
local function start_driver(directory)
  local process = io.popen(("cd %s; echo $$ > pid; exec setpriv --pdeathsig TERM "
    .. "chromedriver --port=0 > log 2>&1"):format(directory), "w")
  for _ = 1, 500 do
    local log = shell(("cat %s/log 2> /dev/null"):format(directory))
    local port = log:match "started successfully on port (%d+)"
    if port then
      return process, tonumber(port)
    end
    shell "sleep 0.02"
  end
  error("chromedriver did not start: " .. shell(("cat %s/log"):format(directory)))
end

local function capabilities(directory)
  return {
    capabilities = {
      alwaysMatch = {
        browserName = "chrome",
        ["goog:loggingPrefs"] = { browser = "ALL" },
        ["goog:chromeOptions"] = {
          args = {
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--force-device-scale-factor=1",
            "--user-data-dir=" .. directory .. "/profile", "--window-size=1280,1000",
          },
        },
      },
    },
  }
end

--- Starts a browser with a profile of its own; `stop` ends it.
function webdriver.start()
  local directory = shell "mktemp -d":match "%S+"
  local process, port = start_driver(directory)
  local self = setmetatable({ directory = directory, process = process, port = port }, browser)
  local ok, session = pcall(exchange, port, "POST", "/session", cjson.encode(capabilities(directory)))
  if not ok then
    self:stop()
    error(session, 0)
  end
  self.session = session.sessionId
  return self
end

function browser:command(method, path, body)
  local text = body and cjson.encode(body) or (method == "POST" and "{}" or "")
  return exchange(self.port, method, "/session/" .. self.session .. path, text)
end

function browser:stop()
  if self.session then
    pcall(browser.command, self, "DELETE", "")
  end
  shell(("kill $(cat %s/pid)"):format(self.directory))
  self.process:close() -- waits for it
  shell("rm -rf " .. self.directory)
end

function browser:go(url) self:command("POST", "/url", { url = url }) end

--- What the body of a function comes to in the page; its arguments are `arguments[0]`...
function browser:run(script, ...)
  local arguments = { ... }
  local list = #arguments > 0 and cjson.encode(arguments) or "[]"
  local text = ('{"script":%s,"args":%s}'):format(cjson.encode(script), list)
  local value = exchange(self.port, "POST", "/session/" .. self.session .. "/execute/sync", text)
  if value ~= cjson.null then
    return value
  end
end

--- Waits until a script comes to something, and returns that; fails after so many seconds (default: 5).
function browser:await(script, seconds)
  local tries = math.ceil((seconds or 5) / 0.02)
  for _ = 1, tries do
    local value = self:run(script)
    if value then
      return value
    end
    shell "sleep 0.015"
  end
  error("in vain: " .. script, 2)
end

--- Clicks with the mouse on the element that the selector finds.
function browser:click(selector)
  local found = self:command("POST", "/element", { using = "css selector", value = selector })
  self:command("POST", "/element/" .. found[ELEMENT] .. "/click")
end

--- Presses a key, a letter or one of those above, whatever has the focus.
function browser:press(key)
  local value = KEYS[key] or key
  local actions = { { type = "keyDown", value = value }, { type = "keyUp", value = value } }
  self:command("POST", "/actions", { actions = { { type = "key", id = "keyboard", actions = actions } } })
end

function browser:type(text)
  for _, code in utf8.codes(text) do
    self:press(utf8.char(code))
  end
end

--- A command of Chromium's own protocol.
function browser:chromium(name, parameters)
  return self:command("POST", "/goog/cdp/execute", { cmd = name, params = parameters })
end

--- As if the window had this size, on a phone or not.
function browser:resize(width, height, phone)
  self:chromium("Emulation.setDeviceMetricsOverride",
    { width = width, height = height, deviceScaleFactor = phone and 2 or 1, mobile = phone or false })
end

--- As if the system preferred this: `prefer("color-scheme", "dark")`.
function browser:prefer(feature, value)
  self:chromium("Emulation.setEmulatedMedia",
    { features = { { name = "prefers-" .. feature, value = value } } })
end

--- What the console has said since it was last asked, as "LEVEL message".
function browser:console()
  local lines = {}
  for _, entry in ipairs(self:command("POST", "/se/log", { type = "browser" })) do
    lines[#lines + 1] = entry.level .. " " .. entry.message
  end
  return lines
end

--- Writes what is seen as a PNG.
function browser:screenshot(file)
  local base64 = self:command("GET", "/screenshot")
  local pipe = assert(io.popen("base64 -d > " .. file, "w"))
  pipe:write(base64)
  pipe:close()
end

return webdriver
