-- What a proof has measured, and the verdict: lines in plain words, then "N passed, N failed".

local verdict = { passed = 0, failed = 0 }

-- A proof is watched while it runs, also through a pipe.
io.stdout:setvbuf "line"

--- Prints a figure that no bound is set to.
function verdict.note(format, ...)
  print("        " .. format:format(...))
end

--- Prints what was measured, and counts whether the promise holds.
function verdict.check(holds, format, ...)
  if holds then
    verdict.passed = verdict.passed + 1
  else
    verdict.failed = verdict.failed + 1
  end
  print((holds and "ok      " or "FAILED  ") .. format:format(...))
  return holds
end

--- Checks that `errors`, what failed calls said, is empty; prints the first few otherwise.
function verdict.check_none_failed(errors, calls)
  verdict.check(#errors == 0, "%d of %d calls failed", #errors, calls)
  for i = 1, math.min(#errors, 5) do
    verdict.note("%s", tostring(errors[i]))
  end
end

--- Prints the sums and ends the process.
function verdict.finish()
  print(("%d passed, %d failed"):format(verdict.passed, verdict.failed))
  os.exit(verdict.failed == 0 and verdict.passed > 0, true)
end

return verdict
