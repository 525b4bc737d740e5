-- The containers of a machine, as /proc shows them to every user of it: by the name of their control group, each with its
-- oldest process.
local dirent = require "posix.dirent"
local unistd = require "posix.unistd"
local files = require "files"

local processes = {}

-- Engines name a control group by the container's id.
local id = ("%x"):rep(64)

-- What a process's control group is called, of one that is a container's. Who is in a namespace of control groups sees its
-- own as the root, and the others from there: `0::/../docker-….scope`.
local function group_of(text)
	if text == "0::/\n" then
		return "own"
	end
	local found
	for name in text:gmatch "[^/\n]+" do
		found = name:find(id) and name or found
	end
	return found
end

-- When it was started, in ticks since the machine was. Its own name, before that, may have any characters.
local function started(text)
	local fields = {}
	for field in text:match("^.*%) (.+)$"):gmatch "%S+" do
		fields[#fields + 1] = field
	end
	return tonumber(fields[20])
end

-- By name of control group: `process`, a directory in /proc, and `started`, in seconds since the epoch.
function processes.containers(proc)
	local boot = tonumber(files.read(proc .. "/stat"):match "\nbtime (%d+)")
	local second = unistd.sysconf(unistd._SC_CLK_TCK)
	local oldest = {}
	for pid in dirent.files(proc) do
		local process = proc .. "/" .. pid
		local group = pid:find "^%d+$" and group_of(files.read(process .. "/cgroup") or "")
		local stat = group and files.read(process .. "/stat") -- none of one that has just ended
		if stat then
			local at = boot + started(stat) / second
			if not oldest[group] or at < oldest[group].started then
				oldest[group] = { group = group, process = process, started = at }
			end
		end
	end
	return oldest
end

return processes
