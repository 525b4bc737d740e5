-- Hands the lines of this process's log to one beside it that sends them to the stack's collector (log-send.lua), from the
-- moment on that a release says where that is, until none does. Nothing waits for it: what it has not taken in time is left
-- out. Prosody uses it too (config-templates/prosody/log-lines.lua).
local dirent = require "posix.dirent"
local fcntl = require "posix.fcntl"
local signal = require "posix.signal"
local time = require "posix.time"
local unistd = require "posix.unistd"
local wait = require "posix.sys.wait"

local ship = {}

local target = "/config/current/log-collector"
local pipe_size = 1024 * 1024 -- bytes, for a moment in which the other process does not run
local set_pipe_size = 1031 -- F_SETPIPE_SZ of Linux, which the library has no name for
local input, process
local rest -- of a line that the pipe had no room for
local looked

-- With the descriptors of a server a connection would stay open here that it has closed.
local function close_others()
	for _, name in ipairs(dirent.dir("/proc/self/fd")) do
		local descriptor = tonumber(name)
		if descriptor and descriptor > 2 then
			unistd.close(descriptor)
		end
	end
end

local function start()
	local output
	output, input = unistd.pipe()
	fcntl.fcntl(input, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
	fcntl.fcntl(input, fcntl.F_SETFL, fcntl.O_WRONLY | fcntl.O_NONBLOCK)
	fcntl.fcntl(input, set_pipe_size, pipe_size)
	process = unistd.fork()
	if process == 0 then
		unistd.dup2(output, unistd.STDIN_FILENO)
		close_others()
		unistd.execp("/usr/bin/lua5.4", { [0] = "lua5.4", "/usr/lib/stack/log-send.lua", target })
		unistd._exit(127)
	end
	unistd.close(output)
end

local function stop()
	unistd.close(input)
	input, rest = nil, nil
end

-- Starts and stops it as the release in force says, and starts it again where it has ended.
local function keep()
	if process and wait.wait(process, wait.WNOHANG) ~= 0 then
		process = nil
		if input then
			stop()
		end
	end
	local wanted = unistd.access(target, "r")
	if wanted and not process then
		start()
	elseif not wanted and input then
		stop()
	end
end

-- Whether all of it was taken; what is left of it else.
local function write(text)
	local count = unistd.write(input, text)
	if not count then
		return false, text
	end
	return count == #text, text:sub(count + 1)
end

function ship.line(text)
	local now = time.clock_gettime(time.CLOCK_MONOTONIC).tv_sec
	if now ~= looked then
		looked = now
		keep()
	end
	if not input then
		return
	end
	if rest then
		local taken, left = write(rest)
		rest = not taken and left or nil
		if rest then
			return
		end
	end
	text = text .. "\n"
	local taken, left = write(text)
	if not taken and #left < #text then
		rest = left
	end
end

-- No more lines follow: waits a moment for those before to get away.
function ship.finish()
	if not input then
		return
	end
	stop()
	for _ = 1, 60 do
		if wait.wait(process, wait.WNOHANG) ~= 0 then
			return
		end
		time.nanosleep { tv_sec = 0, tv_nsec = 20000000 }
	end
end

-- Who writes to a process that has ended is told so by the write.
signal.signal(signal.SIGPIPE, signal.SIG_IGN)

return ship
