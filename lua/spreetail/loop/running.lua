--- Which event loop runs the code that asks, as far as that can be told. Nothing is loaded for it.

local loaded = package and package.loaded or {}

-- A field of a module, or of a table that the host provides; nil where there is none.
local function find(module, name)
  return type(module) == "table" and module[name] or nil
end

local function to_stderr(message)
  if io and io.stderr then
    io.stderr:write(message, "\n")
  end
end

--
-- Of each loop: the client's option for it, what stands still while code in it blocks, whether it runs
-- us, and where it writes what somebody should read.
--

local NO_REQUESTS_YET = { init = true, init_worker = true }

local nginx = { option = "ngx", stops = "this nginx worker and all of its requests" }

function nginx.runs_us()
  local get_phase = find(rawget(_G, "ngx"), "get_phase")
  return get_phase and not NO_REQUESTS_YET[get_phase()]
end

function nginx.log(message)
  local ngx = rawget(_G, "ngx")
  ngx.log(ngx.ERR, message) -- what is below that, nginx leaves out unless it is told otherwise
end

local cqueues = { option = "cqueues", stops = "the controller of cqueues and all of its coroutines" }

function cqueues.runs_us()
  local running = find(loaded.cqueues, "running")
  return running and running() ~= nil
end

cqueues.log = to_stderr

local luv = { option = "luv", stops = "libuv's loop and all that runs in it" }

function luv.runs_us()
  local mode = find(loaded.luv, "loop_mode") -- nil: not running; before luv 1.34 it can't be told
  return mode and mode() ~= nil
end

luv.log = to_stderr

local neovim = { option = "luv", stops = "neovim" }

function neovim.runs_us()
  local in_callback = find(rawget(_G, "vim"), "in_fast_event")
  return in_callback and in_callback()
end

function neovim.log(message)
  local vim = rawget(_G, "vim")
  vim.schedule(function()
    vim.notify(message, vim.log.levels.WARN)
  end)
end

local copas = { option = "copas", stops = "copas and all of its threads" }

function copas.runs_us()
  return find(loaded.copas, "running") == true -- before 3.0 it can't be told
end

copas.log = to_stderr

local LOOPS = { nginx, cqueues, luv, neovim, copas }

local M = {}

--- The loop that runs us: a table with `option`, `stops` and `log(message)`; nil: none that we know.
function M.find()
  local may_be_any = loaded.cqueues or loaded.luv or loaded.copas or rawget(_G, "ngx") or rawget(_G, "vim")
  if not may_be_any then
    return nil -- each call of a script comes by here
  end
  for _, loop in ipairs(LOOPS) do
    if loop.runs_us() then
      return loop
    end
  end
end

return M
