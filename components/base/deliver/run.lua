-- Runs a check: a program, without a shell, with its output caught, within a bounded time.
local poll = require "posix.poll"
local signal = require "posix.signal"
local time = require "posix.time"
local unistd = require "posix.unistd"
local wait = require "posix.sys.wait"

local function start(command)
	local reader, writer = assert(unistd.pipe())
	local child = assert(unistd.fork())
	if child == 0 then
		unistd.dup2(writer, 1)
		unistd.dup2(writer, 2)
		unistd.close(reader)
		unistd.close(writer)
		local _, problem = unistd.execp(command[1], table.move(command, 2, #command, 1, {}))
		io.stderr:write(problem, "\n")
		unistd._exit(127)
	end
	unistd.close(writer)
	return child, reader
end

local function seconds()
	return time.clock_gettime(time.CLOCK_MONOTONIC).tv_sec
end

-- Returns whether the program ended with 0, and its output as a list of lines.
return function (command, timeout)
	local child, reader = start(command)
	local deadline = seconds() + timeout
	local output = ""
	while true do
		local ready = poll.rpoll(reader, 1000)
		if ready == 1 then
			local chunk = assert(unistd.read(reader, 65536))
			if chunk == "" then break end
			output = output .. chunk
		elseif seconds() > deadline then
			signal.kill(child, signal.SIGKILL)
			output = output .. string.format("\nno result within %d seconds\n", timeout)
			break
		end
	end
	unistd.close(reader)
	local _, _, status = wait.wait(child)
	local lines = {}
	for line in output:gmatch("[^\r\n]+") do
		lines[#lines + 1] = line
	end
	return status == 0, lines
end
