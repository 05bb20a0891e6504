-- Walking through the stock.

local mistake = require "spec.lua.mistake"
local sandbox = require "spec.lua.sandbox"
local spreetail = require "spreetail"

local client

-- With the token of before, the first request would be made twice.
local function begin_anew()
  if client then
    client:close()
  end
  sandbox.reset()
  client = sandbox.client { retries = 0 }
end

before_each(begin_anew)

after_each(function()
  client:close()
end)

local function seed(skus, locations)
  sandbox.control("POST", "/stock", { skus = skus, locations = locations or 1 })
end

local function requests()
  return sandbox.stats().requests["GET /inventory"] or 0
end

-- The SKUs of a walk, as "LOCATION SKU".
local function walk(options)
  local names = {}
  for sku, location in client:each_sku(options) do
    names[#names + 1] = (location and location.location_name .. " " or "") .. sku.sku
  end
  return names
end

local function expected(from, to, location)
  local names = {}
  for i = from, to do
    names[#names + 1] = ("%sSANDBOX_SKU-%05d"):format(location or "RHEINE01 ", i)
  end
  return names
end

describe("a walk through the stock", function()
  it("gives every SKU once, in order, with no request in vain", function()
    local pages_of = { [0] = 1, [1] = 1, [2] = 1, [9] = 1, [10] = 1, [11] = 2, [20] = 2, [30] = 3, [35] = 4 }
    for count, pages in pairs(pages_of) do
      for _, ahead in ipairs { 0, 1, 4 } do
        begin_anew()
        seed(count)
        assert.same(expected(1, count), walk { page_size = 10, ahead = ahead })
        assert.equal(pages, requests(), count .. " SKUs, ahead " .. ahead)
      end
    end
  end)

  it("may be shared by coroutines: each SKU goes to one of them", function()
    client:close()
    client = sandbox.client { loop = "coroutine", retries = 0 }
    for _, ahead in ipairs { 0, 1 } do
      seed(35)
      local shared, names, alive = client:each_sku { page_size = 10, ahead = ahead }, {}, 3
      for _ = 1, alive do
        coroutine.wrap(function()
          local sku, location = shared:next()
          while sku do
            names[#names + 1] = location.location_name .. " " .. sku.sku
            sku, location = shared:next()
          end
          assert(location == nil, location)
          alive = alive - 1
        end)()
      end
      while client:poll(1) > 0 or alive > 0 do end
      table.sort(names)
      assert.same(expected(1, 35), names)
    end
  end)

  it("may be closed by one coroutine while another waits for a page", function()
    client:close()
    client = sandbox.client { loop = "coroutine", retries = 0 }
    seed(35)
    local shared, ended = client:each_sku { page_size = 10 }, nil
    coroutine.wrap(function() ended = select("#", shared:next()) end)()
    client:poll()
    shared:close()
    while not ended do
      client:poll(1)
    end
    assert.is_nil((shared:next()))
  end)

  it("asks for 25 a page unless it is said otherwise", function()
    seed(60)
    assert.equal(60, #walk())
    assert.equal(3, requests())
  end)

  it("goes through all locations, of whatever length", function()
    seed(37, 3)
    local seen, count, places = {}, 0, {}
    for sku, location in client:each_sku { page_size = 5 } do
      assert.is_nil(seen[sku.sku])
      seen[sku.sku], count = true, count + 1
      places[location.location_name] = (places[location.location_name] or 0) + 1
    end
    assert.equal(37, count)
    assert.same({ RHEINE01 = 25, RHEINE02 = 6, RHEINE03 = 6 }, places)
    assert.equal(5, requests())
  end)

  it("reads the old dialect, which has no locations and pages of its own size", function()
    for count, pages in pairs { [0] = 1, [99] = 1, [100] = 1, [101] = 2, [250] = 3 } do
      begin_anew()
      sandbox.fault { inventory_dialect = "old" }
      seed(count)
      assert.same(expected(1, count, ""), walk { ahead = 2 })
      assert.equal(pages, requests(), count .. " SKUs")
    end
  end)

  it("hands on each SKU and location as the server sent them", function()
    seed(1)
    local sku, location = client:each_sku():next()
    local page = client:inventory()
    assert.same(page.locations[1].sku[1], sku)
    assert.same(page.locations[1], location)
  end)

  it("takes options that make sense", function()
    for _, options in ipairs { { page_size = 0 }, { page_size = 201 }, { ahead = -1 }, { ahead = 0.5 },
      { page = 2 } } do
      assert.matches("^client:each_sku: ", mistake(function() client:each_sku(options) end))
    end
  end)
end)

describe("pages that are asked for ahead", function()
  -- How many pages were asked for when the first SKU of each page is given.
  local function asked(options)
    local counts, number = {}, 0
    local step = client:each_sku(options)
    while step:next() do
      number = number + 1
      if number % options.page_size == 1 then
        for _ = 1, 3 do
          client:poll(0.02)
        end
        counts[#counts + 1] = requests()
      end
    end
    return counts
  end

  it("are as many as was said, and never more than there are", function()
    for ahead, counts in pairs {
      [0] = { 1, 2, 3, 4, 5 }, [1] = { 2, 3, 4, 5, 5 }, [2] = { 3, 4, 5, 5, 5 }, [9] = { 5, 5, 5, 5, 5 },
    } do
      begin_anew()
      seed(50)
      local given = asked { page_size = 10, ahead = ahead }
      for i, count in ipairs(counts) do
        -- Once it is waited for, a page may be followed by the next ones.
        assert.is_true(given[i] >= count and given[i] <= math.min(count + (ahead > 0 and 1 or 0), 5),
          ("ahead %d, page %d: %d were asked for"):format(ahead, i, given[i]))
      end
      assert.equal(5, requests())
    end
  end)
end)

describe("a walk that ends early", function()
  it("cancels the pages in flight by itself on Lua 5.4, else when it is closed", function()
    seed(100)
    sandbox.fault { path = "/inventory", skip = 1, delay = 30 }
    local step, state, control, closing = client:each_sku { page_size = 10, ahead = 3 }
    assert.equal(step, closing)
    for sku in step, state, control, closing do
      assert.equal(3, client:poll())
      if sku then
        break
      end
    end
    if _VERSION == "Lua 5.4" then
      assert.equal(0, client:poll())
    else
      assert.equal(3, client:poll())
      step:close()
    end
    assert.equal(0, client:poll())
  end)

  it("gives nothing more when it is closed, however often", function()
    seed(30)
    local step = client:each_sku { page_size = 10 }
    assert.is_not_nil(step:next())
    step:close()
    step:close()
    assert.is_nil(step:next())
    assert.is_nil(step())
    assert.equal(0, client:poll())
  end)

  it("may be closed before it has begun, or at its end", function()
    seed(1)
    local step = client:each_sku()
    step:close()
    assert.is_nil(step:next())
    assert.equal(0, requests())
    step = client:each_sku()
    assert.is_not_nil(step:next())
    assert.is_nil(step:next())
    step:close()
    assert.is_nil(step:next())
    assert.equal(1, requests())
  end)

  it("is over with its client", function()
    seed(30)
    local other = sandbox.client()
    local step = other:each_sku { page_size = 10 }
    assert.is_not_nil(step:next())
    other:close()
    local sku, err
    repeat
      sku, err = step:next()
    until not sku
    assert.equal("closed", err.kind)
  end)
end)

describe("an error in the middle of a walk", function()
  it("is told by next, which then goes on where it was", function()
    seed(50)
    sandbox.fault { path = "/inventory", skip = 2, times = 2, status = 503 }
    for _, ahead in ipairs { 0, 1, 4 } do
      sandbox.control("DELETE", "/faults")
      sandbox.fault { path = "/inventory", skip = 2, times = 2, status = 503 }
      local step, names, failures = client:each_sku { page_size = 10, ahead = ahead }, {}, 0
      while true do
        local sku, second = step:next()
        if sku then
          names[#names + 1] = "RHEINE01 " .. sku.sku
        elseif second then
          assert.equal("server", second.kind)
          failures = failures + 1
        else
          break
        end
      end
      assert.same(expected(1, 50), names)
      assert.equal(2, failures)
    end
  end)

  it("may come first", function()
    seed(5)
    sandbox.fault { path = "/inventory", times = 1, status = 503 }
    local step = client:each_sku()
    assert.equal("server", select(2, step:next()).kind)
    assert.equal("SANDBOX_SKU-00001", step:next().sku)
  end)

  it("is raised by a for, at its line", function()
    seed(50)
    sandbox.fault { path = "/inventory", skip = 2, status = 503 }
    local count = 0
    local options = { page_size = 10 }
    local message = mistake(function() for _ in client:each_sku(options) do count = count + 1 end end)
    assert.equal(20, count)
    assert.matches("^server: .*GET /inventory.*HTTP 503", message)
  end)

  it("is not there when the client could repeat the request", function()
    seed(50)
    sandbox.fault { path = "/inventory", every = 2, status = 503 }
    assert.equal(50, #walk { page_size = 10, retries = 4 })
  end)
end)

describe("a server that never says stop", function()
  local function page(skus, rest)
    return ('{"success":true,"data":{"locations":[{"location_name":"L","sku":[%s]%s}]}}'):format(skus,
      rest or "")
  end

  it("is left when it sends a page again", function()
    sandbox.fault { path = "/inventory", body = page('{"sku":"A"},{"sku":"B"}', ',"has_more":true') }
    assert.same({ "L A", "L B" }, walk { ahead = 0 })
    assert.equal(2, requests())
    sandbox.reset()
    for _, name in ipairs { "A", "B", "C" } do
      sandbox.fault { path = "/inventory", times = 1, body = page(('{"sku":"%s"}'):format(name),
        ',"has_more":true') }
    end
    sandbox.fault { path = "/inventory", body = page('{"sku":"B"}', ',"has_more":true') }
    assert.same({ "L A", "L B", "L C" }, walk { ahead = 1 })
  end)

  it("is left when it sends an empty page", function()
    sandbox.fault { path = "/inventory", times = 1, body = page('{"sku":"A"}', ',"has_more":true') }
    sandbox.fault { path = "/inventory", body = page("", ',"has_more":true') }
    assert.same({ "L A" }, walk { ahead = 0 })
    assert.equal(2, requests())
  end)

  it("is left at the end of what it counts", function()
    sandbox.fault { path = "/inventory", times = 1, body = page('{"sku":"A"}', ',"total_count_of_skus":2') }
    sandbox.fault { path = "/inventory", body = page('{"sku":"B"}', ',"total_count_of_skus":2') }
    assert.same({ "L A", "L B" }, walk { page_size = 1 })
    assert.equal(2, requests())
  end)

  it("is followed by its next_page alone", function()
    sandbox.fault { path = "/inventory", times = 1,
      body = '{"success":true,"data":{"next_page":2,"locations":[{"sku":[{"sku":"A"}]}]}}' }
    sandbox.fault { path = "/inventory",
      body = '{"success":true,"data":{"has_more":false,"locations":[{"sku":[{"sku":"B"}]}]}}' }
    local names = {}
    for sku in client:each_sku() do
      names[#names + 1] = sku.sku
    end
    assert.same({ "A", "B" }, names)
  end)

  it("may send what nobody expects, and the walk ends", function()
    for _, data in ipairs {
      "{}", "[]", "5", '"x"', "null", '{"locations":5}', '{"locations":[1,"x",null,[]]}',
      '{"locations":[{"sku":"x"}]}', '{"items":{"a":1}}', '{"pagination":5,"items":[]}',
      '{"locations":[{"sku":[],"has_more":"yes"}],"has_more":"maybe","page_size":0}',
    } do
      sandbox.control("DELETE", "/faults")
      sandbox.fault { path = "/inventory", body = '{"success":true,"data":' .. data .. "}" }
      assert.is_nil(client:each_sku():next(), data)
    end
    sandbox.control("DELETE", "/faults")
    sandbox.fault { path = "/inventory", body = '{"success":true,"data":{"items":["A",5,null]}}' }
    local given = {}
    for sku in client:each_sku() do
      given[#given + 1] = sku
    end
    assert.same({ "A", 5, spreetail.null }, given)
  end)
end)
