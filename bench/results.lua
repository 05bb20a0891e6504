--- What the runs of a group come to: medians with the lowest and the highest, beside the first of its
-- rows, and how they are kept as CSV.

local results = {}

-- The columns of a file. `_low` and `_high`: of the runs. A ratio is that of a run to the first row's run of
-- the same round.
results.COSTS = {
  "client", "who", "protocol", "in_flight", "runs", "orders",
  "cpu_us", "cpu_us_low", "cpu_us_high",
  "cpu_ratio", "cpu_ratio_low", "cpu_ratio_high",
  "per_second", "per_second_low", "per_second_high",
  "throughput_ratio", "throughput_ratio_low", "throughput_ratio_high",
}
results.DELAY = {
  "burst", "runs", "p99_ms", "p99_ms_low", "p99_ms_high", "added_ms", "added_ms_low", "added_ms_high",
}
local TEXT = { client = true, who = true, protocol = true, burst = true }

--- Puts the median of the values into the line, the lowest and the highest.
function results.summarize(line, name, format, values)
  table.sort(values)
  local middle = #values // 2
  local median = #values % 2 == 1 and values[middle + 1] or (values[middle] + values[middle + 1]) / 2
  line[name] = format:format(median)
  line[name .. "_low"], line[name .. "_high"] = format:format(values[1]), format:format(values[#values])
end

local function cpu_of(run) return run.cpu / run.count * 1e6 end
local function rate_of(run) return run.count / run.seconds end

local function each(runs, fn)
  local values = {}
  for i, run in ipairs(runs) do
    values[i] = fn(run, i)
  end
  return values
end

--- A line for each row that was measured.
function results.lines(group)
  local first, lines = group[1], {}
  for _, row in ipairs(group) do
    if not row.failure and not first.failure then
      local line = {
        client = row.client.name, who = row.client.who, protocol = row.protocol, in_flight = row.in_flight,
        runs = #row.runs, orders = row.count,
      }
      results.summarize(line, "cpu_us", "%.1f", each(row.runs, cpu_of))
      results.summarize(line, "per_second", "%.0f", each(row.runs, rate_of))
      results.summarize(line, "cpu_ratio", "%.2f", each(row.runs, function(run, i)
        return cpu_of(run) / cpu_of(first.runs[i])
      end))
      results.summarize(line, "throughput_ratio", "%.2f", each(row.runs, function(run, i)
        return rate_of(run) / rate_of(first.runs[i])
      end))
      lines[#lines + 1] = line
    end
  end
  return lines
end

--- One of them, for people.
function results.sentence(line)
  return ("%-8s %4d in flight  %-22s %7.1f us of CPU (%.1f to %.1f)  %5.2f times (%.2f to %.2f)  "
    .. "%6.0f a second, %.2f times"):format(line.protocol, line.in_flight, line.client, line.cpu_us,
    line.cpu_us_low, line.cpu_us_high, line.cpu_ratio, line.cpu_ratio_low, line.cpu_ratio_high,
    line.per_second, line.throughput_ratio)
end

--- Names hold commas: text stands in quotes.
function results.write(file_name, columns, lines)
  local file = assert(io.open(file_name, "w"))
  file:write(table.concat(columns, ","), "\n")
  for _, line in ipairs(lines) do
    local words = {}
    for i, name in ipairs(columns) do
      words[i] = TEXT[name] and '"' .. line[name] .. '"' or line[name]
    end
    file:write(table.concat(words, ","), "\n")
  end
  assert(file:close())
end

return results
