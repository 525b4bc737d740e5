-- Delivers what is staged, and again whenever something else is staged, beside a service whose files come from elsewhere.
local time = require "posix.time"
local service = require "deliver.service"
local tree = require "deliver.tree"
local verdicts = require "deliver.verdicts"

-- After these the same files may well be taken later: the service may have been starting. What a check refuses stays wrong.
local passing = { [1] = true, [5] = true }

-- Names what is staged without reading it. Only directories that kubelet fills change: by a link, all of one at once.
local function state_of(directories)
	local states = {}
	for i, directory in ipairs(directories) do
		states[i] = tree.kubelet_state(directory) or ""
	end
	return table.concat(states, "/")
end

-- `deliver` returns an exit status and a verdict (see deliver.lua). Does not return.
return function (directories, deliver, retry_after)
	verdicts.forget() -- of a watcher before this one
	local seen = state_of(directories)
	local delivered, retry_at
	while true do
		local state = state_of(directories)
		-- Kubelet fills one directory after another: what it fills together is taken together, once it has stood still.
		local stands_still = state == seen
		seen = state
		if stands_still and (state ~= delivered or retry_at and service.now() >= retry_at) then
			local status, verdict = deliver()
			verdicts.keep(verdict)
			delivered = state
			retry_at = passing[status] and service.now() + retry_after
		end
		time.nanosleep { tv_sec = 0, tv_nsec = 500000000 }
	end
end
