--- Files that subcommands are given, "-" being the standard input; and their mistakes, shown where they
-- stand.

local errors = require "spreetail.error"
local located_json = require "spreetail.command.located_json"

local M = {}

--- The name of a file, for people.
function M.name(path)
  return path == "-" and "the standard input" or path
end

-- Whatever a file holds that is larger is no record.
local MOST = 64 * 1024 * 1024

--- The text of a file; or nil and an error of kind `config`.
function M.read(path)
  local file, why = io.stdin, nil
  if path ~= "-" then
    file, why = io.open(path, "r")
  end
  local text
  if file then
    text, why = file:read(MOST + 1)
    text = text or (not why and "" or nil) -- at the end of an empty file there is nothing, and no error
  end
  if file and path ~= "-" then
    file:close()
  end
  if text and #text <= MOST then
    return text
  end
  local reason = text and "it is too large" or tostring(why):gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")
  return nil, errors.new {
    kind = "config",
    message = ("%s can't be read: %s"):format(M.name(path), reason),
    outcome = "not_sent",
    retryable = false,
  }
end

-- What is wrong with a text that is no record at all.
local function no_record(path, line, column, message)
  local words = ("%s:%d:%d: %s"):format(M.name(path), line, column, message)
  return errors.new {
    kind = "validation",
    message = words,
    lines = { words },
    details = { { path = "", message = message, line = line, column = column } },
    outcome = "not_sent",
    retryable = false,
    attempts = 0,
  }
end

--- The record or list in a JSON file, and the places in it; or nil and an error.
function M.record(path)
  local text, err = M.read(path)
  if not text then
    return nil, err
  end
  local value, places = located_json.read(text)
  if value == nil then
    return nil, no_record(path, places.line, places.column, places.message)
  elseif type(value) ~= "table" then
    return nil, no_record(path, 1, 1, "an object or a list expected, in { } or [ ]")
  end
  return value, places
end

--- A validation error of what stood in a file, with file, line and column of each mistake in its `lines` and
-- its details; any other as it is. `shift` (nil: they are the same) turns a path in the error into one in the
-- file.
function M.located(path, places, err, shift)
  if err.kind ~= "validation" or type(err.details) ~= "table" then
    return err
  end
  local lines = {}
  for i, problem in ipairs(err.details) do
    problem.path = shift and shift(problem.path) or problem.path
    problem.line, problem.column = located_json.locate(places, problem.path)
    local words = problem.path == "" and problem.message or problem.path .. " " .. problem.message
    lines[i] = ("%s:%d:%d: %s"):format(M.name(path), problem.line, problem.column, words)
  end
  err.lines = lines
  return err
end

return M
