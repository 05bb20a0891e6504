--- nginx must not outlive who started it, even when that was killed without a chance to clean up.

local ffi = require "ffi"

ffi.cdef [[
  int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
  int getpid(void);
  int getppid(void);
  int setpgid(int pid, int group);
]]

local PR_SET_PDEATHSIG, SIGTERM = 1, 15

local process = {}

function process.id() return ffi.C.getpid() end

function process.end_with_parent(parent)
  ffi.C.prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0)
  -- It may have gone before we asked to be told.
  if ffi.C.getppid() ~= parent then
    os.exit(1)
  end
end

--- A ctrl-C is for the command and for sandbox/run, which then stops nginx in order.
function process.leave_terminal()
  ffi.C.setpgid(0, 0)
end

return process
