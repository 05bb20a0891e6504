--- What every subcommand works with: the client as it is configured, where to print, and whether somebody
-- has pressed Ctrl-C.

local advice = require "spreetail.command.advice"
local block = require "spreetail.loop.block"
local config = require "spreetail.command.config"
local core = require "spreetail.core"
local errors = require "spreetail.error"
local exit = require "spreetail.command.exit"
local interrupt = require "spreetail.interrupt"
local keyring = require "spreetail.store.keyring"
local output = require "spreetail.command.output"
local progress = require "spreetail.command.progress"
local spreetail = require "spreetail"
local system = require "spreetail.command.system"

local Session = {}
Session.__index = Session

-- A signal that comes just before a wait is seen after so many seconds.
local LONGEST_WAIT = 0.2

-- Seconds for a call under way to settle once somebody has pressed Ctrl-C.
local GRACE = 5

--- Whether to stop: a signal was caught, or nobody reads what is printed.
function Session:interrupted()
  return system.caught_signal() ~= nil or self.out.broken
end

--- Raises, when it is time to stop, the error that the `lua` program has for Ctrl-C; once, so that what is
-- under way can settle.
function Session:check_interrupt()
  if self:interrupted() and not self.told then
    self.told = true
    error("interrupted!", 0)
  end
end

--- Waits so many seconds, or until there is a reason to stop.
function Session:sleep(seconds)
  local deadline = core.now() + seconds
  repeat
    local left = deadline - core.now()
    system.sleep(math.max(0, math.min(left, LONGEST_WAIT)))
  until left <= LONGEST_WAIT or self:interrupted()
end

-- A loop that waits as a program without a loop does, and looks up now and then.
local function interruptible(session)
  local Waiter = {}
  Waiter.__index = Waiter

  function Waiter:wait(seconds, call)
    session:check_interrupt()
    self.client:advance(math.min(seconds, LONGEST_WAIT), call)
    session:check_interrupt()
    session.while_waiting()
  end

  function Waiter.wake() end

  return setmetatable({
    waiter = function(client) return setmetatable({ client = client }, Waiter) end,
  }, { __index = block })
end

--- What the client is made with, besides what only a subcommand knows; or nil and an error of kind `config`.
function Session:client_options()
  local profile = self.arguments.profile
  local options, err = config.read(profile, system)
  if not options then
    return nil, err
  end
  local overruling
  options, overruling = config.with_environment(options)
  if profile then
    for _, name in ipairs(overruling) do
      self.log:say(("%s is set, and goes before the profile '%s'"):format(name, profile))
    end
  end
  return options
end

--- The client, made at the first call, with these options beside what is configured. Or nil and an error.
function Session:client(extra)
  if self.made then
    return self.made
  end
  local options, err = self:client_options()
  if not options then
    return nil, err
  end
  options.loop = interruptible(self)
  options.token_store, self.no_keyring = keyring.new()
  for name, value in pairs(extra or {}) do
    options[name] = value
  end
  local made
  -- A value that the library would raise at stands in the user's file, and is no mistake in this program.
  local ok, why = pcall(function() made, err = spreetail.client(options) end)
  if not ok then
    why = tostring(why):gsub("^[^:]+:%d+: ", "")
    err = errors.new { kind = "config", message = "the config file: " .. why, retryable = false }
  end
  self.made = made
  return made, err
end

--- Calls a method of the client, and waits for it: `session:call("get_order", reference)`. On Ctrl-C the call
-- has a moment to settle, and is given up then. Returns what the method does.
function Session:call(name, ...)
  local client, err = self:client()
  if not client then
    return nil, err
  elseif self:interrupted() then -- what was read so far may be half of a file
    return nil, errors.new { kind = "cancelled", message = "interrupted before anything was sent",
      outcome = "not_sent", retryable = true, attempts = 0 }
  end
  local future = client.async[name](client.async, ...)
  local ok, struck = pcall(future.wait, future)
  if not ok and not interrupt.is(struck) then
    error(struck, 0)
  elseif not ok then
    future:wait(GRACE)
    future:cancel()
  end
  return future:result()
end

local function print_object(self, reference, result, fields)
  local object = { reference = reference, result = result }
  for name, value in pairs(fields or {}) do
    object[name] = value
  end
  self.out:object(object)
end

--- Prints what became of something, `result` in a word. `reference` (nil: there is none) says what it is
-- about; `fields` (nil: none) are what --json has besides, of which people see the `reason`.
function Session:report(reference, result, fields)
  local reason = fields and fields.reason
  if self.out.json then
    print_object(self, reference, result, fields)
  elseif self.out.terminal then
    local words = self.out:paint(reason and "red" or "green", result)
    self.out:say((reference and output.plain(reference) .. " " or "") .. words
      .. (reason and ": " .. output.plain(reason) or ""))
  else
    local cells = { result, reason }
    if reference then
      table.insert(cells, 1, reference)
    end
    self.out:line(cells)
  end
end

local function plain_error(err)
  return {
    kind = err.kind, message = advice.message(err), outcome = err.outcome, status = err.status,
    details = err.details, retryable = err.retryable, retry_after = err.retry_after, attempts = err.attempts,
  }
end

--- Says what went wrong, about `reference` if that is given, and returns the exit status that it has.
function Session:fail(err, reference)
  self.log:error(err)
  if self.out.json then
    print_object(self, reference, err.outcome or "failed", { error = plain_error(err) })
  end
  return exit.of_error(err)
end

--- A progress on the standard error, of something that is so much.
function Session:progress(size)
  local can_draw = system.is_terminal(2) and os.getenv "TERM" ~= "dumb" -- which can't take back what it shows
  return progress.new {
    stream = io.stderr,
    columns = can_draw and function() return system.columns(2) end or nil,
    size = size,
    clock = core.now,
    is_quiet = self.arguments.quiet,
  }
end

-- Messages for people, on the standard error.
local Log = {}
Log.__index = Log

--- A sentence that --quiet keeps back.
function Log:say(text)
  if not self.quiet then
    self.stream:write("spreetail: ", output.plain(text), "\n")
  end
end

--- What went wrong: an error of the client, or a sentence. Mistakes in a file have a line each, which begins
-- with their place, as editors know it from compilers.
function Log:error(err)
  local lines = type(err) == "table" and err.lines
  if not lines then
    self.stream:write("spreetail: ", output.plain(type(err) == "table" and advice.message(err) or err), "\n")
    return
  end
  for _, line in ipairs(lines) do
    self.stream:write(output.plain(line), "\n")
  end
end

local M = {}

local function has_colours()
  local none, terminal = os.getenv "NO_COLOR", os.getenv "TERM"
  return (not none or none == "") and terminal ~= "dumb"
end

--- A session for these arguments.
function M.new(arguments)
  return setmetatable({
    arguments = arguments,
    out = output.new {
      stream = io.stdout,
      terminal = system.is_terminal(1) and not arguments.json,
      colour = has_colours(),
      json = arguments.json,
    },
    log = setmetatable({ stream = io.stderr, quiet = arguments.quiet }, Log),
    made = nil, -- the client
    no_keyring = nil, -- why the client shares no login with other commands: an error
    told = false, -- whoever waits, of an interrupt
    while_waiting = function() end, -- called now and then by whoever waits
  }, Session)
end

return M
