-- run-once.lua SECONDS PROGRAM [ARGUMENT…]
--
-- The first process of a container that runs to its end: has the program's exit status, and ends what takes longer than
-- that, which nobody else does where there is no cluster.
local signal = require "posix.signal"
local unistd = require "posix.unistd"
local wait = require "posix.sys.wait"

local seconds = assert(tonumber(arg[1]))
local child = assert(unistd.fork())
if child == 0 then
	local _, problem = unistd.execp(arg[2], table.move(arg, 3, #arg, 1, {}))
	io.stderr:write(problem, "\n")
	unistd._exit(127)
end

-- The first process of a container is deaf to a signal that it has no handler for.
for _, number in ipairs { signal.SIGTERM, signal.SIGINT, signal.SIGQUIT } do
	signal.signal(number, function () signal.kill(child, number) end)
end
local late = false
signal.signal(signal.SIGALRM, function () late = true end)
unistd.alarm(seconds)

-- As process 1 it takes in orphans too. A signal ends the call, and its handler has run when the next one begins.
repeat
	local pid, reason, status = wait.wait(-1)
	if pid == child then
		os.exit(reason == "exited" and status or 128 + status)
	end
until late
print(string.format("not done within %d s", seconds))
os.exit(124) -- and with the first process every other one
