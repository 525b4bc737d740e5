-- The service's entry point: waits for the first release, then becomes the service with the release that is in force.
-- The service is given the release itself, not the link, so that a start never reads from two releases.
local fcntl = require "posix.fcntl"
local signal = require "posix.signal"
local time = require "posix.time"
local unistd = require "posix.unistd"
local recipe = dofile "/usr/lib/stack/service.lua"

local current = "/config/current"
local answers = "/answers"

io.stdout:setvbuf("line")
-- The first process of a container is deaf to a signal that it has no handler for. exec removes this one.
signal.signal(signal.SIGTERM, function () os.exit(0) end)

if not unistd.readlink(current) then
	print("waiting for the first release in /config")
	repeat
		time.nanosleep { tv_sec = 0, tv_nsec = 200000000 }
	until unistd.readlink(current)
end

-- A lock outlives exec with its descriptor, which is left open for that.
local function open_lock(path)
	local descriptor = assert(fcntl.open(path, fcntl.O_RDWR | fcntl.O_CREAT, 384)) -- 0600
	return function (operation)
		local whole = { l_type = fcntl.F_WRLCK, l_whence = 0, l_start = 0, l_len = 0 }
		return fcntl.fcntl(descriptor, operation, whole) and whole.l_type
	end
end

-- One writer of each volume. Where another container with the same data is being stopped, this one waits for its end.
for _, path in ipairs(recipe.locks or {}) do
	local lock = open_lock(path)
	if not lock(fcntl.F_SETLK) then
		print("waiting for another instance, which holds " .. path)
		repeat
			time.nanosleep { tv_sec = 0, tv_nsec = 200000000 }
		until lock(fcntl.F_SETLK)
	end
end

local lock = open_lock(answers .. "/alive")
assert(lock(fcntl.F_GETLK) == fcntl.F_UNLCK, "another instance of the service runs on the same volumes")

-- From here on a delivery waits for this process's answer: so the answer of the one before it goes first, and the lock is
-- taken before the link is read.
os.remove(answers .. "/applied")
assert(lock(fcntl.F_SETLK), "another instance of the service runs on the same volumes")

local release = "/config/" .. assert(unistd.readlink(current))
local command = {}
for i, argument in ipairs(recipe.start) do
	command[i] = argument:gsub("{release}", release)
end
assert(unistd.execp(command[1], table.move(command, 2, #command, 1, {})))
