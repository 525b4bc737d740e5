-- Delivers what is staged, and again whenever something else is staged: beside a service whose files others change. Its last
-- verdict is kept for verdict.lua.
local time = require "posix.time"
local unistd = require "posix.unistd"
local tree = require "deliver.tree"

local verdicts = "/config/.verdict"

-- What is worth trying again without a change, and after how many seconds: the service may have been starting.
local again = { [1] = true, [5] = true }
local pause = 30

-- Names one state of the directories. Kubelet puts a new one in place by changing a link; others are not looked at again.
local function state_of(directories)
	local states = {}
	for i, directory in ipairs(directories) do
		states[i] = tree.kubelet_state(directory) or ""
	end
	return table.concat(states, " ")
end

local function keep(hash, verdict)
	local file = assert(io.open(verdicts .. ".new", "w"))
	file:write(hash or "-", " ", verdict, "\n")
	assert(file:close())
	assert(os.rename(verdicts .. ".new", verdicts))
end

-- `deliver` returns its status, the hash of what was staged, and its verdict.
return function (directories, deliver)
	unistd.unlink(verdicts) -- of a watcher before this one
	local seen, retry_at
	while true do
		local state = state_of(directories)
		if state ~= seen or retry_at and os.time() >= retry_at then
			local status, hash, verdict = deliver()
			keep(hash, verdict)
			seen, retry_at = state, again[status] and os.time() + pause or nil
		end
		time.nanosleep { tv_sec = 0, tv_nsec = 500000000 }
	end
end
