-- The service's entry point: waits for the first release, then becomes the service with the release that is in force.
-- The service is given the release itself, not the link, so that a start never reads from two releases.
--
-- The recipe (service.lua) may name:
--     locks            files on volumes that one instance of the service at most may write. They stay locked for as long
--                      as the service lives, which must not open them itself
--     needs(release)   whether what the service cannot start without is there, and if not, what is waited for; asked
--                      again and again
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local time = require "posix.time"
local unistd = require "posix.unistd"
local lock = require "deliver.lock"
local log = require "log"
local recipe = dofile "/usr/lib/stack/service.lua"

local current = "/config/current"
local answers = "/answers"

-- Calls `condition` until it returns something. Where that takes longer, it says what it waits for.
local function wait_for(condition, ...)
	if condition() then
		return
	end
	log.say(...)
	repeat
		time.nanosleep { tv_sec = 0, tv_nsec = 200000000 }
	until condition()
end

io.stdout:setvbuf("line")
-- The first process of a container is deaf to a signal that it has no handler for. exec removes this one.
signal.signal(signal.SIGTERM, function () os.exit(0) end)

wait_for(function () return unistd.readlink(current) end, "waiting for the first release in /config")

local alive = lock.open(answers .. "/alive")
assert(not lock.is_held(alive), "another instance of the service runs on the same volumes")

-- Another instance may share some of the volumes and not this one's answers: on Kubernetes, while the pod before this one
-- is stopping.
for _, path in ipairs(recipe.locks or {}) do
	local descriptor = lock.open(path)
	wait_for(function () return lock.take(descriptor) end, "waiting: another instance holds %s", path)
end

-- Before a delivery would wait for this process's answer: it may bring what is missing.
if recipe.needs then
	local said
	local pause = 1
	while true do
		local there, waits_for = recipe.needs("/config/" .. unistd.readlink(current))
		if there then
			break
		elseif waits_for ~= said then
			log.say("waiting for %s", waits_for)
			said = waits_for
		end
		time.nanosleep { tv_sec = pause, tv_nsec = 0 }
		pause = math.min(pause + 1, 5) -- what is needed may be costly to look at
	end
end

-- From here on a delivery waits for this process's answer: so the answer of the one before it goes first, and the lock is
-- taken before the link is read.
os.remove(answers .. "/applied")
assert(lock.take(alive), "another instance of the service runs on the same volumes")

local release = "/config/" .. assert(unistd.readlink(current))
local command = {}
for i, argument in ipairs(recipe.start) do
	command[i] = argument:gsub("{release}", release)
end
assert(unistd.execp(command[1], table.move(command, 2, #command, 1, {})))
