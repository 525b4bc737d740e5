-- supervise.lua RELEASE
--
-- For a service that cannot say itself which release of its files it runs: starts it, puts every further release in force
-- the way its recipe says, and answers for it (see deliver.lua). Ends with the service, and stops it when told to.
--
-- The recipe (service.lua) has `supervised`:
--     command             the program and its arguments
--     start()             what is to be done before the service is started
--     prepare(release)    makes what the command reads; also before each reload
--     ready(child)        true once the service serves; asked again and again for `ready_timeout` seconds (30)
--     reload(child, release, wait_for)
--                         puts the release in force without cutting anybody off; returns what was done, or nil and why not
--     beside(release)     commands of programs that run beside the service: started after it, again when they have ended,
--                         told by SIGHUP of each release that was put in force, ended before it; none where it is left out
--     stop                signals, each with the seconds to wait for the end before the next one: { { SIGTERM, 20 } }
package.path = "/usr/lib/stack/?.lua;" .. package.path

local signal = require "posix.signal"
local time = require "posix.time"
local unistd = require "posix.unistd"
local wait = require "posix.sys.wait"
local beside = require "beside"
local log = require "log"
local log_pipe = require "log-pipe"
local service = require "deliver.service"
local recipe = dofile "/usr/lib/stack/service.lua"
local supervised = recipe.supervised

local current = "/config/current"
local answers = "/answers"

local stopping = false
for _, number in ipairs { signal.SIGTERM, signal.SIGINT, signal.SIGQUIT } do
	signal.signal(number, function () stopping = true end)
end

local function answer(hash, verdict, message)
	-- One line, and files by where they lie in a release.
	message = message:gsub("/config/releases/%x+/", ""):gsub("%s+", " ")
	local path = answers .. "/applied"
	local file = assert(io.open(path .. ".new", "w"))
	file:write(hash, " ", verdict, " ", message, "\n")
	assert(file:close())
	assert(os.rename(path .. ".new", path))
	log.say("release %s: %s", hash, message)
end

-- By process that was started here: its exit status, or false while it runs.
local exits = {}

local function start(command)
	local child = assert(unistd.fork())
	if child == 0 then
		for _, number in ipairs { signal.SIGTERM, signal.SIGINT, signal.SIGQUIT } do
			signal.signal(number, signal.SIG_DFL)
		end
		local _, problem = unistd.execp(command[1], table.move(command, 2, #command, 1, {}))
		io.stderr:write(problem, "\n")
		unistd._exit(127)
	end
	exits[child] = false
	return child
end

-- The exit status of a process that was started here, once it has ended; as process 1 of a container this takes in orphans
-- too.
local function ended(process)
	while true do
		local pid, reason, status = wait.wait(-1, wait.WNOHANG)
		if not pid or pid == 0 then
			return exits[process]
		elseif exits[pid] == false then
			exits[pid] = reason == "exited" and status or 128 + status
		end
	end
end

local function stop(child)
	for _, step in ipairs(supervised.stop) do
		signal.kill(child, step[1])
		local status = service.wait_for(step[2], function () return ended(child) end)
		if status then
			return status
		end
	end
	signal.kill(child, signal.SIGKILL)
	return 137
end

local function release_path(hash)
	return "/config/releases/" .. hash
end

-- Whether the release in force was delivered for this very container. What one of a newer image, or with other volumes,
-- reads and checks need not be right for this one, which is about to be replaced by it.
local function is_for_this_container()
	local file = assert(io.open("/config/.instance"))
	local instance = file:read("a")
	file:close()
	return instance == (os.getenv("STACK_INSTANCE") or "")
end

local function apply(child, programs, hash)
	if not is_for_this_container() then
		answer(hash, "ok", "for the container that takes the place of this one")
		return
	end
	local ran, done, problem = pcall(supervised.reload, child, release_path(hash), service.wait_for)
	if ran and done then
		programs:reload()
		answer(hash, "ok", done)
		return
	end
	answer(hash, "failed", tostring(ran and problem or done))
end

-- Its exit status.
local function supervise()
	local settled = arg[1]:match("(%x+)$")
	supervised.start()
	supervised.prepare(arg[1])
	local child = start(supervised.command)
	local up = service.wait_for(supervised.ready_timeout or 30, function ()
		return stopping or ended(child) and "ended" or supervised.ready(child)
	end)
	if up == "ended" then
		return 1
	end
	if up then
		answer(settled, "ok", "started")
	else
		answer(settled, "failed", "does not serve after its start")
	end
	local programs = beside.new(supervised.beside and supervised.beside(arg[1]) or {}, start, ended)

	while true do
		local status = ended(child)
		if status then
			return status
		elseif stopping then
			programs:stop()
			return stop(child)
		end
		programs:keep()
		local hash = (unistd.readlink(current) or ""):match("^releases/(%x+)$")
		if hash and hash ~= settled then
			apply(child, programs, hash)
			settled = hash
		end
		time.nanosleep { tv_sec = 0, tv_nsec = 500000000 }
	end
end

log_pipe.open()
io.stdout:setvbuf("line")
local ran, status = pcall(supervise)
if not ran then
	io.stderr:write(tostring(status), "\n")
end
log_pipe.exit(ran and status or 1)
