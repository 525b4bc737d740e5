-- What the running service says: whether it lives, and which release it runs.
local fcntl = require "posix.fcntl"
local time = require "posix.time"
local unistd = require "posix.unistd"
local lock = require "deliver.lock"

local service = {}

local answers = "/answers"

-- The service holds a lock on this file for as long as it lives. This program may only read it.
function service.alive()
	local descriptor = fcntl.open(answers .. "/alive", fcntl.O_RDONLY)
	if not descriptor then
		return false
	end
	local held = lock.is_held(descriptor)
	unistd.close(descriptor)
	return held
end

-- The hash, "ok" or "failed", and the message of the service's last answer; nothing if there is none.
function service.answer()
	local file = io.open(answers .. "/applied")
	if not file then
		return
	end
	local line = file:read("l") or ""
	file:close()
	return line:match("^(%x+) (%l+) ?(.*)$")
end

-- Seconds, by a clock that nobody sets.
local function now()
	local clock = time.clock_gettime(time.CLOCK_MONOTONIC)
	return clock.tv_sec + clock.tv_nsec / 1e9
end

-- Calls `condition` until it returns something, which is returned, or until the time is over.
function service.wait_for(seconds, condition)
	local deadline = now() + seconds
	repeat
		local result = table.pack(condition())
		if result[1] then
			return table.unpack(result, 1, result.n)
		end
		time.nanosleep { tv_sec = 0, tv_nsec = 100000000 }
	until now() > deadline
end

-- Waits for the service's word on a release: "ok" or "failed", and its message; nothing if it says nothing in time.
function service.wait_for_answer(hash, seconds)
	return service.wait_for(seconds, function ()
		local answered, verdict, message = service.answer()
		if answered == hash then
			return verdict, message
		end
	end)
end

service.now = now

return service
