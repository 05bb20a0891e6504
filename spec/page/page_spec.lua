-- The sandbox's page as people see it, in a headless Chromium. Pictures of it are in build/page.

local cjson = require "cjson"
local files = require "spec.files"
local sandbox = require "spec.lua.sandbox"
local webdriver = require "spec.page.webdriver"

local PAGE = sandbox.variable "SANDBOX_PAGE_URL"
local PICTURES = "build/page"
local NASTY = [[<img src=x onerror="document.title='taken'">]]

local browser, client

-- What goes wrong in a page without anybody seeing it.
local WATCH = [[
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
]]

local function now()
  local file = io.open "/proc/uptime"
  local seconds = file:read "n"
  file:close()
  return seconds
end

local function open()
  browser:go(PAGE)
  browser:await "return document.body.dataset.state === 'live'"
end

local function create(reference, changes)
  assert.truthy(client:create_order(sandbox.order(reference, changes)))
end

-- JavaScript: the row of an order, or null.
local function row(reference)
  return ("[...document.querySelectorAll('#orders tbody tr')].find((tr) => "
    .. "tr.querySelector('a').textContent === %s)"):format(cjson.encode(reference))
end

local function await_order(reference, status, seconds)
  return browser:await(("const tr = %s; return tr && tr.querySelector('.status').textContent === %s")
    :format(row(reference), cjson.encode(status)), seconds)
end

local function button(label) return ("[aria-label='%s']"):format(label) end

local function await_switch(label, on)
  browser:await(("return document.querySelector(%q).ariaChecked === '%s'"):format(button(label), on))
end

-- Tab, until what has the focus has this label or text. What has the focus is always seen to have it.
local function tab_to(label)
  for _ = 1, 60 do
    browser:press "Tab"
    local name = browser:run [[
      const node = document.activeElement;
      return getComputedStyle(node).outlineStyle === "none" ? "no outline: " + node.outerHTML
        : node.ariaLabel ?? node.textContent;]]
    assert.is_nil(name:match "^no outline", name)
    if name == label then
      return
    end
  end
  error("Tab does not come to " .. label)
end

local function picture(name) browser:screenshot(PICTURES .. "/" .. name .. ".png") end

