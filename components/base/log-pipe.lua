-- Leads what this process and those that it starts print through log-lines.lua, where the log is to be JSON.
local time = require "posix.time"
local unistd = require "posix.unistd"
local wait = require "posix.sys.wait"
local log = require "log"

local pipe = {}

local reader

function pipe.open()
	if not log.is_json then
		return
	end
	local output, input = unistd.pipe()
	reader = assert(unistd.fork())
	if reader == 0 then
		unistd.dup2(output, unistd.STDIN_FILENO)
		unistd.close(output)
		unistd.close(input)
		unistd.execp("/usr/bin/lua5.4", { [0] = "lua5.4", "/usr/lib/stack/log-lines.lua" })
		unistd._exit(127)
	end
	unistd.dup2(input, unistd.STDOUT_FILENO)
	unistd.dup2(input, unistd.STDERR_FILENO)
	unistd.close(output)
	unistd.close(input)
end

-- Ends this process, and waits a moment for what was printed to come out: with the first process of a container all others
-- end.
function pipe.exit(status)
	if reader then
		io.stdout:flush()
		unistd.close(unistd.STDOUT_FILENO)
		unistd.close(unistd.STDERR_FILENO)
		for _ = 1, 100 do
			local pid, reason = wait.wait(reader, wait.WNOHANG)
			if not pid or pid == reader and reason ~= "running" then
				break
			end
			time.nanosleep { tv_sec = 0, tv_nsec = 20000000 }
		end
	end
	unistd._exit(status)
end

return pipe
