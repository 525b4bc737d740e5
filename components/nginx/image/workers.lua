-- Nginx's worker processes, as /proc shows them: those that take new connections, and the old ones that a reload has left
-- behind, which only serve what they have until it ends.
local dirent = require "posix.dirent"
local signal = require "posix.signal"

local workers = {}

local function read(path)
	local file = io.open(path)
	if not file then
		return -- it has ended meanwhile
	end
	local content = file:read("a")
	file:close()
	return content
end

-- { [pid] = { old = boolean, started = clock ticks after boot } }
function workers.of(master)
	local found = {}
	for name in dirent.files("/proc") do
		local stat = name:match("^%d+$") and read("/proc/" .. name .. "/stat")
		local title = stat and read("/proc/" .. name .. "/cmdline")
		if title and title:find("^nginx: worker process") then
			local fields = {}
			for field in stat:match(".*%) (.*)"):gmatch("%S+") do
				fields[#fields + 1] = field
			end
			if tonumber(fields[2]) == master and fields[1] ~= "Z" then
				found[tonumber(name)] = { old = title:find("shutting down", 1, true) ~= nil, started = tonumber(fields[20]) }
			end
		end
	end
	return found
end

-- Whether others than before take new connections, and none of those.
function workers.replaced(before, now)
	local new = false
	for pid, worker in pairs(now) do
		if not worker.old and before[pid] and not before[pid].old then
			return false
		end
		new = new or not worker.old
	end
	return new
end

-- Ends the oldest of the old workers until no more than `limit` are left. Returns how many are left, and how many ended.
function workers.bound(master, limit)
	local old = {}
	for pid, worker in pairs(workers.of(master)) do
		if worker.old then
			old[#old + 1] = { pid = pid, started = worker.started }
		end
	end
	table.sort(old, function (a, b) return a.started < b.started end)
	local excess = math.max(#old - limit, 0)
	for i = 1, excess do
		signal.kill(old[i].pid, signal.SIGTERM)
	end
	return #old - excess, excess
end

return workers