describe("the sandbox's page", function()
  setup(function()
    os.execute("mkdir -p " .. PICTURES)
    browser = webdriver.start()
    browser:chromium("Page.addScriptToEvaluateOnNewDocument", { source = WATCH })
  end)
  teardown(function() browser:stop() end)

  before_each(function()
    sandbox.reset()
    client = sandbox.tls_client { retries = 0 }
    browser:resize(1280, 1000)
    browser:prefer("color-scheme", "light")
    browser:console()
    open()
  end)

  -- Whatever a test did: nothing failed in the page, and nothing was asked of it that its policy forbids.
  after_each(function()
    client:close()
    local violations = browser:run "return window.violations"
    local console = browser:console()
    sandbox.reset()
    assert.same({}, violations)
    assert.same({}, console)
  end)

  it("says how to send the first order, in lines that work", function()
    assert.is_true(browser:run "return document.querySelector('#first-order').checkVisibility()")
    picture "empty"
    local lines = browser:run "return document.querySelector('#environment').textContent"
    assert.matches("create_order.lua R%-1\n$", lines)
    local script = os.tmpname()
    files.write(script, lines)
    assert.is_true(os.execute(("sh -eu %s > /dev/null"):format(script)))
    os.remove(script)
    await_order("R-1", "Pending")
    assert.is_false(browser:run "return document.querySelector('#first-order').checkVisibility()")
  end)

  it("shows an order within a second of its being sent", function()
    for index = 1, 5 do
      local reference, sent = "QUICK-" .. index, now()
      create(reference)
      await_order(reference, "Pending", 2)
      local seconds = now() - sent
      assert.is_true(seconds < 1, seconds)
    end
  end)

  it("shows what is paid for, the newest first", function()
    create("A-1", { PostalServiceCost = 4.5 })
    create "A-2"
    await_order("A-2", "Pending")
    local shown = browser:run [[
      return [...document.querySelectorAll("#orders tbody tr")].map((tr) => [...tr.cells].slice(0, 4)
        .map((cell) => cell.textContent).join("|"))]]
    assert.same({ "A-2|Pending||9.99 EUR", "A-1|Pending||14.49 EUR" }, shown)
  end)

  it("plays the warehouse: what its buttons do is what the client is told", function()
    for _, reference in ipairs { "P", "D", "C" } do
      create(reference)
    end
    await_order("C", "Pending")
    browser:click(button "Process P")
    await_order("P", "Processed")
    assert.equal("Processed", client:get_order("P").Status)

    browser:click(button "Cancel C")
    await_order("C", "Cancelled")
    assert.equal("Cancelled", client:get_order("C").Status)

    browser:click(button "Dispatch D")
    browser:run "document.querySelector('#tracking').value = 'T-1'"
    browser:click "#dispatch .main"
    await_order("D", "Processed")
    local order = client:get_order "D"
    assert.same({ "Processed", "T-1", "DHL" }, { order.Status, order.TrackingNumber, order.Carrier })
    assert.matches("T%-1 DHL", browser:await(("return %s.textContent"):format(row "D")))
  end)

  it("offers what can be done to an order, and no more", function()
    create "P"
    await_order("P", "Pending")
    browser:click(button "Process P")
    await_order("P", "Processed")
    browser:click(button "Cancel P") -- which it says is not to be had
    browser:click(button "Process P")
    create "Q"
    await_order("Q", "Pending")
    assert.equal("Processed", client:get_order("P").Status)
    assert.same({ "true", "false", "true" }, browser:run(("return [...%s.querySelectorAll('button')]"
      .. ".map((each) => each.ariaDisabled)"):format(row "P")))
  end)

  it("shows what the client does to an order itself", function()
    create "S"
    await_order("S", "Pending")
    assert.truthy(client:cancel_order "S")
    await_order("S", "Cancelled")
  end)

  it("makes the next call fail at the click of a switch, and the one after the next click succeed", function()
    browser:click(button "Orders answer 503")
    await_switch("Orders answer 503", true)
    local order, err = client:create_order(sandbox.order "F-1")
    assert.is_nil(order)
    assert.same({ "server", 503 }, { err.kind, err.status })
    browser:await "return /met 1 request/.test(document.querySelector('#rules').textContent)"

    browser:click(button "Orders answer 503")
    await_switch("Orders answer 503", false)
    create "F-1"
    browser:await "return document.querySelector('#requests .tag')?.textContent === 'Orders answer 503'"
  end)

  it("has a switch for each fault, every one of which the sandbox takes", function()
    local labels = browser:run "return [...document.querySelectorAll('.switch')].map((it) => it.ariaLabel)"
    assert.is_true(#labels >= 8)
    for _, label in ipairs(labels) do
      browser:click(button(label))
      await_switch(label, true)
    end
    assert.equal(#labels, #sandbox.control("GET", "/faults"))
    assert.equal("", browser:run "return document.querySelector('#complaint').textContent")
  end)

  it("takes a rule of one's own, shows those that others add, and removes them", function()
    browser:click "#faults summary"
    browser:click "#rule-form button"
    browser:await "return document.querySelectorAll('#rules code').length === 1"
    local rule = sandbox.control("GET", "/faults")[1]
    assert.same({ "/outbound", 503, 2 }, { rule.path, rule.status, rule.times })
    sandbox.fault { path = "/inventory", status = 500 }
    browser:await "return document.querySelectorAll('#rules code').length === 2"
    browser:click "#rules li:last-child > button:last-child"
    browser:await "return document.querySelectorAll('#rules code').length === 1"
    assert.equal(1, #sandbox.control("GET", "/faults"))
  end)

  it("says what is wrong with a rule", function()
    browser:click "#faults summary"
    browser:run [[document.querySelector('#rule').value = '{"sttaus": 503}']]
    browser:click "#rule-form button"
    browser:await "return /unknown field.*sttaus/.test(document.querySelector('#complaint').textContent)"
    assert.matches("status of 400", table.concat(browser:console())) -- Chromium notes what was refused
  end)

  it("shows logins and what becomes of tokens, and no token", function()
    assert.truthy(client:login())
    local function await_state(pattern)
      return browser:await(("const tr = document.querySelector('#logins tbody tr');"
        .. "return tr && %s.test(tr.textContent) && tr.textContent"):format(pattern))
    end
    local text = await_state "/valid for 24 h/"
    assert.matches("…[%w_-]+", text)
    browser:click "#revoke"
    await_state "/revoked/"
    assert.truthy(client:get_order "none" == nil)
    await_state "/valid for 24 h/"
    sandbox.fault { token_life = 1 }
    assert.truthy(client:login())
    await_state "/expired/"
  end)

  it("puts what it is sent in as text, whatever that is", function()
    create(NASTY, { OrderItems = { { SKU = NASTY, ItemTitle = NASTY, Qty = 1, PricePerUnit = 1, TaxRate = 0,
      OrderLineNumber = "1" } } })
    sandbox.control("POST", "/faults", { name = NASTY, path = "/" .. NASTY, status = 500 })
    await_order(NASTY, "Pending")
    local path = NASTY:gsub("%W", function(each) return ("%%%02X"):format(each:byte()) end)
    sandbox.control("POST", "/orders/" .. path, { status = NASTY, tracking_number = NASTY, carrier = NASTY })
    await_order(NASTY, NASTY)
    browser:click "#orders tbody button:nth-child(2)" -- a dialog with its name in it
    browser:press "Escape"
    os.execute [[curl -s -o /dev/null "$SANDBOX_PLAIN_URL/<img/src=x/onerror=alert(1)>"]]
    browser:await "return document.querySelector('#requests tbody').textContent.includes('<img/src=x/')"
    assert.equal(0, browser:run "return document.querySelectorAll('body img, body script').length")
    assert.equal("Sandbox", browser:run "return document.title")
  end)

  it("runs no program and shows nothing that is not its own", function()
    browser:run [[
      const script = document.createElement("script");
      try { script.text = "document.title = 'taken'"; } catch (error) { window.refused = error.name; }
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "http://127.0.0.2:1/x.png";
      document.body.append(image);]]
    browser:await "return violations.length >= 2"
    assert.same({ "TypeError", "Sandbox" }, browser:run "return [window.refused, document.title]")
    browser:run "window.violations = []"
    browser:console()
  end)

  it("does nothing for another site's page, and tells it nothing", function()
    browser:go((PAGE:gsub("127%.0%.0%.1", "localhost")) .. "nothing")
    browser:run([[
      window.heard = [];
      const hear = (promise) => promise.then((it) => heard.push(it.type), (error) => heard.push(error.name));
      const rule = '{"status": 500}';
      hear(fetch(`${arguments[0]}__sandbox/faults`, { method: "POST", mode: "no-cors", body: rule }));
      hear(fetch(`${arguments[0]}__sandbox/news`));]], PAGE)
    assert.same({ "TypeError", "opaque" }, browser:await "return heard.length === 2 && heard.sort()")
    assert.same({}, sandbox.control("GET", "/faults"))
    browser:console()
    open()
  end)

  it("can be used with the keyboard alone", function()
    for _, reference in ipairs { "K-1", "K-2" } do
      create(reference)
    end
    await_order("K-2", "Pending")
    browser:press "Tab"
    assert.equal("Orders", browser:run "return document.activeElement.textContent")
    browser:press "Enter"
    tab_to "Process K-2"
    browser:press "Enter"
    await_order("K-2", "Processed")
    assert.equal("Process K-2", browser:run "return document.activeElement.ariaLabel") -- the focus has stayed

    tab_to "Dispatch K-1"
    browser:press "Space"
    browser:type "T-9"
    browser:press "Enter"
    await_order("K-1", "Processed")
    assert.equal("T-9", client:get_order("K-1").TrackingNumber)
    assert.equal("Dispatch K-1", browser:run "return document.activeElement.ariaLabel")

    browser:press "Enter" -- it has been dispatched: no dialog
    assert.is_false(browser:run "return document.querySelector('dialog').open")
    tab_to "Orders answer 503"
    browser:press "Space"
    await_switch("Orders answer 503", true)
    assert.is_nil((client:create_order(sandbox.order "K-3")))
    browser:press "Enter"
    await_switch("Orders answer 503", false)
    create "K-3"
  end)

  it("closes the dialog with Escape, and does nothing then", function()
    create "E"
    await_order("E", "Pending")
    browser:click(button "Dispatch E")
    browser:type "T"
    browser:press "Escape"
    assert.is_false(browser:run "return document.querySelector('dialog').open")
    assert.equal("Pending", client:get_order("E").Status)
  end)

  it("tells those who hear it what has come, once for many", function()
    for index = 1, 3 do
      create("H-" .. index)
    end
    local heard = browser:await "return document.querySelector('#announcement').textContent || null"
    assert.matches("^%d new orders?", heard)
    assert.equal("polite", browser:run "return document.querySelector('#announcement').ariaLive")
    assert.same({}, browser:run [[
      return [...document.querySelectorAll("button, input, textarea, [tabindex='0'], svg")]
        .filter((node) => !node.ariaLabel && !node.textContent.trim() && !node.labels?.length
          && !node.getAttribute("aria-labelledby")).map((node) => node.outerHTML)]])
  end)

  it("moves nothing for those who want nothing moved", function()
    local function moving(reference)
      create(reference)
      await_order(reference, "Pending")
      return browser:run(("return getComputedStyle(%s).animationName"):format(row(reference)))
    end
    assert.equal("arrive", moving "M-1")
    browser:prefer("reduced-motion", "reduce")
    assert.equal("none", moving "M-2")
  end)

  describe("with much on it", function()
    local LONG = ("LONG-%s"):format(("0123456789"):rep(30))

    before_each(function()
      local orders = {}
      for index = 1, 30 do
        orders[index] = sandbox.order("R-" .. 1000 + index)
      end
      client:create_orders(orders)
      create(LONG)
      create "R-2000"
      sandbox.control("POST", "/orders/R-2000", { tracking_number = ("JD01"):rep(12), carrier = "DHL" })
      sandbox.control("POST", "/orders/R-1030", { tracking_number = "JD014600003828", carrier = "DHL" })
      sandbox.control("POST", "/orders/R-1029", { status = "Cancelled" })
      sandbox.control("POST", "/orders/R-1028", { status = "Processed" })
      sandbox.control("POST", "/orders/R-1027", { status = "OnHold" })
      sandbox.fault { path = "/order/R-1001", delay = 0.12, times = 20 }
      sandbox.fault { name = "Warehouse is asleep", path = "/inventory", status = 503 }
      for _ = 1, 3 do
        for index = 1, 25 do
          client:get_order("R-" .. 1000 + index)
        end
        client:get_order(LONG)
        client:get_order "none"
        client:inventory()
        os.execute "sleep 0.7"
      end
      local stranger = sandbox.client { client_id = "stranger-in-town", client_secret = "guessed" }
      stranger:login()
      stranger:close()
      browser:click "#faults summary"
      await_order("R-2000", "Processed")
      browser:await "return document.querySelectorAll('#logins tbody tr').length === 2"
      browser:await "return /median/.test(document.querySelector('#latency-figures').textContent)"
    end)

    it("fits every window, down to a small phone", function()
      local overflow = files.read "spec/page/overflow.js"
      for _, width in ipairs { 320, 360, 412, 600, 736, 768, 992, 1024, 1280, 1920 } do
        browser:resize(width, 780, width < 600)
        browser:await("return innerWidth === " .. width)
        assert.same({}, browser:run(overflow), width)
      end
    end)

    it("can be read, light and dark, on a desk and on a phone", function()
      local contrast = files.read "spec/page/contrast.js"
      local grounds = {}
      for _, scheme in ipairs { "light", "dark" } do
        browser:prefer("color-scheme", scheme)
        browser:resize(1280, 1250)
        assert.same({}, browser:run(contrast), scheme)
        picture(scheme)
        browser:resize(390, 1800, true)
        picture("phone-" .. scheme)
        grounds[scheme] = browser:run "return getComputedStyle(document.body).backgroundColor"
      end
      assert.not_equal(grounds.light, grounds.dark)
    end)

    it("draws what came in, and says it", function()
      local strokes = browser:run [[
        return ["ok", "refused", "failed", "median", "slow"].map((kind) =>
          document.querySelector(`svg path.${kind}`).getAttribute("d").split("M").length - 1)]]
      for index, count in ipairs(strokes) do
        assert.is_true(count >= 1, index)
      end
      assert.matches("^[%d,]+ now, %d+ at most$",
        browser:run "return document.querySelector('#rate-figures').textContent")
      assert.matches("^median [%d.]+ ms, one in twenty over [%d.]+ ms$",
        browser:run "return document.querySelector('#latency-figures').textContent")
    end)
  end)
end)

describe("the sandbox's page, when the sandbox stops", function()
  local output = os.tmpname()

  -- Returns the process that serves at these ports.
  local function start_sandbox(port)
    local pipe = io.popen(("sandbox/run --port %d > %s 2>&1 & echo $!"):format(port, output))
    local pid = pipe:read "n"
    pipe:close()
    assert.is_true(os.execute(("for _ in $(seq 500); do grep -q Serving %s && exit; sleep 0.02; done; exit 1")
      :format(output)))
    return pid
  end

  local function stop_sandbox(pid)
    os.execute(("kill %d; while kill -0 %d 2> /dev/null; do sleep 0.02; done"):format(pid, pid))
  end

  setup(function() browser = webdriver.start() end)
  teardown(function()
    browser:stop()
    os.remove(output)
  end)

  it("says so, and goes on by itself when one is back at its address", function()
    local port = 32000 + math.random(0, 70) * 10
    local pid = start_sandbox(port)
    browser:go(("http://127.0.0.1:%d/"):format(port + 7))
    browser:await "return document.body.dataset.state === 'live'"
    local before = browser:run "return document.querySelector('#environment').textContent"

    stop_sandbox(pid)
    browser:await "return document.querySelector('#lost').checkVisibility()"
    assert.equal("Lost", browser:run "return document.querySelector('#state').textContent")
    picture "lost"
    browser:click(button "Orders answer 503")
    browser:await "return /^Orders answer 503: on: ./.test(document.querySelector('#complaint').textContent)"

    pid = start_sandbox(port)
    browser:await "return document.body.dataset.state === 'live'"
    assert.is_false(browser:run "return document.querySelector('#lost').checkVisibility()")
    local after = browser:run "return document.querySelector('#environment').textContent"
    stop_sandbox(pid)
    assert.not_equal(before, after) -- another secret, in another directory
  end)
end)
